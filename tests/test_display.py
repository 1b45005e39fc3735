"""How an auth object shows itself: what may be pasted into a ticket."""

import made
import pytest

from requests_xauth import Token, XAuth, XeeAuth
from requests_xauth._display import Explanation
from requests_xauth._signed import Signed
from requests_xauth._store import Entry
from requests_xauth.stores import MemoryStore

BARE = {
    "provider": "Acme",
    "token_url": "https://auth.acme.example/token",
    "grant": "client_credentials",
    "client_id": "app",
    "account": None,
    "hosts": ("*.acme.example",),
    "store": "this process",
    "source": None,
    "mark": None,
    "scope": (),
    "age_s": None,
    "left_s": None,
    "refreshable": False,
    "last_renewal": None,
    "last_denial": None,
}


@pytest.fixture
def make(clock):
    """Make an auth object on the test's clock."""

    def make(grant=None, **more):
        return XAuth(made.provider(), grant or made.machine(), clock=clock, **more)

    return make


@pytest.fixture
def token(clock):
    """A token with all its secrets, good for an hour."""
    return Token(
        "s3cret-access",
        refresh_token="s3cret-refresh",
        id_token="s3cret-id",
        scope="read",
        obtained_at=clock(),
        expires_at=clock() + 3600,
        extra={"x": "s3cret-extra"},
    )


class TestExplanation:
    """What auth.explain() tells."""

    def test_nothing_yet(self, make):
        """
        Without a token it tells what is set up.
        """
        assert Explanation(**BARE) == make().explain()

    def test_token_at_hand(self, make, token, clock):
        """
        A token is told by its mark, source, age and time left.
        """
        auth = make()
        auth._state.adopt(Signed(token), "client_credentials")
        clock.tick(600)

        told = auth.explain()

        assert {
            **BARE,
            "source": "client_credentials",
            "mark": token.mark,
            "scope": ("read",),
            "age_s": 600.0,
            "left_s": 3000.0,
            "refreshable": True,
        } == told._asdict()

    def test_token_in_the_store(self, make, token):
        """
        A token that only the store has is told of too.
        """
        auth = make(store=MemoryStore(), account="ada")
        auth._state.save(Entry(token))

        told = auth.explain()

        assert ("store", token.mark, "ada", "MemoryStore()") == (
            told.source,
            told.mark,
            told.account,
            told.store,
        )

    def test_unknown_end(self, make):
        """
        An end that nobody knows is None, not infinite.
        """
        auth = make()
        auth._state.adopt(Signed(Token("a")), "client_credentials")

        assert (None, False) == (auth.explain().left_s, auth.explain().refreshable)

    def test_denial(self, make, clock):
        """
        The API's last refusal is told by its age, status and verdict.
        """
        auth = make()
        auth._engine.denied(403, "keep")
        clock.tick(5)

        assert (5.0, 403, "keep") == auth.explain().last_denial

    def test_renewal(self, box, clock):
        """
        The last renewal is told as on_renew is told it.
        """
        heard = []
        auth = XeeAuth(
            **box.xee.credentials,
            refresh_token=box.xee.issue_refresh_token(),
            clock=clock,
            on_renew=heard.append,
        )

        auth.renew()

        assert heard == [auth.explain().last_renewal]
        assert "refresh_token" == auth.explain().source

    def test_lines(self, make):
        """
        As text it is one line for each fact.
        """
        lines = str(make(account="ada").explain()).splitlines()

        assert len(BARE) == len(lines)
        assert "provider: Acme" == lines[0]
        assert "account: ada" in lines


class TestRepr:
    """What repr(auth) tells."""

    def test_no_token(self, make):
        """
        It names what it is for.
        """
        assert "<XAuth, Acme, client 'app', no token yet>" == repr(make())

    def test_token(self, make, token):
        """
        It names the token's mark and the time left.
        """
        auth = make(account="ada")
        auth._state.adopt(Signed(token), "client_credentials")

        assert (
            "<XAuth, Acme, client 'app', account 'ada', token"
            f" {token.mark}, 3600 s left>"
        ) == repr(auth)

    def test_unknown_end(self, make):
        """
        It says when the end is unknown.
        """
        auth = make()
        auth._state.adopt(Signed(Token("abc")), "client_credentials")

        assert "<XAuth, Acme, client 'app', token ba7816, end unknown>" == repr(auth)

    def test_asks_no_store(self, make):
        """
        A debugger that shows it waits for no disk.
        """

        class Broken(MemoryStore):
            def load(self, key):
                raise AssertionError(key)

        assert repr(make(store=Broken())).endswith("no token yet>")


@pytest.mark.parametrize("grant", [made.machine(), made.user(), made.person()])
def test_no_secret(make, token, grant):
    """
    Neither shows a secret, whatever is held.
    """
    auth = make(grant)
    auth._state.adopt(Signed(token), "x")

    shown = f"{auth!r} {auth.explain()} {auth.explain()!r} {auth._setup!r}"

    assert token.mark in shown
    for secret in ("s3cret", made.SECRET, made.PASSWORD):
        assert secret not in shown
