"""The presets: each documented fact of each provider, and no file without its facts."""

import inspect
import pickle
import re
import time
from urllib.parse import parse_qsl, urlsplit

import made
import pytest
from facts import (
    CLIENT,
    FACTS,
    GATEWAY,
    MODULES,
    USER,
    arguments,
    name_of,
    presets,
)

from requests_xauth import (
    M2MAuth,
    Provider,
    XAuth,
    XeeAuth,
    XMLdationAuth,
    XPKitAuth,
    XPKitUserAuth,
)
from requests_xauth.errors import ConfigError
from requests_xauth.stores import MemoryStore


@pytest.fixture(params=FACTS.values(), ids=FACTS)
def facts(request):
    """The facts of each preset in turn."""
    return request.param


@pytest.fixture(params=MODULES, ids=name_of)
def module(request):
    """Each file of providers/ in turn."""
    return request.param


class TestFiles:
    """What every file in providers/ has."""

    def test_facts_are_known(self):
        """
        Every file's presets have their facts here, so that no file goes untested.
        """
        homes = {facts["kind"].__module__ for facts in FACTS.values()}

        assert {module.__name__ for module in MODULES} == homes
        assert set(presets(MODULES)) == {facts["kind"] for facts in FACTS.values()}

    def test_source(self, module):
        """
        A provider is data with its source: where it is documented, and when it was read.
        """
        assert re.search(r"\(read \d{4}-\d\d-\d\d\)\.$", module.__doc__, re.MULTILINE)

    def test_table(self, module):
        """
        Its table decides 401 and 403 without a reason, and nothing but refusals.
        """
        assert {(401, None), (403, None)} <= module.POLICY.keys()
        assert {status for status, _ in module.POLICY} <= {400, 401, 403}

    def test_presets(self, module):
        """
        Its presets are XAuths with a docstring each.
        """
        kinds = presets([module])

        assert kinds
        assert all(issubclass(kind, XAuth) and kind.__doc__ for kind in kinds)

    def test_knows_no_other(self, module):
        """
        A provider's file imports no other provider.
        """
        others = {name_of(m) for m in MODULES} - {name_of(module)}
        imported = re.findall(
            r"^\s*(?:from|import) (.+)", inspect.getsource(module), re.MULTILINE
        )

        assert not any(
            re.search(rf"\b{o}\b", line) for o in others for line in imported
        )


class TestFacts:
    """What is documented is what is set up."""

    @pytest.mark.parametrize(
        "name", ["token_url", "authorize_url", "client_auth", "bearer", "hosts"]
    )
    def test_provider(self, facts, name):
        """
        URLs, client authentication, bearer and hosts are those of the documentation.
        """
        auth = facts["kind"](**facts["given"])

        assert facts[name] == getattr(auth._setup.provider, name)

    def test_form(self, facts):
        """
        The form has the documented fields.
        """
        auth = facts["kind"](**facts["given"])

        assert facts["form"] == auth._setup.grant.form()

    def test_base_url(self, facts):
        """
        base_url replaces the root, its paths stay; its host and port see the token.
        """
        auth = facts["kind"](**{**facts["given"], "base_url": f"{GATEWAY}/"})
        provider = auth._setup.provider

        assert facts["placed"] == (provider.token_url, provider.authorize_url)
        assert ("gw.example:8443",) == auth.explain().hosts
        assert not auth._hosts.allow(facts["token_url"])

    def test_hosts(self, facts):
        """
        hosts= replaces the preset's, with base_url or without.
        """
        for base_url in ({}, {"base_url": GATEWAY}):
            auth = facts["kind"](
                **{**facts["given"], **base_url, "hosts": ["api.mine.example"]}
            )
            assert ("api.mine.example",) == auth.explain().hosts

    def test_token_endpoint_is_a_host(self, facts):
        """
        The auth service is among the preset's own hosts, and its evil twin is not.
        """
        auth = facts["kind"](**facts["given"])
        host = urlsplit(facts["token_url"]).hostname

        assert auth._hosts.allow(f"https://{host}/")
        assert not auth._hosts.allow(f"https://{host}.evil.example/")
        assert not auth._hosts.allow(f"http://{host}/")
        assert not auth._hosts.allow(f"https://evil{host.partition('.')[2]}/")

    def test_pickle(self, facts):
        """
        A preset goes to a worker: its quirks are functions of its file.
        """
        auth = facts["kind"](**facts["given"])

        twin = pickle.loads(pickle.dumps(auth))

        assert facts["kind"] is type(twin)
        assert auth._setup == twin._setup

    def test_repr(self, facts):
        """
        A preset shows its class, its provider's name and the client, and no secret.
        """
        shown = repr(
            facts["kind"](
                **{
                    **facts["given"],
                    **{
                        name: f"s3cret-{name}"
                        for name in ("client_secret", "password")
                        if name in facts["given"]
                    },
                }
            )
        )

        assert shown.startswith(f"<{facts['kind'].__name__}, ")
        assert "client 'id'" in shown
        assert "s3cret" not in shown


COMMON = {
    "base_url": None,
    "store": None,
    "hosts": None,
    "account": None,
    "client_auth": None,
    "timeout": (5, 30),
    "session": None,
    "on_renew": None,
    "clock": time.time,
}
SIGNATURES = {
    XPKitAuth: (["region", *CLIENT], {"scope": None}),
    XPKitUserAuth: (["region", "client_id"], {"redirect_uri": None, "sso": "xpkit"}),
    XeeAuth: ([*CLIENT], {"redirect_uri": None, "scope": None, "refresh_token": None}),
    XMLdationAuth: ([*USER], {}),
    M2MAuth: (["base_url", *CLIENT], {"scope": None}),
}


@pytest.mark.parametrize("kind", SIGNATURES, ids=name_of)
def test_signature(kind):
    """
    Credentials come in their order, all else by keyword, and every preset takes the
    common arguments.
    """
    positional, own = SIGNATURES[kind]
    expected = {
        name: default for name, default in COMMON.items() if name not in positional
    }

    found = inspect.signature(kind).parameters.values()

    assert dict.fromkeys(positional) == {
        p.name: p.default for p in found if p.kind is p.POSITIONAL_OR_KEYWORD
    }
    assert {**own, **expected} == {
        p.name: p.default for p in found if p.kind is p.KEYWORD_ONLY
    }
    assert len(positional) + len(own) + len(expected) == len(found)


class Shared(MemoryStore):
    """A store that says it is shared."""

    private = False


class TestXPKitUsers:
    """People who sign in."""

    @pytest.mark.parametrize(
        "sso", ["apple", "facebook", "google", "linkedin", "microsoft", "xpkit"]
    )
    def test_url(self, sso):
        """
        The URL has the documented parameters, PKCE among them.
        """
        auth = XPKitUserAuth("emea", "id", redirect_uri="https://a.example/", sso=sso)

        url, state = auth.authorization_url()

        address, _, query = url.partition("?")
        query = dict(parse_qsl(query))
        assert "https://auth.emea.xpkit.net/authorize/" == address
        assert {
            "response_type": "code",
            "provider": sso,
            "client_id": "id",
            "state": state,
            "code_challenge": query["code_challenge"],
            "code_challenge_method": "S256",
            "redirect_uri": "https://a.example/",
        } == query

    @pytest.mark.parametrize("sso", ["github", "", "XPKit", None])
    def test_unknown_sso(self, sso):
        """
        Another service is refused, and the known ones are listed.
        """
        text = (
            f"No sso named {sso!r}. Known: apple, facebook, google, linkedin,"
            " linkedin_oauth2, microsoft, xpkit."
        )

        with pytest.raises(ConfigError, match=f"^{re.escape(text)}$"):
            XPKitUserAuth("emea", "id", sso=sso)

    def test_a_person_is_not_the_machine(self):
        """
        A user's token and the application's own are never mixed up.
        """
        keys = {
            kind(**arguments(kind), store=Shared())._state.key
            for kind in (XPKitAuth, XPKitUserAuth)
        }

        assert 2 == len(keys)


class TestXee:
    """Xee's code flow."""

    def test_url(self):
        """
        The URL has the client's parameters; Xee knows no PKCE.
        """
        auth = XeeAuth(
            "id", "secret", redirect_uri="https://a.example/", scope="users_read"
        )

        url, state = auth.authorization_url()

        address, _, query = url.partition("?")
        assert "https://cloud.xee.com/v3/auth/auth" == address
        assert {
            "response_type": "code",
            "client_id": "id",
            "redirect_uri": "https://a.example/",
            "scope": "users_read",
            "state": state,
        } == dict(parse_qsl(query))

    def test_their_sandbox(self):
        """
        Xee's own sandbox is reached by base_url, and sees no token otherwise.
        """
        url = "https://sandbox.xee.com/v3/cars"

        assert XeeAuth(
            "id", "secret", base_url="https://sandbox.xee.com/v3"
        )._hosts.allow(url)
        assert not XeeAuth("id", "secret")._hosts.allow(url)


class TestXMLdation:
    """XMLdation's user names."""

    @pytest.mark.parametrize(
        ("username", "sent_as"),
        [
            ("ada", "xmldation/ada"),
            ("xmldation/ada", "xmldation/ada"),
            ("other/ada", "xmldation/other/ada"),
            ("xmldation", "xmldation/xmldation"),
        ],
    )
    def test_domain(self, username, sent_as):
        """
        The domain is added to a bare name, and left where it is.
        """
        auth = XMLdationAuth(**{**USER, "username": username})

        assert sent_as == auth._setup.grant.form()["username"]

    def test_one_user(self):
        """
        A user is one user, with the domain or without.
        """
        bare, full = (
            XMLdationAuth(**{**USER, "username": name})
            for name in ("ada", "xmldation/ada")
        )

        assert bare._state is full._state


class TestM2M:
    """M2M's free client id."""

    def test_colon(self):
        """
        A colon in the client id breaks plain Basic; the other form carries it.
        """
        given = {**arguments(M2MAuth), "client_id": "my:id"}
        text = (
            'The client id of M2M has a ":" in it, which client_auth="basic" cannot carry:'
            ' use client_auth="basic-form".'
        )

        with pytest.raises(ConfigError, match=f"^{re.escape(text)}$"):
            M2MAuth(**given)
        assert M2MAuth(**given, client_auth="basic-form")

    @pytest.mark.parametrize(
        ("base_url", "text"),
        [
            (
                "http://api.example",
                "base_url= must be https, or http to a loopback address: 'http://api.",
            ),
            (
                "https://api.example?x=1",
                "base_url= may have no query: 'https://api.example'.",
            ),
            (
                "api.example",
                "base_url= must be https, or http to a loopback address: 'api.",
            ),
        ],
    )
    def test_base_url(self, base_url, text):
        """
        No guessed scheme, no plain http.
        """
        with pytest.raises(ConfigError, match=f"^{re.escape(text)}"):
            M2MAuth(base_url, "id", "secret")


def test_the_next_provider():
    """
    Three values make a provider, and one line its auth object.
    """
    acme = Provider("Acme", "https://auth.acme.example/token", hosts=["*.acme.example"])

    auth = XAuth(acme, made.machine())

    assert auth._hosts.allow("https://api.acme.example/")
    assert "<XAuth, Acme, client 'app', no token yet>" == repr(auth)
