"""When a bearer ends, on our own clock."""

import base64
import json

import pytest
from helpers import far_from_utc

from requests_xauth._expiry import Moment, claims_of, date_of, end_of, number
from requests_xauth._provider import Provider

SENT = 1_700_000_000.0
# The provider's clock is an hour behind.
THEIRS = SENT - 3600
BOTH, OURS = Moment(SENT, THEIRS), Moment(SENT, None)
PLAIN = Provider("Acme", "https://acme.example/token")
NAMED = PLAIN._replace(expires_at="until")
OPEN_ID = PLAIN._replace(bearer="id_token")


def jwt(**claims):
    """Return a JWT that says so."""
    text = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode()
    return f"eyJ9.{text.rstrip('=')}.sig"


@pytest.mark.parametrize(
    ("told", "lifetime_s"),
    [
        (3600, 3600),
        (0.5, 0.5),
        ("3600", 3600),
        (" 60.5 ", 60.5),
        (0, 0),
        ("0", 0),
        (-5, 0),
        (None, None),
        ("soon", None),
        ("", None),
        (True, None),
        ([3600], None),
        ({}, None),
        ("nan", None),
        (float("nan"), None),
        (float("inf"), None),
        ("1e999", None),
        (1e308, None),
        (10**400, None),
        (1e11, None),
    ],
)
def test_lifetime(told, lifetime_s):
    """A lifetime counts from when the request was sent; nonsense is unknown."""
    end = end_of({"access_token": "A", "expires_in": told}, PLAIN, BOTH)
    assert end == (None if lifetime_s is None else SENT + lifetime_s)


@pytest.mark.parametrize(
    ("until", "at", "lifetime_s"),
    [
        (THEIRS + 100, BOTH, 100),
        (str(THEIRS + 100), BOTH, 100),
        (THEIRS - 100, BOTH, 0),
        (SENT + 100, OURS, 100),
        (SENT - 100, OURS, None),
        (0, BOTH, None),
        (-1, BOTH, None),
        ("2027-01-01", BOTH, None),
        ((THEIRS + 100) * 1000, BOTH, None),
    ],
)
def test_moment(until, at, lifetime_s):
    """The moment that the record names is corrected by the Date, if there is one."""
    end = end_of({"access_token": "A", "until": until}, NAMED, at)
    assert end == (None if lifetime_s is None else SENT + lifetime_s)


def test_moment_of_no_record():
    """A moment that the record does not name is none."""
    assert end_of({"access_token": "A", "until": THEIRS + 100}, PLAIN, BOTH) is None


def test_lifetime_before_moment():
    """The lifetime goes before the moment; nonsense does not."""
    answer = {"access_token": "A", "until": THEIRS + 100, "expires_in": 60}
    assert end_of(answer, NAMED, BOTH) == SENT + 60
    assert end_of({**answer, "expires_in": "x"}, NAMED, BOTH) == SENT + 100


@pytest.mark.parametrize(
    ("claims", "at", "lifetime_s"),
    [
        ({"exp": THEIRS + 100}, BOTH, 100),
        ({"exp": THEIRS + 100, "iat": 1}, BOTH, 100),
        ({"exp": 5000, "iat": 4900}, OURS, 100),
        ({"exp": SENT + 100}, OURS, 100),
        ({"exp": SENT - 100}, OURS, None),
        ({"exp": THEIRS - 1}, BOTH, 0),
        ({"exp": "soon"}, BOTH, None),
        ({"iat": 4900}, OURS, None),
        ({}, BOTH, None),
    ],
)
def test_jwt(claims, at, lifetime_s):
    """A JWT's own end is the last resort."""
    end = end_of({"access_token": jwt(**claims)}, PLAIN, at)
    assert end == (None if lifetime_s is None else SENT + lifetime_s)


def test_lifetime_before_jwt():
    """The lifetime goes before an access token's own end."""
    answer = {"access_token": jwt(exp=THEIRS + 10), "expires_in": 60}
    assert end_of(answer, PLAIN, BOTH) == SENT + 60


@pytest.mark.parametrize(
    ("own", "told", "lifetime_s"),
    [(10, 60, 10), (60, 10, 10), (10, None, 10), (None, 10, 10), (None, None, None)],
)
def test_id_token(own, told, lifetime_s):
    """An id_token ends at the earlier of the two."""
    bearer = jwt(exp=THEIRS + own) if own else "opaque"
    answer = {"access_token": "A", "id_token": bearer, "expires_in": told}
    end = end_of(answer, OPEN_ID, BOTH)
    assert end == (None if lifetime_s is None else SENT + lifetime_s)


@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize(
    "bearer",
    [
        None,
        7,
        "",
        "opaque",
        "a.b",
        "a.b.c.d",
        "a.!!.c",
        "a.bm90IGpzb24.c",
        "a.WzFd.c",
        "a.é.c",
        "a." + base64.urlsafe_b64encode(b"[" * 100_000).decode() + ".c",
        "a._w.c",
    ],
)
def test_opaque(bearer):
    """What cannot be read as a JWT is opaque."""
    assert claims_of(bearer) == {}


def test_number_of_text():
    """A number in text is a number, and no other text is."""
    assert number("1.5") == 1.5
    assert number("1,5") is None


@pytest.mark.parametrize(
    ("header", "moment"),
    [
        ("Sun, 09 Sep 2001 01:46:40 GMT", 1_000_000_000),
        ("Sun, 09 Sep 2001 03:46:40 +0200", 1_000_000_000),
        ("Sunday, 09-Sep-01 01:46:40 GMT", 1_000_000_000),
        ("Sun, 09 Sep 2001 01:46:40 -0000", 1_000_000_000),
        ("Sun, 09 Sep 2001 01:46:40", 1_000_000_000),
        ("Sun Sep  9 01:46:40 2001", 1_000_000_000),
        (None, None),
        ("", None),
        ("yesterday", None),
        ("Sun, 09 Sep 99999 01:46:40 GMT", None),
        ("Sun, 39 Sep 2001 01:46:40 GMT", None),
    ],
)
def test_date(header, moment):
    """A Date is read, in UTC where it names no zone, and nonsense is none."""
    with far_from_utc():
        assert date_of(header) == moment
