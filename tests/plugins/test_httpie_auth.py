"""What HTTPie is handed to sign a request with, in this process."""

import socket
import subprocess
import sys

import pytest
import requests
from plugins.with_httpie import OURS, plugin, settings_of

from requests_xauth import _tables, errors

KINDS = {
    kind.auth_type: kind
    for kind in vars(plugin).values()
    if isinstance(kind, type) and getattr(kind, "auth_type", None)
}


@pytest.fixture(autouse=True)
def _user(monkeypatch, tmp_path):
    for name in OURS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def use(monkeypatch):
    """Return a function that sets variables."""

    def use(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return use


@pytest.fixture
def person(monkeypatch):
    """Return a list: of what a person is asked, after what they type each time."""
    talk = []

    def getpass(prompt):
        talk.append(prompt)
        return talk.pop(0)

    monkeypatch.setattr("getpass.getpass", getpass)
    return talk


def auth_of(name, typed=None):
    """Return what HTTPie gets for ``--auth-type name -a typed``."""
    one = KINDS[name]()
    one.raw_auth = typed
    return one.get_auth()


def test_each_preset_has_one():
    """
    There is a plug-in for each preset, by the command line's name.
    """
    assert set(_tables.names()) == set(KINDS)
    for name, kind in KINDS.items():
        assert _tables.preset(name).provider.name == kind.name
        assert kind.name in kind.description


def test_what_an_import_costs():
    """
    HTTPie, which imports each plug-in in every run, loads no preset with it.
    """
    code = (
        "import sys, httpie.plugins, requests, requests_xauth.plugins.httpie;"
        "print(*(m for m in sys.modules if m.startswith('requests_xauth')))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert {"requests_xauth", "requests_xauth.plugins", plugin.__name__} == set(
        ran.stdout.split()
    )


class TestSettings:
    """Where they come from."""

    @pytest.mark.parametrize("name", ["xpkit", "xmldation", "m2m"])
    def test_the_environment(self, box, use, clock, name):
        """
        All may come from the environment; what is obtained is in the file store.
        """
        service = getattr(box, name)
        use(**settings_of(name, service))

        for _ in range(2):
            answer = requests.get(service.api_url, auth=auth_of(name))
            assert 200 == answer.status_code

        assert 1 == service.token_requests

    def test_scope_account_and_hosts(self, box, use):
        """
        What HTTPie has no option for is looked up as well.
        """
        use(**settings_of("m2m", box.m2m), M2M_SCOPE="things:read", M2M_ACCOUNT="plant")
        api = box.m2m.base_url.removeprefix("http://")
        use(M2M_HOSTS=f"things.example.com, {api} *.example.com")

        answer = requests.get(box.m2m.api_url, auth=auth_of("m2m"))

        assert 200 == answer.status_code
        assert b"scope=things%3Aread" in box.m2m.requests[0].body

    def test_a_revoked_token(self, box, use):
        """
        A refused token is replaced, and the request sent once more.
        """
        use(**settings_of("m2m", box.m2m))
        requests.get(box.m2m.api_url, auth=auth_of("m2m"))
        box.m2m.revoke()

        answer = requests.get(box.m2m.api_url, auth=auth_of("m2m"))

        assert 200 == answer.status_code
        assert 2 == box.m2m.token_requests


class TestPerson:
    """Who is asked for what."""

    def test_a_client(self, box, use, person):
        """
        A client's secret is asked for with its id.
        """
        use(M2M_BASE_URL=box.m2m.base_url)
        person.append(box.m2m.client_secret)

        answer = requests.get(box.m2m.api_url, auth=auth_of("m2m", box.m2m.client_id))

        assert 200 == answer.status_code
        assert [f"http: client secret of {box.m2m.client_id}: "] == person

    def test_a_user(self, box, use, person):
        """
        Where a person has a password, -a takes the user name.
        """
        use(**settings_of("xmldation", box.xmldation))
        use(XMLDATION_USERNAME="another", XMLDATION_PASSWORD="of another")
        user = box.xmldation.username
        person.append(box.xmldation.password)

        answer = requests.get(box.xmldation.api_url, auth=auth_of("xmldation", user))

        assert 200 == answer.status_code
        assert [f"http: password of {user}: "] == person

    def test_the_same_client(self, box, use, person):
        """
        Nobody is asked for the secret that is in the environment beside this very id.
        """
        use(**settings_of("m2m", box.m2m))

        answer = requests.get(box.m2m.api_url, auth=auth_of("m2m", box.m2m.client_id))

        assert 200 == answer.status_code
        assert [] == person

    def test_nothing_typed(self, use, person):
        """
        An empty answer is an error that names the other way.
        """
        person.append("")

        with pytest.raises(
            errors.ConfigError,
            match="typed in: set M2M_CLIENT_ID and M2M_CLIENT_SECRET",
        ):
            requests.get("https://api.example.com", auth=auth_of("m2m", "id"))

    @pytest.mark.parametrize("end", [EOFError, "no terminal"])
    def test_nobody_there(self, monkeypatch, end):
        """
        Where nobody can type unseen, nothing is read.
        """

        def getpass(prompt):
            if end is EOFError:
                raise end
            plugin.warnings.warn("echo", plugin.getpass.GetPassWarning, stacklevel=2)
            raise AssertionError("the body would be read")

        monkeypatch.setattr("getpass.getpass", getpass)

        with pytest.raises(errors.ConfigError, match="No password was typed in"):
            requests.get("https://api.example.com", auth=auth_of("xmldation", "me"))


class TestWords:
    """What is said in the words of a command line."""

    @pytest.mark.parametrize(
        ("name", "words"),
        [
            ("xpkit", "No region given for XPKit: set XPKIT_REGION. Regions: amer"),
            ("xee", "No client_id given for Xee: set XEE_CLIENT_ID, or use -a."),
            ("xmldation", "for XMLdation: set XMLDATION_USERNAME, or use -a."),
            ("m2m", "No base_url given for M2M: set M2M_BASE_URL."),
        ],
    )
    def test_missing(self, name, words):
        """
        What is missing is to be set, or given by -a: there is nothing to pass.
        """
        with pytest.raises(errors.ConfigError) as caught:
            requests.get("https://api.example.com", auth=auth_of(name))

        assert words in str(caught.value)

    @pytest.mark.filterwarnings("default")
    def test_another_region(self, box, use, capsys):
        """
        For a host of another region the variable is named, not the argument.
        """
        use(**{**box.xpkit.environ, "XPKIT_REGION": "emea"})
        request = requests.Request("GET", "https://profiles.amer.xpkit.net/")

        auth_of("xpkit")(request.prepare())

        assert (
            "\nhttp: warning: The request to profiles.amer.xpkit.net goes out without the"
            " token of XPKit: that host belongs to another region; use"
            " XPKIT_REGION='amer'.\n\n"
        ) == capsys.readouterr().err

    def test_other_warnings(self, monkeypatch):
        """
        A warning of somebody else's is shown as it would be.
        """
        shown = []
        show = plugin._shower(str.upper, lambda *given: shown.append(given))

        show("old", DeprecationWarning, "file.py", 1)

        assert [("old", DeprecationWarning, "file.py", 1)] == shown

    def test_nobody_at_the_token_endpoint(self, box, use):
        """
        A provider out of reach is no ConnectionError, of which HTTPie tells the cause only.
        """
        with socket.create_server(("127.0.0.1", 0)) as closed:
            address = "http://127.0.0.1:{1}".format(*closed.getsockname())
        use(**{**settings_of("m2m", box.m2m), "M2M_BASE_URL": address})

        with pytest.raises(
            errors.TokenRequestError, match=r"M2M .*127\.0\.0\.1"
        ) as caught:
            requests.get(f"{address}/x", auth=auth_of("m2m"))

        assert not isinstance(caught.value, requests.ConnectionError)
        assert isinstance(caught.value.__cause__, errors.ProviderUnavailable)
