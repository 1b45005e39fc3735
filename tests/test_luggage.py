"""What a pickled auth object takes along, and what it leaves."""

import made
import pytest

from requests_xauth import Token, XAuth, XeeAuth
from requests_xauth._luggage import Luggage, pack, unpack
from requests_xauth._signed import Signed
from requests_xauth._store import Entry
from requests_xauth.stores import MemoryStore

TOKEN = Token("a", refresh_token="r", obtained_at=0.0, expires_at=60.0)


class Public(MemoryStore):
    """A store that says it is shared."""

    private = False


def auth(*, once=True, **more):
    """Return an auth object of a person at Acme's."""
    return XAuth(made.provider(refresh_once=once), made.person(), **more)


def holding(token, **more):
    """Return such an object with a token at hand."""
    made_now = auth(**more)
    made_now._state.adopt(Signed(token), "login")
    return made_now


def packed(one):
    """Return what the object's pickle takes along."""
    return pack(one._setup, one._state)


class TestPack:
    """What leaves this process."""

    def test_shared_store(self):
        """
        A store that is shared keeps its own: nothing but the arguments goes.
        """
        one = holding(TOKEN, store=Public())

        assert Luggage(one._setup, None, orphan=False) == packed(one)

    def test_one_time_refresh_token_stays(self):
        """
        Of a private store the access token goes; a refresh token that works once stays.
        """
        one = holding(TOKEN)

        assert Luggage(
            one._setup, TOKEN.without_refresh_token(), orphan=True
        ) == packed(one)

    def test_other_refresh_tokens_go(self):
        """
        A refresh token that works often goes along.
        """
        one = holding(TOKEN, once=False)

        assert Luggage(one._setup, TOKEN, orphan=False) == packed(one)

    def test_nothing_stays_behind(self):
        """
        Where there was no refresh token nobody is orphaned.
        """
        bare = TOKEN.without_refresh_token()

        one, other = holding(bare), auth()

        assert Luggage(one._setup, bare, orphan=False) == packed(one)
        assert Luggage(other._setup, None, orphan=False) == packed(other)

    def test_seed_stays(self):
        """
        The caller's refresh token stays as well, and is missed.
        """
        one = XeeAuth("id", "secret", refresh_token="r")

        luggage = packed(one)

        assert (None, None, True) == (luggage.setup.seed, luggage.token, luggage.orphan)

    @pytest.mark.parametrize("once", [True, False])
    def test_orphans_stay_orphans(self, once):
        """
        The pickle of a pickle has no more than the pickle.
        """
        one = auth(once=once)
        one._state.orphan = True

        assert packed(one).orphan


class TestUnpack:
    """What arrives."""

    @pytest.mark.parametrize("orphan", [True, False])
    def test_token(self, orphan):
        """
        The token is at hand, and in the store for whoever shares it.
        """
        one = auth()
        state = one._state

        unpack(Luggage(one._setup, TOKEN, orphan=orphan), state)

        assert (TOKEN, "pickle", orphan) == (
            state.signed.token,
            state.source,
            state.orphan,
        )
        assert Entry(TOKEN) == state.load()

    def test_nothing(self):
        """
        Where nothing came along there is no token.
        """
        one = auth()

        unpack(packed(one), one._state)

        assert (None, None) == (one.token, one._state.signed)

    def test_own_token_stays(self):
        """
        A token that is there already is the newer one.
        """
        newer = Token("b", refresh_token="r2")
        one = holding(newer)

        unpack(Luggage(one._setup, TOKEN, orphan=True), one._state)

        assert newer == one.token
        assert not one._state.orphan
