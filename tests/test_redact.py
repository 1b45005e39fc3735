"""Secrets out of what is shown."""

import base64
import json
from urllib.parse import quote, quote_plus

import pytest

from requests_xauth._redact import Secrets, secret_values

SECRET = "p&ss <w>\"ö'\\ %+"


@pytest.mark.parametrize(
    "echo",
    [
        SECRET,
        quote(SECRET, safe=""),
        quote_plus(SECRET),
        json.dumps(SECRET),
        json.dumps(SECRET, ensure_ascii=False),
        repr(SECRET),
        "p&amp;ss &lt;w&gt;&quot;ö&#x27;\\ %+",
    ],
)
def test_echoes(echo):
    """A secret in each form in which servers echo things."""
    secrets = Secrets([SECRET])
    shown = secrets.out_of(f"before {echo} after")
    assert shown.startswith("before ")
    assert shown.endswith(" after")
    assert "ss" not in shown
    assert secrets.in_text(echo)


LOWER = quote(SECRET, safe="").lower()
DECIMAL = "".join(c if c.isalnum() else f"&#{ord(c)};" for c in SECRET)


@pytest.mark.parametrize(
    "echo",
    [
        LOWER,  # ASP.NET
        LOWER.replace("%20", "+"),
        DECIMAL,
        DECIMAL.replace("&#43;", "+").replace("&#32;", " "),  # markupsafe
        DECIMAL.replace("&#", "&#00"),
        DECIMAL.replace("&#43;", "&plus;").replace("&#246;", "&ouml;"),
        "".join(f"&#x{ord(c):x};" for c in SECRET),
        "".join(f"%{byte:02x}" for byte in SECRET.encode()),
        json.dumps({"a": LOWER}).replace("/", "\\/"),
    ],
)
def test_escaped(echo):
    """A secret that another encoder has escaped: nothing is shown where it stands."""
    secrets = Secrets(["other", SECRET])
    assert secrets.out_of(f"before {echo} after") == "***"
    assert secrets.in_text(echo)
    assert secrets.words(f"a {echo}") == "***"


@pytest.mark.parametrize(
    "text", ["100 %", "a%2fb &amp; c &#43; &#x; &# &#%41 %zz &", ""]
)
def test_other_escapes_stay(text):
    """The twin: what is escaped and no secret stays as it is."""
    assert Secrets([SECRET]).out_of(text) == text


def test_others_stay():
    """The twin: what is no secret stays as it is."""
    text = 'token_type "grant_type": "client_credentials" expires_in=3600 code: x'
    assert Secrets(["abc"]).out_of(text) == text
    assert not Secrets(["abc"]).in_text(text)
    assert Secrets([""]).out_of(text) == text


def test_longest_first():
    """A secret that holds another one goes whole."""
    assert Secrets(["abc", "abcdef"]).out_of("abcdef") == "***"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"access_token": "x y"}', '{"access_token": "***"}'),
        ('{"Refresh_Token":"a\\"b", "x": "c"}', '{"Refresh_Token":"***", "x": "c"}'),
        ('{"id_token": "cut of', '{"id_token": "***"'),
        ('{"client_secret": "cut\\', '{"client_secret": "***"'),
        ("a=1&access_token=abc&b=2", "a=1&access_token=***&b=2"),
        ("password=abc def", "password=*** def"),
        ("said eyJhbGciOi.eyJzdWIi.sig today", "said *** today"),
        ("Authorization: Basic YWJjOmRlZg==", "Authorization: Basic ***"),
        ("bearer abcdefgh12", "bearer ***"),
        ("Bearer only", "Bearer only"),
    ],
)
def test_patterns(text, shown):
    """What looks like a secret goes even if nobody knew it."""
    assert Secrets().out_of(text) == shown


def test_hostile_length():
    """A long text takes no long time."""
    text = '"' + "a" * 300_000 + '"token' * 1000 + "eyJ" * 100_000
    assert Secrets().out_of(text)


def test_secret_values():
    """Values are found by their names, however deep."""
    fields = {
        "access_token": "a",
        "token_type": "Bearer",
        "inner": [{"Password": "b", "x": 1}, "c"],
        "secret": ["d", {"y": "z"}],
        "code": "e",
        "data": (("client_secret", 7),),
    }
    assert sorted(secret_values(fields)) == ["a", "b", "d", "z"]
    assert list(secret_values("token")) == []


def test_basic_pair():
    """The Basic header's value is a secret like any other."""
    pair = base64.b64encode(b"id:secret").decode()
    assert Secrets([pair]).out_of(f"x {pair} y") == "x *** y"
