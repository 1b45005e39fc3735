"""What an auth object is made of, and with whom it shares its state."""

import functools
import pickle
import re

import made
import pytest
import requests

from requests_xauth import XAuth, XeeAuth, _shared, grants
from requests_xauth.errors import ConfigError
from requests_xauth.stores import MemoryStore


class Clock:
    """A clock that cannot be hashed, since it can be compared."""

    def __eq__(self, other):
        return True

    def __call__(self):
        """Return the one moment that there is."""
        return 0.0

    __hash__ = None


class Quirk:
    """A quirk that cannot be hashed either."""

    def __eq__(self, other):
        return True

    def __call__(self, answer):
        """Return the answer as it is."""
        return answer

    __hash__ = None


def auth(grant=None, *, provider=None, **more):
    """Return an auth object of Acme's."""
    return XAuth(provider or made.provider(), grant or made.machine(), **more)


def same(one, other):
    """Tell whether two auth objects share their state."""
    return one._state is other._state


class TestWrong:
    """What is refused at construction."""

    @pytest.mark.parametrize(
        ("arguments", "text"),
        [
            ({"provider": "xee"}, "The provider must be a Provider, not str."),
            ({"grant": "secret"}, "The grant must be a Grant, not str."),
            ({"account": ""}, "account= of Acme is empty."),
            ({"account": 5}, "account= of Acme must be text, not int."),
            (
                {"account": " ada"},
                "account= of Acme has white space around it: copy it again without.",
            ),
            ({"on_renew": "print"}, "on_renew= must be callable, not str."),
            ({"clock": 5}, "clock= must be callable, not int."),
            ({"clock": None}, "clock= must be callable, not NoneType."),
            ({"hosts": 5}, "hosts= takes host names, not int."),
            (
                {"hosts": []},
                (
                    "No host may see the token: name at least one in hosts=, such as"
                    " 'api.example.com' or '*.example.com'."
                ),
            ),
            (
                {"store": MemoryStore},
                "store= takes a Store, not a class: MemoryStore().",
            ),
            (
                {"store": {}},
                "store= has no load, save, delete, hold: dict is no Store.",
            ),
            (
                {"store": b"redis://:s3cret@host"},
                "store= has no load, save, delete, hold: bytes is no Store.",
            ),
            (
                {"client_auth": ("id", "s3cret")},
                (
                    "No client_auth is like the tuple given. Known: basic, basic-form,"
                    " body, none."
                ),
            ),
            (
                {"client_auth": "header"},
                "No client_auth named 'header'. Known: basic, basic-form, body, none.",
            ),
            ({"session": "s"}, "session= takes a requests.Session, not str."),
        ],
    )
    def test_argument(self, arguments, text):
        """
        A value of the wrong kind is a ConfigError before anything is asked.
        """
        with pytest.raises(ConfigError, match=f"^{re.escape(text)}$"):
            auth(**arguments)

    def test_no_hosts_anywhere(self):
        """
        A provider without hosts needs hosts=.
        """
        bare = made.provider(hosts=())

        with pytest.raises(ConfigError, match=r"^No host may see the token: "):
            auth(provider=bare)
        assert auth(provider=bare, hosts="api.example")

    def test_unknown_store(self):
        """
        A store's name that nobody knows is told without what may be a password.
        """
        with pytest.raises(
            ConfigError, match=r"^No store is named 'memcache"
        ) as caught:
            auth(store="memcache://:s3cret@host/0")

        assert "s3cret" not in str(caught.value)

    def test_seed_and_store(self):
        """
        A refresh token given beside a store needs an account.
        """
        text = (
            "refresh_token= together with store= needs account=: without it the second"
            " person would get the first one's token."
        )
        give = functools.partial(XeeAuth, "id", "secret", refresh_token="r")

        with pytest.raises(ConfigError, match=f"^{re.escape(text)}$"):
            give(store=MemoryStore())
        assert give(store=MemoryStore(), account="ada")
        assert give()

    @pytest.mark.parametrize("seed", ["", " r", 5])
    def test_seed(self, seed):
        """
        A refresh token that cannot be one is refused.
        """
        with pytest.raises(ConfigError, match=r"^refresh_token= of Xee "):
            XeeAuth("id", "secret", refresh_token=seed)


class TestHosts:
    """Which hosts may see the token."""

    @pytest.mark.parametrize(
        ("hosts", "names"),
        [
            (None, ("*.acme.example",)),
            ("api.example", ("api.example",)),
            (["a.example", "b.example"], ("a.example", "b.example")),
            ((name for name in ["a.example"]), ("a.example",)),
        ],
    )
    def test_hosts(self, hosts, names):
        """
        Those that are given, one or several; the provider's if None.
        """
        assert names == auth(hosts=hosts).explain().hosts


class TestSharing:
    """Equal objects."""

    def test_machines_share(self):
        """
        Machines of equal identity share one state, so that a loop asks once.
        """
        assert same(auth(), auth())
        assert same(auth(made.user()), auth(made.user()))
        assert same(auth(account="a"), auth(account="a"))

    @pytest.mark.parametrize(
        "other",
        [
            {"grant": made.machine(client_id="app2")},
            {"grant": made.machine(client_secret="another")},
            {"grant": made.machine(scope="read")},
            {"grant": made.user()},
            {"provider": made.provider(token_url="https://auth.two.example/token")},
            {"account": "ada"},
            {"client_auth": "body"},
            {"clock": lambda: 0.0},
            {"clock": Clock()},
            {"provider": made.provider(mend=dict)},
            {"provider": made.provider(mend=Quirk())},
            {"provider": made.provider(read_refusal=lambda status, body: None)},
            {"store": MemoryStore()},
        ],
    )
    def test_others_do_not(self, other):
        """
        Another client, secret, user, scope, account, clock, quirk or store shares nothing.
        """
        assert not same(auth(), auth(**other))

    @pytest.mark.parametrize(
        "other",
        [
            {"timeout": 7},
            {"hosts": ["api.acme.example"]},
            {"session": requests.Session()},
            {"on_renew": print},
        ],
    )
    def test_habits_do_not_part(self, other):
        """
        How a token is asked for and where it is shown is no identity.
        """
        assert same(auth(), auth(**other))

    def test_persons_share_nothing(self):
        """
        Two users of a web back end never get each other's token.
        """
        assert not same(auth(made.person()), auth(made.person()))

    def test_persons_share_what_they_are_told(self):
        """
        With one store and one account they meet at one key, and only then.
        """
        store = MemoryStore()
        one, twin, other = (
            auth(made.person(), store=store, account=account)
            for account in ("ada", "ada", "eve")
        )

        assert one._state.store is twin._state.store
        assert one._state.key == twin._state.key
        assert one._state.key != other._state.key

    def test_clocks_are_told_apart(self):
        """
        Clocks that cannot be hashed are told apart too, and equal ones that are one.
        """
        clock = Clock()

        assert same(auth(clock=clock), auth(clock=clock))
        assert not same(auth(clock=clock), auth(clock=Clock()))

    def test_quirks_are_told_apart(self):
        """
        A quirk may decide which token is used: an equal one shares, another does not.
        """
        one, other = (made.provider(mend=quirk) for quirk in (Quirk(), Quirk()))

        assert same(auth(provider=one), auth(provider=one))
        assert not same(auth(provider=one), auth(provider=other))
        assert same(*(auth(provider=made.provider(mend=dict)) for _ in range(2)))

    def test_states_are_bounded(self):
        """
        A service of many clients does not fill the memory; the oldest goes.
        """
        first = auth(account="first")
        for number in range(_shared.SHARED):
            auth(account=f"a{number}")

        assert _shared.SHARED == len(list(_shared.states))
        assert not same(first, auth(account="first"))

    def test_private_key(self):
        """
        What is kept in this process has a key of this process.
        """
        private, shared = auth()._state, auth(store=Public())._state

        assert (True, False) == (private.private, shared.private)
        assert private.key != shared.key


def test_timeout():
    """
    A token request waits as long as was said, by default 5 s and 30 s.
    """
    waits = [auth(timeout=t)._engine.endpoint._timeout for t in ((1, 2), 7, None)]

    assert [(1, 2), (7, 7), (None, None)] == waits
    assert (5, 30) == auth()._engine.endpoint._timeout


class Public(MemoryStore):
    """A store that says it is shared."""

    private = False


class TestPickle:
    """What goes to a worker."""

    def test_setup(self):
        """
        The arguments go along, but for the caller's refresh token where it must not.
        """
        setup = XeeAuth("id", "secret", refresh_token="r", hosts=["a.example"])._setup

        twin = pickle.loads(pickle.dumps(setup))

        assert setup == twin
        assert ("r", None) == (twin.seed, twin.without_seed().seed)
        assert grants.AuthorizationCode("id", "secret", pkce=False) == twin.grant
