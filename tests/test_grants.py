"""How a first token is asked for."""

import pickle

import made
import pytest

from requests_xauth.errors import ConfigError
from requests_xauth.grants import (
    AuthorizationCode,
    ClientCredentials,
    Grant,
    Password,
    scope_of,
)


class TestForms:
    """The fields of a token request."""

    def test_client_credentials(self):
        """
        A machine sends its grant type, and the scope if there is one.
        """
        assert {"grant_type": "client_credentials"} == made.machine().form()
        assert {
            "grant_type": "client_credentials",
            "scope": "read write",
        } == ClientCredentials("app", made.SECRET, ["read", "write"]).form()

    def test_password(self):
        """
        A user's machine sends name and password, as RFC 6749, section 4.3.2, has it.
        """
        assert {
            "grant_type": "password",
            "username": "ada",
            "password": made.PASSWORD,
            "scope": "openid",
        } == Password("ada", made.PASSWORD, "app", made.SECRET, "openid").form()

    def test_code(self):
        """
        The exchange of a code repeats no scope: the person has consented already.
        """
        assert {"grant_type": "authorization_code"} == made.person(scope="read").form()

    def test_no_credentials_in_forms(self):
        """
        How the client authenticates is the provider's matter, not the form's.
        """
        forms = [g.form() for g in (made.machine(), made.user(), made.person())]

        assert not any({"client_id", "client_secret"} & form.keys() for form in forms)


class TestFacts:
    """What a grant knows of itself."""

    @pytest.mark.parametrize(
        ("grant", "personal", "user", "secrets"),
        [
            (made.machine(), False, None, (made.SECRET,)),
            (made.user(), False, "ada", (made.SECRET, made.PASSWORD)),
            (made.user(client_secret=None), False, "ada", (made.PASSWORD,)),
            (made.person(), True, None, (made.SECRET,)),
            (made.person(client_secret=None), True, None, ()),
        ],
    )
    def test_facts(self, grant, personal, user, secrets):
        """
        Who stands behind it, for whom, and what must never be printed.
        """
        assert (personal, user, secrets) == (
            grant.personal,
            grant.user(),
            grant.secrets(),
        )

    def test_positions(self):
        """
        Credentials come in an order that everyone knows.
        """
        assert made.machine(scope="s") == ClientCredentials("app", made.SECRET, "s")
        assert made.user(scope="s") == Password(
            "ada", made.PASSWORD, "app", made.SECRET, "s"
        )
        assert made.person(scope="s", pkce=False) == AuthorizationCode(
            "app",
            made.SECRET,
            "https://app.example/back",
            "s",
            False,  # noqa: FBT003 - the position is the promise
        )

    def test_defaults(self):
        """
        A public client needs an id alone, and has PKCE.
        """
        bare = AuthorizationCode("app")

        assert (None, None, None, True) == (
            bare.client_secret,
            bare.redirect_uri,
            bare.scope,
            bare.pkce,
        )

    def test_reprs(self):
        """
        A repr shows what is no secret, and nothing else.
        """
        assert "ClientCredentials(client_id='app', scope=None)" == repr(made.machine())
        assert "Password(username='ada', client_id='app', scope=('s',))" == repr(
            made.user(scope="s")
        )
        assert (
            "AuthorizationCode(client_id='app',"
            " redirect_uri='https://app.example/back', scope=None, pkce=True)"
        ) == repr(made.person())

    def test_hash_has_no_secret(self):
        """
        Two secrets of one client have one hash, and are not equal for that.
        """
        one, other = made.machine(), made.machine(client_secret="another")

        assert hash(one) == hash(other)
        assert one != other

    @pytest.mark.parametrize("grant", [made.machine(), made.user(), made.person()])
    def test_pickle(self, grant):
        """
        A grant goes to a worker whole.
        """
        twin = pickle.loads(pickle.dumps(grant))

        assert (grant, grant.secrets()) == (twin, twin.secrets())

    def test_base(self):
        """
        The base has no type, so that it can ask for nothing.
        """
        assert ("", False) == (Grant.grant_type, Grant.personal)


class TestWrong:
    """What no credential can be."""

    @pytest.mark.parametrize("make", [made.machine, made.user, made.person])
    @pytest.mark.parametrize("name", ["client_id", "client_secret"])
    @pytest.mark.parametrize(
        ("value", "why"),
        [
            ("", "is empty."),
            (5, "must be text, not int."),
            (b"x", "must be text, not bytes."),
            (" x", "has white space around it: copy it again without."),
            ("x\n", "has white space around it: copy it again without."),
            ("x\u2003", "has white space around it: copy it again without."),
            ("\ud800", "has a lone surrogate in it."),
        ],
    )
    def test_client(self, make, name, value, why):
        """
        Each credential is checked, and the text names it and does not show it.
        """
        with pytest.raises(ConfigError) as caught:
            make(**{name: value})

        kind = type(make()).__name__
        assert f"{name}= of {kind} {why}" == str(caught.value)

    @pytest.mark.parametrize(
        ("make", "name"),
        [
            (made.machine, "client_id"),
            (made.machine, "client_secret"),
            (made.user, "client_id"),
            (made.user, "username"),
            (made.user, "password"),
            (made.person, "client_id"),
        ],
    )
    def test_missing(self, make, name):
        """
        What the grant cannot do without is missed.
        """
        with pytest.raises(
            ConfigError, match=rf"^{name}= of \w+ must be text, not None"
        ):
            make(**{name: None})

    def test_password_is_as_it_is(self):
        """
        A person may have chosen a password that begins with a space, but not none.
        """
        assert " x " == made.user(password=" x ").password
        with pytest.raises(ConfigError, match=r"^password= of Password is empty\.$"):
            made.user(password="")

    @pytest.mark.parametrize("uri", ["", " https://app.example/", 5])
    def test_redirect_uri(self, uri):
        """
        Where the browser comes back to is checked as well.
        """
        with pytest.raises(ConfigError, match=r"^redirect_uri= of AuthorizationCode "):
            made.person(redirect_uri=uri)


class TestScopes:
    """What a scope may be."""

    @pytest.mark.parametrize(
        ("scope", "words"),
        [
            (None, None),
            ("", None),
            ("  ", None),
            ([], None),
            ("a", ("a",)),
            (" a  b\n", ("a", "b")),
            (["a", "b"], ("a", "b")),
            (("a b", "c"), ("a", "b", "c")),
            ((word for word in "ab"), ("a", "b")),
            ({"a": 1}, ("a",)),
        ],
    )
    def test_words(self, scope, words):
        """
        Text or an iterable of words is a tuple of words; nothing is None.
        """
        assert words == scope_of(scope)

    @pytest.mark.parametrize(
        ("scope", "why"),
        [
            (5, "must be text, not int."),
            (b"read", "must be text, not int."),
            (["a", None], "must be text, not NoneType."),
            (["a", ""], "is empty."),
            ("\ud800", "has a lone surrogate in it."),
        ],
    )
    def test_wrong(self, scope, why):
        """
        What is neither is refused here, not by the provider.
        """
        with pytest.raises(ConfigError) as caught:
            scope_of(scope)

        assert f"scope= of a grant {why}" == str(caught.value)
