"""The page that a person sees: what it says, and what it never does."""

import re
from html.parser import HTMLParser

import pytest

from requests_xauth import errors
from requests_xauth.login._pages import REFUSED, STYLE, answer, failure, welcome

EVIL = "<script>alert('1')</script> & \"more\""
FAILURES = {
    "denied": errors.LoginRequired("no", code="access_denied"),
    "login": errors.LoginRequired("The code is dead."),
    "away": errors.ProviderUnavailable("Xee is away."),
    "rejected": errors.CredentialsRejected("Wrong secret."),
    "refused": errors.TokenRequestError("Nonsense."),
    "store": errors.StoreError("Disk full."),
    "config": errors.ConfigError("More than one code."),
    "evil": errors.LoginRequired(EVIL),
}
PAGES = {
    "welcome": welcome("Xee"),
    **REFUSED,
    **{name: failure("Xee", error) for name, error in FAILURES.items()},
}


class Outline(HTMLParser):
    """What a page consists of."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.words = [], {}, {}
        self._open = []
        self.feed(text)
        assert [] == self._open

    def handle_starttag(self, tag, attrs):
        """Note an element."""
        self.tags.append(tag)
        self.attributes[tag] = dict(attrs)
        if tag != "meta":
            self._open.append(tag)

    def handle_endtag(self, tag):
        """See that each element is closed."""
        assert tag == self._open.pop()

    def handle_data(self, data):
        """Note an element's text."""
        if self._open:
            self.words[self._open[-1]] = self.words.get(self._open[-1], "") + data


def parted(page):
    """Return the status line, the header fields and the body of a page's answer."""
    head, _, body = answer(page).decode().partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    return first, dict(line.split(": ", 1) for line in lines), body


@pytest.mark.parametrize("name", PAGES)
class TestEachPage:
    """What holds for each of them."""

    def test_outline(self, name):
        """
        A page has a language, a title, one heading, and says what to do next.
        """
        outline = Outline(parted(PAGES[name])[2])

        assert {"lang": "en"} == outline.attributes["html"]
        assert outline.words["title"] == outline.words["h1"] == PAGES[name].title
        assert 1 == outline.tags.count("h1") == outline.tags.count("main")
        assert 2 == outline.tags.count("p")
        assert PAGES[name].said + PAGES[name].do == outline.words["p"]

    def test_self_contained(self, name):
        """
        It runs no script and loads nothing.
        """
        outline = Outline(parted(PAGES[name])[2])

        assert set() == {"script", "img", "link", "a", "form"} & set(outline.tags)
        assert "url(" not in STYLE
        assert "@import" not in STYLE

    def test_headers(self, name):
        """
        It is not kept, not framed, not guessed at, and names nobody its address.
        """
        first, fields, body = parted(PAGES[name])

        assert first.startswith(f"HTTP/1.1 {PAGES[name].status} ")
        assert "no-store" == fields["Cache-Control"]
        assert "nosniff" == fields["X-Content-Type-Options"]
        assert "no-referrer" == fields["Referrer-Policy"]
        assert "close" == fields["Connection"]
        assert "text/html; charset=utf-8" == fields["Content-Type"]
        assert str(len(body.encode())) == fields["Content-Length"]
        policy = fields["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy


def test_escaped():
    """
    What a provider or an attacker wrote is text, never part of the page.
    """
    body = parted(PAGES["evil"])[2]

    assert "<script" not in body
    assert "&lt;script&gt;alert(&#x27;1&#x27;)&lt;/script&gt; &amp; &quot;more" in body


def test_a_name_is_no_format():
    """
    A provider's name is shown as it is, whatever it looks like.
    """
    odd = failure("{name}{0}", FAILURES["away"])

    assert "{name}{0} cannot be reached" == odd.title


def test_allowed_method():
    """
    A refused method is told which one would do (RFC 9110, section 15.5.6).
    """
    assert "GET" == parted(REFUSED["method"])[1]["Allow"]


def luminance(colour):
    """Return the relative luminance of #rrggbb (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
    ]
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    """Return the contrast of two colours (WCAG 2.2)."""
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("name", ["text", "soft", "good", "bad"])
def test_contrast(scheme, name):
    """
    Each text stands out from the card it is on, by 7:1 in light and dark.
    """
    light, dark = STYLE.split("@media (prefers-color-scheme: dark)")
    colours = dict(re.findall(r"--(\w+): (#\w{6})", (light, dark)[scheme]))

    assert 7 <= contrast(colours[name], colours["card"])
