"""Redirects that an API sends with our bearer in its hands."""

import pytest
from helpers import OPENED
from hostile.apis import OK, Api, session_for
from servers import LOOPBACK, http

from requests_xauth import XAuthSession

REFUSED = http(401, {}, {"WWW-Authenticate": 'Bearer error="invalid_token"'})
# Ways to name another place. Here is ours, there the other one, both "host:port".
ELSEWHERE = {
    "another host": "http://localhost:{port}/x",
    "another port": "http://127.0.0.1:{port}/x",
    "no scheme": "//localhost:{port}/x",
    "user": "http://me:pw@localhost:{port}/x",
    "user like ours": "http://{here}@localhost:{port}/x",
    "backslash": "http://{here}\\@localhost:{port}/x",
    "capitals": "HTTP://LOCALHOST:{port}/x",
}
KINDS = ("Session", "XAuthSession")


def moved(url, status=307):
    """Return a redirect to *url*."""
    return http(status, b"", {"Location": url})


def made(clock, kind, *apis):
    """Return a session of that kind, with a token which the *apis* may see."""
    session = session_for("m2m", clock, *apis)
    if kind == "XAuthSession":
        plain, session = session, XAuthSession(session.auth)
        session.trust_env, session.tokens = False, plain.tokens
        OPENED.append(session)
    session.verify = LOOPBACK
    return session


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", ELSEWHERE)
def test_elsewhere(clock, form, kind):
    """
    The bearer does not go along, and a refusal from there renews nothing.
    """
    with Api(REFUSED) as there, Api() as api:
        here = api.url.removeprefix("http://")
        api.answers[:] = [moved(ELSEWHERE[form].format(here=here, port=there.port))]

        session = made(clock, kind, api)
        answer = session.post(api.url, data=b"body")

        assert 401 == answer.status_code
        assert [None] == there.bearers()
        assert api.bearers()[0].startswith("Bearer ")
    assert 0 == session.tokens.number


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(("tls", "to_tls"), [(True, False), (False, True)])
def test_another_scheme(clock, tls, to_tls, status, kind):
    """
    Neither from https to http nor the other way, not even where both are allowed.
    """
    with Api(REFUSED, tls=to_tls) as there, Api(tls=tls) as api:
        api.answers[:] = [moved(f"{there.url}/x", status)]

        session = made(clock, kind, api, there)
        answer = session.get(api.url)

        assert 401 == answer.status_code
        assert [None] == there.bearers()
    assert 0 == session.tokens.number


@pytest.mark.parametrize("kind", KINDS)
def test_there_and_back(clock, kind):
    """
    What comes back from elsewhere comes unsigned, and its refusal renews nothing.
    """
    with Api() as there, Api() as api:
        api.answers[:] = [moved(there.url.replace("127.0.0.1", "localhost")), REFUSED]
        there.answers[:] = [moved(f"{api.url}/back")]

        session = made(clock, kind, api)
        answer = session.get(api.url)

        assert 401 == answer.status_code
        assert [None] == there.bearers()
        assert [False, True] == [header is None for header in api.bearers()]
    assert 0 == session.tokens.number


@pytest.mark.parametrize("kind", KINDS)
def test_refused_then_moved(clock, kind):
    """
    The new token of a replay that is a redirect does not go elsewhere either.
    """
    with Api(REFUSED) as there, Api() as api:
        away = moved(there.url.replace("127.0.0.1", "localhost"))
        api.answers[:] = [REFUSED, away]

        session = made(clock, kind, api)
        answer = session.get(api.url)

        assert 401 == answer.status_code
        assert [None] == there.bearers()
        assert 2 == len(set(api.bearers()))
    assert 1 == session.tokens.number


@pytest.mark.parametrize("kind", KINDS)
def test_the_twin(clock, kind):
    """
    Within its own origin the bearer goes along, and a refusal there renews.
    """
    with Api() as api:
        api.answers[:] = [moved(f"{api.url}/within"), REFUSED, OK]

        session = made(clock, kind, api)
        answer = session.get(api.url)

        first, second, third = api.bearers()
        assert 200 == answer.status_code
        assert first == second != third
    assert 1 == session.tokens.number


@pytest.mark.parametrize("kind", KINDS)
def test_loop(clock, kind):
    """
    A loop of redirects and refusals ends, with few token requests.
    """
    with Api() as api:
        api.answers[:] = [REFUSED, moved(f"{api.url}/again")] * 40
        session = made(clock, kind, api)
        session.max_redirects = 20

        with pytest.raises(Exception, match="Exceeded 20 redirects"):
            session.get(api.url)

    assert session.tokens.number <= 21
