"""WWW-Authenticate headers that nobody should send, over the wire."""

import time

import pytest
import requests
from helpers import session_with
from hostile.apis import OK, ROOT, Api, Tokens, refusal, session_for
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from servers import http

from requests_xauth import Provider, XAuth, errors, grants
from requests_xauth._verdict import challenge_error

UNHURRIED = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    max_examples=60,
)
SCOPE = b'error="insufficient_scope"'
TOKEN = b'error="invalid_token"'
WSO2 = (
    b'OAuth2 realm="WSO2 API Manager", error="invalid token", error_description='
    b'"Invalid Credentials. Make sure you have provided the correct security '
    b'credentials"'
)
# What may be the token's fault: the call is sent again, with a new one.
REPLAYED = {
    "none": [],
    "empty": [b""],
    "blank": [b"   \t "],
    "scheme": [b"Bearer"],
    "commas": [b", ,,;,"],
    "WSO2": [WSO2],
    "WSO2, after a rewrite": [b"null Bearer"],
    "null, and more": [b"null Bearer " + TOKEN],
    "several in one": [b'Basic realm="a, b", DPoP algs="ES256", Bearer ' + TOKEN],
    "several headers": [b"Negotiate YII=", b'Basic realm="a"', b"Bearer " + TOKEN],
    "quoted scope": [b'Bearer realm="' + SCOPE.replace(b'"', b'\\"') + b'"'],
    "no end, escaped": [b'Bearer realm="x\\'],
    "no beginning": [b'x", "'],
    "not ASCII": ['Bearer realm="Zürich ☃", '.encode() + TOKEN],
    "no text": [b'Bearer realm="\xff\xfe\x80", ' + TOKEN],
    "NUL": [b'Bearer realm="\x00", error="\x00"'],
    "only equals": [b"=" * 9000],
    "quotes": [b'error="' * 8000],
    "escapes": [b'error="\\' * 1000],
    "100 kB": [b"Bearer " + b"x" * 50_000, b"Bearer " + b'a="\\' * 12_500],
    "100 kB, and then": [b"x" * 60_000, b"y" * 40_000, b"Bearer " + SCOPE],
    "a hundred": [b"Bearer " + TOKEN] * 90,
}
# A missing permission, however it is wrapped.
KEPT = {
    "plain": [b"Bearer " + SCOPE],
    "last of several": [b"Negotiate", b'Basic realm="x"', b"Bearer " + SCOPE],
    "in one line": [b'Basic realm="\\"error=\\"", Bearer ' + SCOPE],
    "folded": [b'Bearer realm="a",\r\n  ' + SCOPE],
    "no end": [b'Bearer realm="x, error=insufficient_scope'],
    "in capitals": [b"BEARER " + SCOPE.upper()],
    "not quoted": [b"null Bearer error=insufficient_scope"],
    "not ASCII": ['OAuth2 realm="Zürich ☃", '.encode() + SCOPE],
}


def challenged(values):
    """Return a refusal with these challenges, each in a header of its own."""
    headers = b"".join(b"WWW-Authenticate: " + value + b"\r\n" for value in values)
    head, _, body = refusal(b"{}", status=401).partition(b"\r\n\r\n")
    return head + b"\r\n" + headers + b"\r\n" + body


@pytest.mark.parametrize("values", REPLAYED.values(), ids=REPLAYED)
def test_replayed(clock, values):
    """
    Whatever it says: no error, no wait, and the call is sent again with a new token.
    """
    with Api(challenged(values), OK) as api:
        session = session_for("m2m", clock, api)
        began_at, judged_at = time.monotonic(), time.thread_time()

        answer = session.get(api.url, timeout=5)

        assert [401] == [refused.status_code for refused in answer.history]
        assert 200 == answer.status_code
        assert time.thread_time() - judged_at < 1
        assert time.monotonic() - began_at < 30
    assert 1 == session.tokens.number


@pytest.mark.parametrize("values", KEPT.values(), ids=KEPT)
def test_kept(clock, values):
    """
    The twin: a missing permission is found in there, and costs nothing.
    """
    with Api(challenged(values), OK) as api:
        session = session_for("m2m", clock, api)
        answer = session.get(api.url, timeout=5)

    assert ([], 401) == (answer.history, answer.status_code)
    assert 0 == session.tokens.number


# What can stand in a line of a header; a lone CR or LF would end it.
LINE = st.binary(max_size=300).map(lambda line: line.translate(None, b"\r\n"))
PIECES = st.lists(
    st.sampled_from(
        [
            *(b"error", b"=", b'"', b"\\", b",", b" ", b"\t", b"Bearer", b"\xff"),
            *(b"\x00", b"invalid_token", b"insufficient_scope", b"null", b"realm"),
            *(b"-", b";", b":"),
        ]
    )
).map(b"".join)


def test_anything(clock):
    """
    Whatever bytes a challenge is made of, the caller gets an answer, and soon.
    """
    said = []
    with Api(rule=lambda asked: challenged(said)) as api:
        session = session_for("m2m", clock, api)

        @given(st.lists(LINE | PIECES, max_size=4))
        @example([b'"', b'"'])
        @UNHURRIED
        def check(values):
            said[:] = values
            began_at, judged_at = time.monotonic(), time.thread_time()

            answer = session.get(api.url, timeout=5)

            assert 401 == answer.status_code
            assert len(answer.history) <= 1
            assert time.thread_time() - judged_at < 1
            assert time.monotonic() - began_at < 30

        check()
    # For the place that was refused: then it is known.
    assert 1 == session.tokens.number


@given(st.text('error="\\, -a:\t', min_size=1, max_size=8))
@example('a="\\')
@example("a ")
@UNHURRIED
def test_time(piece):
    """
    The longest header that is read, made of one piece again and again, takes a moment.
    """
    header = piece * (8192 // len(piece))
    began_at = time.thread_time()

    challenge_error(header)

    assert time.thread_time() - began_at < 0.5


def test_an_echoed_bearer(clock):
    """
    What an API says when it gives a token up is told without the token, in one line.
    """
    echo = {"why": "no such token: token-0\nlog in"}
    gone = http(401, echo, {"WWW-Authenticate": 'Bearer error="gone"'})
    with Api(gone) as api, requests.Session() as tokens:
        tokens.mount(ROOT, Tokens())
        acme = Provider(
            "Acme",
            f"{ROOT}/token",
            f"{ROOT}/login",
            hosts=(api.url.split("//")[1],),
            policy={(401, "gone"): "log in"},
            read_denial=lambda response: response.json()["why"],
        )
        back = "http://127.0.0.1/back"
        code = grants.AuthorizationCode("app", "secret", redirect_uri=back)
        auth = XAuth(acme, code, session=tokens, clock=clock)
        state = auth.authorization_url()[1]
        auth.fetch_token(authorization_response=f"{back}?code=c&state={state}")
        session = session_with(auth)

        answer = session.get(api.url)
        with pytest.raises(errors.LoginRequired) as caught:
            session.get(api.url)

    assert 401 == answer.status_code
    assert "Acme has given up the token: no such token: *** log in" in str(caught.value)
