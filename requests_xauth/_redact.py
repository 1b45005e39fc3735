"""Secrets out of what is shown: a provider's words, an answer kept for reading.

Rule: a value that was sent or received as a secret is replaced wherever it turns up, in
every form it may be echoed in, before anything is cut.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, quote_plus, unquote_plus

from requests import Response
from requests.structures import CaseInsensitiveDict

STARS = "***"
# An answer with more secret values than a token answer has is shown as stars: to look for
# each of many values in all of a text takes as long as a server likes.
_MOST = 200
# The same for what is escaped: no error page has so much of it.
_MOST_ESCAPED = 10_000
# Longer words of a provider are cut: an error is read by people.
_SHOWN = 200

# The value of a name that ends so is a secret; token_type and grant_type are none. No
# pattern begins with a repetition: time is linear in a text that a server made.
_NAME = r"(?:token|secret|passw(?:or)?d|assertion|verifier)"
_SECRET_NAME = rf"(?i){_NAME}$"
# Longer than any end of a name above.
_END = 16
# Text, which re compiles and keeps at the first use: a millisecond of the import.
_PATTERNS = (
    # "access_token": "…", also where the answer breaks off within the text
    (rf'(?is)({_NAME}"\s*:\s*)"(?:[^"\\]|\\.)*(?:"|\\?$)', rf'\1"{STARS}"'),
    # The same in single quotes, as a printed dict has it
    (rf"(?is)({_NAME}'\s*:\s*)'(?:[^'\\]|\\.)*(?:'|\\?$)", rf"\1'{STARS}'"),
    # access_token=…, as form-encoded answers and echoed requests have it
    (rf"(?i)({_NAME}=)[^&\s\"'<>]+", rf"\1{STARS}"),
    # A JWT anywhere: its header is an object, whose base64 begins so (RFC 7515, 7.1).
    # What looks ahead sees to it that no run of letters is read once for each "eyJ".
    (
        r"(?<![\w-])(?=[\w-]+\.[\w-]+\.)([\w-]*?)\beyJ[\w-]{4,}\.[\w-]+\.[\w-]*",
        rf"\1{STARS}",
    ),
    (r"(?i)\b(Basic|Bearer)\s+[\w.~+/=-]{8,}", rf"\1 {STARS}"),
)
# A list or an object of such values, up to the end of what cannot be read as JSON.
_OPEN = rf"(?is)({_NAME}[\"']\s*:\s*[\[{{]).*"
_ESCAPED = r"\\(?:u00([2-7][0-9A-Fa-f])|/)"
# They set state or authenticate; no error needs them.
_HIDDEN_HEADERS = frozenset({"set-cookie", "set-cookie2", "authorization"})


class Secrets:
    """What one token request sent and received and nobody may read."""

    __slots__ = ("_forms",)

    def __init__(self, values: Iterable[str] = ()) -> None:
        """Begin with *values*."""
        self._forms: set[str] = set()
        self.add(*values)

    def add(self, *values: str) -> None:
        """Keep *values* too, in every form in which a server may echo them."""
        for value in filter(None, values):
            if len(self._forms) <= _MOST:
                self._forms.update(_forms(value))

    def in_text(self, text: str) -> bool:
        """Tell whether one of them, or what looks like one, is in *text*."""
        return self.out_of(text) != text

    def out_of(self, text: str) -> str:
        """Return *text* with stars for each of them and for what looks like one."""
        if len(self._forms) > _MOST:
            return STARS
        for form in sorted(self._forms, key=len, reverse=True):
            text = text.replace(form, STARS)
        for pattern, stars in _PATTERNS:
            text = re.sub(pattern, stars, text)
        return STARS if self._is_escaped(text) else text

    def _is_escaped(self, text: str) -> bool:
        # One of the countless other ways of writing it: where, no one can tell.
        if text.count("%") + text.count("&") > _MOST_ESCAPED:
            return True
        return any(form in way for way in _unescaped(text) for form in self._forms)

    def words(self, text: str) -> str:
        """Return *text* for a message: no secret, one line, printable, cut."""
        line = " ".join(self.out_of(text).split())
        shown = "".join(c if c.isprintable() else "�" for c in line)
        return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"

    def response(self, response: Response) -> Response:
        """Return what may be kept of *response*: no request, no cookies, no secrets."""
        kept = Response()
        kept.status_code = response.status_code
        kept.reason = self.words(response.reason or "")
        kept.url = self.out_of((response.url or "").split("?", 1)[0])
        kept.headers = CaseInsensitiveDict(self._headers(response.headers))
        kept.encoding = "utf-8"
        # requests has no public way to give a response its body.
        kept._content = self._body(response.content or b"").encode()  # noqa: SLF001  # see above
        return kept

    def _body(self, content: bytes) -> str:
        # In whichever encoding JSON is read; what is no JSON is mostly UTF-8.
        text = content.decode(json.detect_encoding(content), "replace")
        try:
            self.add(*secret_values(json.loads(content)))
        except (ValueError, RecursionError):
            text = re.sub(_OPEN, rf"\1{STARS}", text)
        shown = self.out_of(text)
        # Some escape what needs none: "/" (PHP), "&" (Go), "+" (.NET).
        plain = re.sub(_ESCAPED, lambda found: chr(int(found[1] or "2f", 16)), shown)
        return STARS if self.in_text(plain) else shown

    def _headers(self, headers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        for name, value in headers.items():
            if name.lower() not in _HIDDEN_HEADERS and not _is_secret(name):
                yield self.out_of(name), self.out_of(str(value))


def secret_values(fields: object) -> Iterator[str]:
    """Return the values in *fields*, any JSON, whose names say that they are secret."""
    pending: list[tuple[str, Any]] = [("", fields)]
    while pending:
        name, value = pending.pop()
        if isinstance(value, Mapping):
            # All that a secret holds is secret.
            own = name if _is_secret(name) else None
            pending.extend((own or str(key), member) for key, member in value.items())
        elif isinstance(value, list | tuple):
            pending.extend((name, member) for member in value)
        elif isinstance(value, str) and _is_secret(name):
            yield value


def _is_secret(name: str) -> bool:
    return re.search(_SECRET_NAME, name[-_END:]) is not None


def _unescaped(text: str) -> Iterator[str]:
    if "%" in text:
        yield unquote_plus(text)
    if "&" in text:
        # All of HTML's entities are loaded only where there is one.
        from html import unescape  # noqa: PLC0415  # see above

        # int() takes long for many digits, or refuses them.
        short = re.sub(r"&#([xX]?)0*", r"&#\1", text)
        yield unescape(re.sub(r"&#[0-9]{8,}", "&#9", short))


def _forms(value: str) -> Iterator[str]:
    yield value
    if value.isalnum() and value.isascii():
        return
    yield quote(value, safe="", errors="replace")
    yield quote_plus(value, errors="replace")
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    yield repr(value)[1:-1]
    # As html.escape does, whose module brings all of HTML's entities along.
    markup = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    yield markup.replace('"', "&quot;").replace("'", "&#x27;")
