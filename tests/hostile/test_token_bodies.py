"""A token endpoint that answers 200 with strange JSON: a right token, or a clear error."""

import base64
import json

import pytest
import servers
from helpers import uncollected
from hostile.tokens import PLANTED, TOKEN, WRONG, Case, all_met, check, leaks, met

from requests_xauth import Token, XMLdationAuth

NO_TOKEN = "without a usable access_token"
DEEP = 100_000


def bad(body, words="", **changed):
    """Return the case of a body, or of a token answer with members changed, refused."""
    return Case(servers.http(200, _body(body, changed)), words=words)


def good(body=None, **changed):
    """Return the case of one that is a token all the same."""
    return Case(servers.http(200, _body(body, changed)), Token)


def _body(body, changed):
    return {**TOKEN, **changed} if body is None else body


NOTHING = ("refresh_token", "id_token", "token_type", "scope", "expires_in", "error")
BARE = json.dumps(TOKEN).encode()
# No header can carry these.
BEARERS = (
    *("", "A\rB", "A\nB", "A\r\nX-Evil: 1", "A\0B", "A B", "A\tB", " A", "A\n"),
    *("\u00e9", "\u202eA", "A\u2028", "\U0001f600", "A\x7f", "A\x80"),
    *(7, 1.5, True, False, [], ["A"], {}, {"a": 1}),
)
CASES = {
    "nothing": bad(b"", "with what is not JSON"),
    "blanks": bad(b" \r\n\t ", "with what is not JSON"),
    "text": bad(b'"access_token"', "that is no object"),
    "number": bad(b"42", "that is no object"),
    "null": bad(b"null", "that is no object"),
    "true": bad(b"true", "that is no object"),
    "NaN": bad(b"NaN", "that is no object"),
    "list": bad([TOKEN], "that is no object"),
    "empty object": bad(b"{}", "without access_token"),
    "token below": bad({"data": TOKEN}, "without access_token"),
    "two documents": bad(BARE * 2, "not JSON"),
    "comma at the end": bad(b'{"access_token": "A",}', "not JSON"),
    "comment": bad(b'{"access_token": "A"} // ok', "not JSON"),
    "prefix": bad(b")]}',\n" + BARE, "not JSON"),
    "latin-1": bad(b'{"access_token": "\xe9"}', "not JSON"),
    "overlong UTF-8": bad(b'{"access_token": "\xc0\x80"}', "not JSON"),
    "NUL in JSON": bad(b'{"access_token": "A\0B"}', "not JSON"),
    "line break in JSON": bad(b'{"access_token": "A\nB"}', "not JSON"),
    "byte order mark": good(BARE.decode().encode("utf-8-sig")),
    "UTF-16": good(BARE.decode().encode("utf-16")),
    "UTF-16 without a mark": good(BARE.decode().encode("utf-16-be")),
    "UTF-32": good(BARE.decode().encode("utf-32")),
    "half a letter": bad(BARE.decode().encode("utf-16-le")[:-1], "not JSON"),
    "deep lists": bad(b"[" * DEEP + b"]" * DEEP),
    "deep objects": bad(b'{"a":' * DEEP + b"1" + b"}" * DEEP),
    "deep lists, open": bad(b"[" * DEEP, "not JSON"),
    "deep beside a token": bad(
        BARE[:-1] + b', "x": ' + b"[" * 99 + b"]" * 99 + b"}", "nested too deeply"
    ),
    "many members": bad(b"[" + b"{}," * 100_000 + b"{}]", "no object"),
    "number of 5,000 digits": bad(b'{"expires_in": ' + b"9" * 5000 + b"}"),
    "long name": bad(b'{"' + b"a" * 300_000 + b'": "b"}', "without access_token"),
    "same name thrice": good(
        b'{"access_token": 1, "access_token": "AT-PLANTED-1", "access_token": "LAST"}'
    ),
    "strange names": good(b'{"__proto__": {}, "": 1, "access_token": "A"}'),
    **{
        f"access_token {value!a}": bad(None, NO_TOKEN, access_token=value)
        for value in BEARERS
    },
    "access_token null": bad(None, "without access_token", access_token=None),
    "access_token NaN": bad(b'{"access_token": NaN}', NO_TOKEN),
    **{
        f"surrogate in {name}": bad(None, "lone surrogate", **{name: "A\ud800B"})
        for name in ("access_token", "id_token", "refresh_token", "other")
    },
    "surrogate as a name": bad(b'{"\\udfff": 1}', "lone surrogate"),
    **{
        f"{name} {value!a}": bad(None, f"a {name} that is", **{name: value})
        for name in ("refresh_token", "id_token", "token_type")
        for value in (7, True, ["A"], {"a": 1})
    },
    "nulls": good(None, **dict.fromkeys(NOTHING)),
    **{
        f"token_type {kind[:20]!a}": bad(None, "that is not Bearer", token_type=kind)
        for kind in ("mac", "Bearer ", "N_A", "bearer\0", "\uff22earer", "x" * 100_000)
    },
    **{
        f"error {error!a}": bad(None, "(HTTP 200", error=error)
        for error in ("x", "invalid_grant", True, 7, ["a"], {"code": [1]}, [[]], "\0")
    },
    "error invalid_client": bad(None, error="invalid_client")._replace(kind=WRONG),
    **{
        f"refresh_token {text[:20]!a}": good(None, refresh_token=text)
        for text in ("A\r\nB", "A\0B", "A B", "\u00e9\U0001f600", "x" * 99_999)
    },
    "scope of nonsense": good(None, scope={"a": [1]}),
    "scope of control letters": good(None, scope="a\0b \u202e\r\nX: 1"),
}


@pytest.fixture(scope="module")
def results():
    """Meet them all."""
    with uncollected():
        return all_met(CASES)


@pytest.mark.parametrize("name", CASES)
def test_strange_json(results, name):
    """Each ends in the right error or a right token; what follows is good."""
    check(results[0][name], CASES[name])


def test_nothing_is_logged(results):
    """No secret and no token is in a log, at DEBUG, and no log has a forged line."""
    assert len(results[1]) > len(CASES)
    assert [] == leaks(results[1])
    assert not [text for text in results[1] if "\nX" in text]


def test_the_last_name_wins(results):
    """Of equal names the last one counts, as with Python's json everywhere."""
    assert results[0]["same name thrice"].got.bearer == "LAST"


def jwt(claims):
    """Return a JWT with such claims, any text."""
    return "eyJh." + base64.urlsafe_b64encode(claims).decode().rstrip("=") + ".sig"


LIFETIMES = {
    **dict.fromkeys(("-1", "-1e308", '"-5"', "0", "-0.0"), 0.0),
    **dict.fromkeys(("3600", "3600.0", '"3600"', '" 3600 "', "36e2"), 3600.0),
    **dict.fromkeys(
        (
            *("1e308", "1e309", "-1e309", "NaN", "Infinity", "-Infinity", "true"),
            *("99999999999", "9" * 400, "null", "[3600]", '{"s": 3600}'),
            *('"soon"', '"NaN"', '"Infinity"', '"1e999"', '""', '"0x10"', '"1 h"'),
            *('"3600s"', '"\\u0000"'),
        )
    ),
}


@pytest.fixture(scope="module")
def lifetimes():
    """Meet an answer of each lifetime."""
    form = '{"access_token": "A", "expires_in": %s}'
    return all_met({told: good((form % told).encode()) for told in LIFETIMES})[0]


@pytest.mark.parametrize("told", LIFETIMES)
def test_absurd_lifetimes(lifetimes, told):
    """An absurd lifetime is unknown or none, never an error and never a huge one."""
    fate = lifetimes[told]
    check(fate, Case(None, Token))
    end, wanted_s = fate.got.expires_at, LIFETIMES[told]
    assert wanted_s == (None if end is None else end - fate.got.obtained_at)


CLAIMS = {
    b"": None,
    b"null": None,
    b"[" * DEEP: None,
    b'{"exp": "soon"}': None,
    b'{"exp": 1e309}': None,
    b'{"exp": -1}': None,
    b'{"exp": [1], "iat": {}}': None,
    b'{"exp": ' + b"9" * 400 + b"}": None,
    b'{"exp": 1100, "iat": 1000}': 100.0,
    b'{"exp": 1000, "iat": 1100}': 0.0,
    b'{"exp": "\xff"}': None,
}


@pytest.fixture(scope="module")
def claimed():
    """Meet an answer whose token is a JWT with each of the claims."""
    with uncollected():
        return all_met({c: good({"access_token": jwt(c)}) for c in CLAIMS})[0]


@pytest.mark.parametrize(
    "claims", CLAIMS, ids=lambda claims: claims[:20].decode("latin-1")
)
def test_absurd_claims(claimed, claims):
    """A token that says absurd things of itself is a token all the same."""
    fate = claimed[claims]
    check(fate, Case(None, Token))
    end, wanted_s = fate.got.expires_at, CLAIMS[claims]
    assert wanted_s == (None if end is None else end - fate.got.obtained_at)


@pytest.mark.parametrize(
    "text", ["A\r\nB", "A B", "\u00e9", "", None, 7, ["ID-PLANTED-3"]]
)
def test_id_token(text):
    """Where the id_token is the bearer it has to be one."""
    body = {**TOKEN, "id_token": text}
    case = Case(servers.http(body=body), words="id_token")
    check(met(case, XMLdationAuth, username="kari", password=PLANTED[2]), case)
