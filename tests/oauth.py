"""What the tests of XAuthSession do alike."""

from helpers import OPENED, auth_of
from requests.adapters import BaseAdapter
from requests.models import Response

from requests_xauth import XAuthSession, XeeAuth


def oauth_of(box, name, clock, **more):
    """Return a session on the preset of that name; it is closed after the test."""
    ours = ("token", "state", "token_updater")
    given = {name: more.pop(name) for name in ours if name in more}
    return opened(auth_of(box, name, clock=clock, **more), **given)


def opened(auth, **given):
    """Return a session on *auth*; it is closed after the test."""
    session = XAuthSession(auth, **given)
    OPENED.append(session)
    return session


def xee(box, clock, **more):
    """Return an auth object of a person who has not logged in here."""
    return XeeAuth(**{**box.xee.credentials, **more}, clock=clock)


def xee_token(box):
    """Return a token of a person's as the provider has answered it, saved elsewhere."""
    with XAuthSession(auth_of(box, "xee", clock=box.xee._clock)) as session:
        session.get(box.xee.api_url)
        return dict(session.token)


def bearers(service, at="api"):
    """Return the Authorization header of each request that reached that place."""
    seen = [record for record in service.requests if record.at == at]
    return [record.headers.get("authorization") for record in seen]


class Sink(BaseAdapter):
    """An adapter that answers 200 itself and remembers what it was asked."""

    def __init__(self):
        super().__init__()
        self.requests = []

    def send(self, request, **kwargs):
        """Answer without a network."""
        self.requests.append(request)
        response = Response()
        response.status_code, response.request, response.url = 200, request, request.url
        response._content = b""
        return response

    def close(self):
        """Have nothing to close."""
