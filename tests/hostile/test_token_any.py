"""Any answer of a token endpoint at all: a token with a bearer, or one of our errors."""

import json

import pytest
import servers
from hostile.tokens import GOOD, PLANTED, SECRET, Turncoat, leaks, told
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from requests_xauth import M2MAuth, Token, XeeAuth, XMLdationAuth, XPKitAuth, errors
from requests_xauth.plugins.pytest import Clock

# The same ones each time, few: a run of more is for whoever changes the reading.
SOME = settings(
    derandomize=True,
    max_examples=60,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
NAMES = st.sampled_from(
    (
        *("access_token", "refresh_token", "id_token", "token_type", "scope"),
        *("expires_in", "expires_at", "error", "error_description", "description"),
        *("extra_info", "message", "tip", "type", "code", "detail"),
    )
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(("Bearer", "invalid_client", "invalid_grant", "A.B.C", "GOOD-2"))
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(NAMES | st.text(), inner, max_size=3)
    ),
    max_leaves=6,
)
STATUSES = st.sampled_from((200, 200, 200, 201, 302, 400, 401, 403, 404, 418, 500, 600))
HEADERS = st.sampled_from(
    (
        *("Content-Type", "Content-Encoding", "Date", "Retry-After", "Location"),
        *("Set-Cookie", "WWW-Authenticate", "Connection", "Refresh", "Server", "X-A"),
    )
)
LINES = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"))
BODY = json.dumps(GOOD).encode()
CHANGES = st.lists(
    st.tuples(st.integers(0, len(BODY)), st.integers(0, 9), st.binary(max_size=4)),
    min_size=1,
    max_size=4,
)
CREDENTIALS = {"client_id": "me", "client_secret": SECRET, "timeout": 5}
M2M = (M2MAuth, {})
XEE = (XeeAuth, {"refresh_token": "RT-0"})
XPKIT = (XPKitAuth, {})
PRESETS = st.sampled_from(
    (
        M2M,
        XEE,
        XPKIT,
        (XMLdationAuth, {"username": "kari", "password": SECRET}),
    )
)


@pytest.fixture(scope="module")
def server():
    """Return a server that answers what it is told."""
    with Turncoat(b"") as server:
        yield server


def survive(server, answer, preset):
    """Check what a new client makes of *answer*, and that it asks once."""
    kind, own = preset
    server.answer = answer
    server.requests.clear()
    auth = kind(base_url=server.url, clock=Clock(), **CREDENTIALS, **own)
    try:
        got = auth.renew()
    except errors.XAuthError as error:
        got = error
    if isinstance(got, Token):
        assert got.bearer
        assert all("!" <= letter <= "~" for letter in got.bearer)
        assert Token.from_json(json.loads(json.dumps(got.to_json()))) == got
    else:
        assert type(got) not in {errors.XAuthError, errors.ConfigError}
        assert [] == leaks(told(got))
    assert len(server.requests) in {1, 2}


@SOME
@given(st.dictionaries(NAMES, VALUES, max_size=6) | VALUES, STATUSES, PRESETS)
@example({"access_token": {"value": PLANTED[0]}}, 200, M2M)
@example({"error": PLANTED[1], "refresh_token": [PLANTED[1]]}, 400, XEE)
@example({"error": "x", "extra_info": [], "description": {"a": SECRET}}, 401, XPKIT)
@example([{"message": ["Invalid authentication"], "tip": 7}], 403, XEE)
@example({"token": [str(n) for n in range(999)]}, 200, M2M)
def test_any_json(server, value, status, preset):
    """Any JSON with any status is a token or one of our errors."""
    survive(server, servers.http(status, value), preset)


@SOME
@given(CHANGES, PRESETS)
@example([(0, len(BODY), b"")], M2M)
@example([(0, 0, b"\xff\xfe")], M2M)
@example([(0, 0, b"\x00{\x00")], XEE)
@example([(len(BODY) - 1, 1, b"")], XPKIT)
def test_any_mutation(server, changes, preset):
    """A good answer with any bytes of it changed, added or lost is one or the other."""
    body = BODY
    for at, length, piece in changes:
        body = body[:at] + piece + body[at + length :]
    survive(server, servers.http(200, body), preset)


@SOME
@given(HEADERS, LINES, STATUSES, PRESETS)
@example("Content-Type", SECRET, 400, M2M)
@example("Location", "//[", 302, M2M)
@example("Date", "Sun, 09 Sep 2001 01:46:40 -99999999999", 200, M2M)
@example("Retry-After", "\xb2", 500, M2M)
@example("Content-Encoding", "gzip, \x00", 200, XEE)
def test_any_header(server, name, value, status, preset):
    """Any value of a header is survived, with any status."""
    answer = servers.http(status, b"@", {"X-First": "1", name: "@"})
    head, _, _ = answer.partition(b"@")
    length = b"Content-Length: %d\r\n\r\n" % len(BODY)
    survive(server, head + value.encode("latin-1") + b"\r\n" + length + BODY, preset)
