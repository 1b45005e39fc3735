"""Adapters of the caller's own, with retries of their own: a request goes out once."""

import pytest
import requests
import servers
from requests.adapters import HTTPAdapter
from test_endpoint import GRANT, TOKEN, endpoint
from urllib3.util import Retry

from requests_xauth import errors

EAGER = Retry(3, allowed_methods=None, status_forcelist=[502, 503], backoff_factor=0)


class Timed(HTTPAdapter):
    """What many write for themselves: a timeout, pools as they like them, a count."""

    def __init__(self, timeout_s, **options):
        self.timeout_s = timeout_s
        self.sent = 0
        super().__init__(**options)

    def init_poolmanager(self, *args, **kwargs):
        """Make the pools, once."""
        super().init_poolmanager(*args, timeout=self.timeout_s, **kwargs)

    def send(self, request, **kwargs):
        """Send and count."""
        self.sent += 1
        return super().send(request, **kwargs)


def asking_by(adapter, server, **more):
    """Return an endpoint whose requests to *server* go through *adapter*."""
    session = requests.Session()
    session.trust_env = False
    session.mount("http://", adapter)
    return endpoint(server, session=session, **more)


@pytest.mark.parametrize("status", [502, 503])
@pytest.mark.parametrize("retries", [EAGER, EAGER.new(total=None, status=3), 3, None])
def test_once(retries, status):
    """
    What may have arrived is sent by no adapter again; all that it has stays its own.
    """
    adapter = Timed(5, max_retries=0)
    adapter.max_retries = retries
    with servers.Script(servers.http(status)) as server:
        asking = asking_by(adapter, server)
        with pytest.raises(errors.ProviderUnavailable, match=f"HTTP {status}"):
            asking.ask(GRANT.form(), retries=False)

        assert 1 == len(server.requests)
    assert 1 == adapter.sent
    assert retries is adapter.max_retries
    adapter.close()


@pytest.mark.parametrize("answer", [b"", b"HTTP/1."])
def test_once_where_it_is_dropped(answer):
    """
    The same for an answer that breaks off.
    """
    adapter = Timed(5, max_retries=EAGER)
    with servers.Script(answer) as server:
        with pytest.raises(errors.ProviderUnavailable) as caught:
            asking_by(adapter, server).ask(GRANT.form(), retries=False)

        assert 1 == len(server.requests)
    assert caught.value.arrived
    adapter.close()


class Steady(Timed):
    """One that sets its retries itself, and closes its pools when it ends."""

    def send(self, request, **kwargs):
        """Send with retries."""
        self.max_retries = EAGER
        return super().send(request, **kwargs)

    def __del__(self):
        """Close."""
        self.sent = None


class Registered(Timed):
    """One of a family whose members say what they are for."""

    def __init_subclass__(cls, *, purpose, **more):
        super().__init_subclass__(**more)


@pytest.mark.parametrize(("kind", "once"), [(Steady, True), (Registered, False)])
def test_one_of_its_own_mind(kind, once):
    """
    Whatever else it does is its own affair; where it cannot be helped, so is its retrying.
    """
    adapter = kind(5, max_retries=EAGER)
    with servers.Script(servers.http(502, b"", {"Connection": "close"})) as server:
        with pytest.raises(errors.ProviderUnavailable):
            asking_by(adapter, server).ask(GRANT.form(), retries=False)

        assert once == (1 == len(server.requests))
    assert 1 == adapter.sent
    adapter.close()


def test_our_own_retries():
    """
    The twin: what the package sends again goes out again, by that adapter.
    """
    adapter = Timed(5, max_retries=EAGER)
    with servers.Script(servers.http(503), servers.http(body=TOKEN)) as server:
        assert "AT-1" == asking_by(adapter, server).ask(GRANT.form()).bearer

        assert 2 == len(server.requests)
    assert 2 == adapter.sent
    adapter.close()


def test_the_callers_session():
    """
    The twin: the caller's own requests are sent again as he set it up.
    """
    adapter = Timed(5, max_retries=EAGER)
    busy = servers.http(503, b"", {"Connection": "close"})
    with servers.Script(busy, servers.http(body=TOKEN)) as server:
        asking = asking_by(adapter, server)
        asking.ask(GRANT.form())
        session = asking._session

        with servers.Script(busy, servers.http()) as api:
            assert 200 == session.post(api.url, timeout=5).status_code
            assert 2 == len(api.requests)
        assert adapter is session.get_adapter(server.url)
        session.close()
