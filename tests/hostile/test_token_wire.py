"""A token endpoint that speaks HTTP badly: redirects, torn answers, statuses of its own."""

import pytest
import servers
from hostile.tokens import (
    AWAY,
    CHUNKED,
    HEAD,
    REFUSED,
    TOKEN,
    WRONG,
    Case,
    Turncoat,
    all_met,
    check,
    leaks,
    met,
)

from requests_xauth import Token, XeeAuth, XMLdationAuth, XPKitAuth, errors

GOOD = servers.http(body=TOKEN)
BODY = GOOD.partition(b"\r\n\r\n")[2]
HTML = b"<html><h1>Welcome</h1></html>"
# So long that each request has arrived by then, also where many begin at once.
LATE = 2.0
TOO_LATE = f"within {LATE:g} s"


def to(place):
    """Return the answer that redirects there; its body is a token."""
    return servers.http(302, TOKEN, {"Location": place})


def drip(first, piece):
    """Return the case of an answer that sends *piece* now and then, for ever."""
    return Case(servers.drip(first, piece), AWAY, TOO_LATE, LATE)


REDIRECTS = {
    "to itself": to("/oauth/v2/token"),
    "to a plain host": to("http://evil.example/token"),
    "to another scheme": to("ftp://127.0.0.1/token"),
    "to a file": to("file:///etc/passwd"),
    "to a script": to("javascript:alert(1)"),
    "to nothing": to(""),
    "to no URL": to("http://[::1"),
    "to a port too large": to("http://127.0.0.1:99999999/"),
    "to letters": to("//ex\u00e4mple/\u00ff"),
    "to a very long place": to("/" + "a" * 60_000),
    "to two places": HEAD.replace(b"200", b"307")
    + b"Location: /a\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n",
    "with a line folded in": HEAD.replace(b"200", b"302")
    + b"Location: /a\r\n /b\r\nContent-Length: 0\r\n\r\n",
}
WITHOUT_A_PLACE = {status: servers.http(status) for status in (301, 302, 303, 307, 308)}
CASES = {
    **{name: Case(answer, arrivals=1) for name, answer in REDIRECTS.items()},
    **{
        f"{status} without Location": Case(answer, words=f"(HTTP {status},", arrivals=1)
        for status, answer in WITHOUT_A_PLACE.items()
    },
    "headers for ever": drip(HEAD, b"X-More: 1\r\n"),
    "a header for ever": drip(HEAD + b"X-More: ", b"x"),
    "a status for ever": drip(b"HTTP/1.1 200 ", b"x"),
    "a body for ever": drip(HEAD + b"Content-Length: 99999\r\n\r\n", b" "),
    "a body without length": drip(HEAD + b"\r\n" + BODY, b" "),
    "chunks for ever": drip(CHUNKED, b"1\r\n \r\n"),
    "a chunk's length for ever": drip(CHUNKED, b"0"),
    "a trailer for ever": drip(CHUNKED + b"0\r\n", b"X-More: 1\r\n"),
    "100 for ever": drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "silence": Case(servers.silence, AWAY, TOO_LATE, LATE),
    "nothing": Case(b"", AWAY, "did not answer the token request"),
    "torn status": Case(b"HTTP/1.", AWAY),
    "torn header": Case(HEAD + b"Content-Len", REFUSED, "not JSON"),
    "torn body": Case(GOOD[:-5], AWAY),
    "torn chunk": Case(CHUNKED + b"40\r\n{", AWAY),
    "torn between chunks": Case(CHUNKED + b"1\r\n{\r\n", AWAY),
    "no chunk": Case(CHUNKED + b"hello\r\n", AWAY),
    "torn gzip": Case(servers.http(200, b"\x1f\x8b\x08", {"Content-Encoding": "gzip"})),
    "no HTTP at all": Case(b"SSH-2.0-OpenSSH_9.2\r\n", AWAY),
    "HTTP/0.9": Case(HTML, AWAY),
    "HTTP/3": Case(GOOD.replace(b"HTTP/1.1", b"HTTP/3.0"), AWAY),
    "binary": Case(bytes(range(256)) * 9, AWAY),
    "two lengths": Case(
        HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        words="headers that cannot be read",
        arrivals=1,
    ),
    "length of words": Case(HEAD + b"Content-Length: many\r\n\r\n{}"),
    "length too short": Case(HEAD + b"Content-Length: 9\r\n\r\n" + BODY),
    "one length twice": Case(
        HEAD + b"Content-Length: %d\r\n" % len(BODY) * 2 + b"\r\n" + BODY, Token
    ),
    "length and chunks": Case(
        CHUNKED[:-2]
        + b"Content-Length: 3\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY),
        Token,
    ),
    "unknown transfer": Case(GOOD.replace(b"OK", b"OK\r\nTransfer-Encoding: x"), Token),
    "HTTP/1.0": Case(b"HTTP/1.0 200 OK\r\n\r\n" + BODY, Token),
    "no reason": Case(GOOD.replace(b" Said", b""), Token),
    "bare line feeds": Case(GOOD.replace(b"\r\n", b"\n"), Token),
    "headers of garbage": Case(HEAD + b"\xff\xfe: \xff\r\n: x\r\n\r\n" + BODY, Token),
    "more after the end": Case(GOOD + GOOD, Token),
    "100 first": Case(b"HTTP/1.1 100 Continue\r\n\r\n" + GOOD, Token),
    "101": Case(servers.http(101), words="(HTTP 101) with what is not JSON"),
    "103": Case(servers.http(103) + GOOD, words="(HTTP 103)"),
    "201": Case(servers.http(201, TOKEN), Token),
    "204": Case(servers.http(204), words="(HTTP 204) with what is not JSON"),
    "204 with a token": Case(servers.http(204, TOKEN), words="(HTTP 204)"),
    "206": Case(servers.http(206, BODY[:9])),
    "304": Case(servers.http(304, TOKEN), words="(HTTP 304"),
    "401": Case(servers.http(401, TOKEN), WRONG),
    "empty 403": Case(servers.http(403), WRONG, "(HTTP 403, without a reason)"),
    "HTML 403": Case(servers.http(403, HTML), words="(HTTP 403)"),
    "418": Case(servers.http(418, TOKEN), words="(HTTP 418"),
    "HTML 200": Case(servers.http(200, HTML, {"Content-Type": "text/html"})),
    "HTML 502": Case(
        servers.http(502, HTML, {"Content-Type": "text/html"}), AWAY, "text/html"
    ),
    "500 with a token": Case(servers.http(500, TOKEN), AWAY, "(HTTP 500", arrivals=1),
    "600": Case(servers.http(600, TOKEN), AWAY, "(HTTP 600", arrivals=1),
    "999": Case(servers.http(999, TOKEN), AWAY, "(HTTP 999", arrivals=1),
    "000": Case(servers.http("000", TOKEN), AWAY),
    "1000": Case(servers.http(1000, TOKEN), AWAY),
    "-200": Case(servers.http(-200, TOKEN), AWAY),
    "a status of words": Case(servers.http("OK", TOKEN), AWAY),
    "asked to wait a year": Case(
        servers.http(503, b"", {"Retry-After": "31536000"}), AWAY, "31536000 s", 4
    ),
    "cookies": Case(
        servers.http(200, TOKEN, {"Set-Cookie": "a=b; Path=/; Domain=127.0.0.1"}), Token
    ),
    "cookies of a refusal": Case(servers.http(400, b"", {"Set-Cookie": "a=b"})),
    "no content type": Case(GOOD, Token),
    "another content type": Case(
        servers.http(200, TOKEN, {"Content-Type": "text/html; charset=utf-16"}), Token
    ),
    "no length of gzip": Case(
        servers.http(200, TOKEN, {"Content-Encoding": "identity"}), Token
    ),
    "packed as nobody asked": Case(
        servers.http(200, TOKEN, {"Content-Encoding": "br"}), words="not asked for"
    ),
    "Dates of nonsense": Case(
        servers.http(200, TOKEN, {"Date": "Sun, 99 Foo 0000 99:99:99 +9999999"}), Token
    ),
    "a refresh": Case(
        servers.http(200, b"", {"Refresh": "0; url=http://evil.example"})
    ),
}


@pytest.fixture(scope="module")
def results():
    """Meet them all."""
    return all_met(CASES)


@pytest.mark.parametrize("name", CASES)
def test_badly_spoken(results, name):
    """Each ends in the right error or the token, in time; what follows is good."""
    check(results[0][name], CASES[name])


def test_nothing_is_logged(results):
    """No secret and no token is in a log, at DEBUG."""
    assert len(results[1]) > len(CASES)
    assert [] == leaks(results[1])


@pytest.mark.parametrize("status", [300, 301, 302, 303, 305, 307, 308])
@pytest.mark.parametrize(
    ("place", "tls"),
    [
        ("{0}/other", False),
        ("http://localhost:{1}/token", False),
        ("http://127.0.0.1:{1}/token", True),
    ],
)
def test_redirects_carry_nothing(status, place, tls):
    """Nothing arrives where a redirect points: same host, another, from TLS to none."""
    with Turncoat(GOOD) as elsewhere:
        url = place.format(elsewhere.url, elsewhere.port)
        case = Case(servers.http(status, TOKEN, {"Location": url}), arrivals=1)
        fate = met(case, tls=tls)
    check(fate, case)
    assert f"redirected the token request to {url}: nothing was" in str(fate.got)
    assert elsewhere.requests == []


PRESETS = {
    XPKitAuth: {},
    XeeAuth: {"refresh_token": "RT-PLANTED-2"},
    XMLdationAuth: {"username": "kari", "password": "hush/7&our+secret"},
}


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (to("http://127.0.0.1:9/"), REFUSED),
        (servers.http(200, HTML), REFUSED),
        (servers.http(200, {"error": {"a": [1]}, "access_token": 5}), REFUSED),
        (servers.http(429, b"[]", {"Retry-After": "99"}), AWAY),
        (servers.http(401, [None]), errors.CredentialsRejected),
    ],
)
def test_presets(preset, answer, kind):
    """Every preset meets them alike, whatever its quirks and its grant."""
    case = Case(answer, kind, deadline_s=5)
    check(met(case, preset, **PRESETS[preset]), case)
