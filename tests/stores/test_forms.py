"""store= as a text: the short forms that every preset takes."""

import pickle

import pytest
import requests
from helpers import PRESETS, auth_of, service_of

from requests_xauth import errors
from requests_xauth.stores import open_store


class TestFile:
    """``store="file"``."""

    @pytest.fixture(autouse=True)
    def _state_home(self, monkeypatch, tmp_path):
        pytest.importorskip("stores.with_file")
        for name in ("XDG_STATE_HOME", "HOME", "LOCALAPPDATA"):
            monkeypatch.setenv(name, str(tmp_path))

    @pytest.mark.parametrize("name", PRESETS)
    def test_every_preset(self, box, name):
        """
        Two objects of any preset share one token by it.
        """
        service, more = service_of(box, name), {"store": "file"}
        if name == "xee":
            seed = service.issue_refresh_token()
            more |= {"refresh_token": seed, "account": "ada"}
        for _ in range(2):
            auth = auth_of(box, name, **more)
            assert 200 == requests.get(service.api_url, auth=auth).status_code

        assert 1 == service.token_requests

    def test_what_was_refused(self, box, clock):
        """
        Objects made for each call share what was refused, as by the same store's name.
        """
        for _ in range(3):
            auth = auth_of(box, "m2m", store="file", client_secret="wrong", clock=clock)
            with pytest.raises(errors.CredentialsRejected):
                auth.renew()

        assert 1 == box.m2m.token_requests

    def test_a_pickle(self, box):
        """
        A worker opens the same store.
        """
        auth = auth_of(box, "m2m", store="file")
        auth.renew()

        twin = pickle.loads(pickle.dumps(auth))

        assert auth.token == twin.token
        assert 1 == box.m2m.token_requests

    def test_any_case(self):
        """
        Case does not matter, as in any scheme.
        """
        assert repr(open_store("file")) == repr(open_store("FILE"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "files",
        "redis",
        "file:",
        "file://",
        "redis:/host",
        "mysql://ada:secret@host",
    ],
)
def test_unknown(text):
    """
    Another text is a ConfigError that lists what there is, and tells no password.
    """
    with pytest.raises(
        errors.ConfigError, match="Known: file, keyring, redis://…, rediss://…"
    ) as caught:
        open_store(text)

    assert "secret" not in str(caught.value)


def test_at_construction(box):
    """
    An unknown text is told when the auth object is made.
    """
    with pytest.raises(errors.ConfigError, match="No store is named 'flie'"):
        auth_of(box, "m2m", store="flie")
