"""What a hostile answer leaves in an error: no secret, and the search is short."""

import gzip
import json
import time
from urllib.parse import quote

import pytest
import servers
from hostile.tokens import (
    AWAY,
    CHUNKED,
    HEAD,
    PLANTED,
    SECRET,
    TOKEN,
    WRONG,
    Case,
    all_met,
    check,
    leaks,
    told,
)

from requests_xauth import errors
from requests_xauth._redact import Secrets, secret_values

BODY = json.dumps({**TOKEN, "token_type": "mac", "refresh_token": PLANTED[1]})
AT = PLANTED[0].encode()
ECHO = {"error": "invalid_request", "error_description": f"no {SECRET}", "you": SECRET}
# Written as no encoder of Python's does.
SLASHED = json.dumps(ECHO).replace("/", "\\/").encode()
ESCAPED = json.dumps(ECHO).replace("&", "\\u0026").replace("+", "\\u002B").encode()

LOWER = quote(SECRET, safe="").lower()
HTML = SECRET.replace("&", "&amp;").replace("+", "&#43;")


def torn(body):
    """Return an answer that breaks off after *body*, in the middle of a chunk."""
    return CHUNKED + b"%x\r\n%s\r\n40\r\n%s" % (len(body), body, AT)


# http.client skips two bytes for the line's end and takes what follows for a size.
CUT = CHUNKED + b'12\r\n{"access_token": "\r\n%s", "token_type": "Bearer"}\r\n' % AT

CASES = {
    "utf-16": Case(servers.http(200, BODY.encode("utf-16")), words="token_type"),
    "utf-16-le": Case(servers.http(400, BODY.encode("utf-16-le"))),
    "utf-32": Case(servers.http(200, BODY.encode("utf-32")), words="token_type"),
    "byte order mark": Case(servers.http(200, BODY.encode("utf-8-sig"))),
    "packed": Case(
        servers.http(200, gzip.compress(BODY.encode()), {"Content-Encoding": "gzip"})
    ),
    "name escaped": Case(
        servers.http(200, b'{"access\\u005ftoken": "%s", "access_token": 7}' % AT)
    ),
    "name twice": Case(
        servers.http(200, b'{"access_token": "%s", "access_token": 7}' % AT)
    ),
    "token in a list": Case(servers.http(200, {"access_token": [PLANTED[0]]})),
    "token in an object": Case(
        servers.http(200, {"access_token": {"value": [{"x": PLANTED[0]}]}})
    ),
    "refused with tokens": Case(
        servers.http(400, {"error": f"{PLANTED[2]} ended", "id_token": [PLANTED[2]]}),
        words="refused the token request: *** ended",
    ),
    "list torn": Case(servers.http(200, b'{"access_token": ["%s", "a", ' % AT)),
    "object torn": Case(servers.http(200, b'{"access_token": {"value": "%s"' % AT)),
    "printed dict": Case(servers.http(200, b"{'access_token': '%s'}" % AT)),
    "form": Case(servers.http(200, b"a=b&access_token=%s&c=d" % AT)),
    "slashes escaped": Case(servers.http(400, SLASHED), words='no ***"'),
    "letters escaped": Case(servers.http(400, ESCAPED), words='no ***"'),
    "echo of ASP.NET": Case(
        servers.http(400, {"error": "x", "error_description": f"no {LOWER}"}),
        words="(HTTP 400)",
    ),
    "echo of Go": Case(servers.http(400, f"<p>no {HTML}</p>".encode())),
    "echo in a list": Case(servers.http(200, [SECRET])),
    "echo of Basic": Case(
        servers.http(401, b"Basic bWU6aHVzaC83Jm91citzZWNyZXQ="), WRONG
    ),
    "echo in the content type": Case(
        servers.http(400, b"no", {"Content-Type": f"text/{SECRET}"}), words="text/***"
    ),
    "echo in headers": Case(
        servers.http(
            400, b"no", {"X-Echo": SECRET, "X-AT": f"access_token={PLANTED[0]}"}
        )
    ),
    "echo in a header's name": Case(servers.http(400, b"no", {SECRET: "x"})),
    "token in a cookie": Case(servers.http(400, b"no", {"Set-Cookie": PLANTED[0]})),
    "echo in the reason": Case(
        b"HTTP/1.1 400 %s\r\nContent-Length: 0\r\n\r\n" % SECRET.encode()
    ),
    "echo as the status": Case(b"HTTP/1.1 %s\r\n\r\n" % SECRET.encode(), AWAY),
    "echo as a chunk": Case(CHUNKED + SECRET.encode() + b"\r\n\r\n", AWAY),
    "echo in no header": Case(HEAD + b"%s\r\n\r\n{}" % SECRET.encode()),
    "token in no header": Case(HEAD + b"A: b\r\nno %s\r\n\r\n{}" % AT),
    "echo in Location": Case(
        servers.http(302, b"", {"Location": f"/{SECRET}?{SECRET}#{SECRET}"}),
        words="/***: nothing was sent there.",
    ),
    "body without a head": Case(BODY.encode(), AWAY),
    "torn after a token": Case(torn(BODY.encode()), AWAY, "IncompleteRead"),
    "torn within a token": Case(torn(b'{"access_token": "'), AWAY),
    "chunk ends before a token": Case(CUT, AWAY, "did not answer the token request"),
    "token as a chunk's size": Case(CHUNKED + AT + b"\r\n\r\n", AWAY),
    "token as the status": Case(b"HTTP/1.1 %s OK\r\n\r\n" % AT, AWAY, "BadStatusLine"),
    "token as the version": Case(b"HTTP/%s 200 OK\r\n\r\n" % AT, AWAY),
    "token as the first line": Case(AT + b"\r\n\r\n", AWAY),
}


@pytest.fixture(scope="module")
def results():
    """Meet them all."""
    return all_met(CASES)


@pytest.mark.parametrize("name", CASES)
def test_unreadable(results, name):
    """Neither the text, nor what the error keeps, nor its cause tells a secret."""
    check(results[0][name], CASES[name])


def test_nothing_is_logged(results):
    """No secret and no token is in a log, at DEBUG, urllib3's included."""
    assert len(results[1]) > len(CASES)
    assert [] == leaks(results[1])


def test_the_search_would_find():
    """The twin: each of these answers, kept as it came, would be found."""
    for body in (BODY, ESCAPED.decode(), SLASHED.decode(), "\0".join(BODY)):
        error = errors.TokenRequestError("no")
        error.__cause__ = ValueError(body.encode())
        assert leaks(told(error))
    assert not leaks(told(errors.TokenRequestError("no")))


MANY = 300_000


@pytest.mark.parametrize(
    "unit",
    [
        "-eyJ",
        "-eyJaaaa.",
        "-eyJaaaa.b",
        "-eyJ.b.",
        "a.",
        "a-",
        "token",
        'token"  ',
        'token":"',
        "token='",
        'token": "\\\n',
        "passw",
        "bearer ",
        '"',
        "\\",
        "%",
        "%41",
        "&",
        "&#x9",
        "&notin",
        "&#" + "9" * 99_999,
        "&#" + "0" * 99_999,
    ],
)
def test_time(unit):
    """Whatever a text repeats, the search of it takes no longer for that."""
    text = unit * (MANY // len(unit))
    began_at = time.thread_time()
    Secrets([SECRET]).out_of(text)
    assert time.thread_time() - began_at < 1


def test_time_of_names():
    """Neither a long name nor many values below it make a long search."""
    began_at = time.thread_time()
    found = list(secret_values({"a" * MANY: ["b"] * 99_999, "c" * MANY + "token": "d"}))
    assert time.thread_time() - began_at < 5
    assert found == ["d"]


def test_many_secrets():
    """More secrets than an answer has: nothing of it is shown, at once."""
    body = {"token": [f"v-{n}" for n in range(90_000)], "token_type": "mac"}
    case = Case(servers.http(200, body), deadline_s=5, words="without access_token")
    fates, _ = all_met({"many": case})
    check(fates["many"], case)
    assert fates["many"].got.response.text == "***"
    few = {"token": [f"v-{n}" for n in range(9)], "token_type": "mac"}
    fates, _ = all_met({"few": Case(servers.http(200, few))})
    assert fates["few"].got.response.json()["token"] == ["***"] * 9
