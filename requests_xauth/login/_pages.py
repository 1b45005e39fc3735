"""What the browser shows at the end: what happened, and what to do next.

Rule: no script, nothing loaded, every text escaped; of a request that is refused nothing
is repeated at all.
"""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import NamedTuple

from ..errors import (
    CredentialsRejected,
    LoginRequired,
    ProviderUnavailable,
    StoreError,
    XAuthError,
)

# Contrast at least 7:1 in both schemes (WCAG 2.2, success criterion 1.4.6).
STYLE = """
:root { color-scheme: light dark; --page: #f4f5f7; --card: #ffffff; --text: #1d2430;
  --soft: #434c5c; --line: #d5dae2; --good: #0b5c33; --bad: #8c1d18; }
@media (prefers-color-scheme: dark) {
  :root { --page: #12161d; --card: #1c222c; --text: #eef1f6; --soft: #c0c8d4;
    --line: #39424f; --good: #7fdca6; --bad: #ffb0a8; } }
body { margin: 0; min-height: 100vh; display: grid; place-items: center;
  background: var(--page); color: var(--text);
  font: 1.0625rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { box-sizing: border-box; width: min(34rem, 100% - 2rem); margin: 1rem;
  padding: 2rem 2.25rem; background: var(--card); border: 1px solid var(--line);
  border-radius: 0.9rem; }
.mark { display: block; width: 2.75rem; height: 2.75rem; margin-bottom: 1rem;
  border: 2px solid; border-radius: 50%; font-size: 1.5rem; line-height: 2.75rem;
  text-align: center; }
.good .mark { color: var(--good); }
.bad .mark { color: var(--bad); }
h1 { margin: 0 0 0.75rem; font-size: 1.5rem; line-height: 1.25; }
p { margin: 0 0 0.75rem; overflow-wrap: anywhere; }
.next { margin: 1.25rem 0 0; padding-top: 1.25rem; border-top: 1px solid var(--line);
  color: var(--soft); }
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()

HEADERS = (
    ("Content-Type", "text/html; charset=utf-8"),
    # The address has the code in it: neither kept nor told to anybody.
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    (
        "Content-Security-Policy",
        (
            f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none';"
            " form-action 'none'; frame-ancestors 'none'"
        ),
    ),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Connection", "close"),
)


class Page(NamedTuple):
    """
    One page before it is written.

    Attributes:
        status: The HTTP status.
        title: What happened, in a few words.
        said: What happened, in a sentence or two.
        do: What the person does next.
    """

    status: int
    title: str
    said: str
    do: str


_STRAY = "Nothing was changed. If a login is open, go on with it in its own window."

# What was not the answer that is waited for; RFC 9110, section 15.5, and RFC 6585.
REFUSED: Mapping[str, Page] = MappingProxyType(
    {
        "malformed": Page(400, "Not understood", "This was no request.", _STRAY),
        "large": Page(431, "Too large", "This request is too large.", _STRAY),
        "host": Page(
            421, "Wrong address", "Nothing is served here under this name.", _STRAY
        ),
        "method": Page(
            405, "Not done like this", "A login ends with a simple visit.", _STRAY
        ),
        "path": Page(404, "Nothing here", "There is no such page here.", _STRAY),
        "nothing": Page(
            400, "Nothing to do", "This address brings no outcome of a login.", _STRAY
        ),
        "no state": Page(
            400,
            "Not finished yet",
            "You were sent back without the state that proves whose login this is, so"
            " it was not taken.",
            "If you have just logged in yourself, go back to the program, which asks for"
            " the code, or tells how to give it: it stands in this page's address,"
            " after “code=”. If you have not, close this window.",
        ),
        "state": Page(
            400,
            "Another login",
            "This address belongs to another login than the one that is waited for, so"
            " it was not taken.",
            "Finish the login in the window that the program opened last, or start it"
            " again there.",
        ),
    }
)

# The outcomes that are an error: a title, and what the person does next.
_FAILED: Mapping[type[XAuthError], tuple[str, str]] = MappingProxyType(
    {
        ProviderUnavailable: (
            "{name} cannot be reached",
            "Wait a little, then start the login again in the program.",
        ),
        CredentialsRejected: (
            "{name} does not accept this program",
            "Whoever set the program up has to check its client id and secret.",
        ),
        LoginRequired: ("Not logged in", "Start the login again in the program."),
        StoreError: (
            "The login cannot be kept",
            "Go back to the program: it works until it ends, but its store needs help.",
        ),
        XAuthError: ("Not logged in", "Go back to the program, which tells the same."),
    }
)
_DENIED = Page(
    403,
    "Access was denied",
    "{name} was told not to give the program access, so it has none.",
    "You can close this window. If you did not mean to, start the login again in the"
    " program and allow the access.",
)


def welcome(name: str) -> Page:
    """Return the page of a login that succeeded."""
    return Page(
        200,
        f"Logged in to {name}",
        f"The program that asked for it now has access to {name}.",
        "You can close this window and go back to the program.",
    )


def failure(name: str, error: XAuthError) -> Page:
    """Return the page of a login that ended in *error*."""
    if getattr(error, "code", None) == "access_denied":
        return _DENIED._replace(said=_DENIED.said.format(name=name))
    kind = next(kind for kind in _FAILED if isinstance(error, kind))
    title, do = _FAILED[kind]
    return Page(400, title.replace("{name}", name), str(error), do)


def answer(page: Page) -> bytes:
    """Return *page* as it goes on the wire."""
    body = _html(page).encode()
    more = (("Allow", "GET"),) if page.status == 405 else ()
    fields = (*HEADERS, *more, ("Content-Length", str(len(body))))
    lines = [f"HTTP/1.1 {page.status} {HTTPStatus(page.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in fields]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def _html(page: Page) -> str:
    kind, mark = ("good", "✓") if page.status == 200 else ("bad", "!")
    title, said, do = (html.escape(text) for text in page[1:])
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n"
        f'<body>\n<main class="{kind}">\n'
        f'<span class="mark" aria-hidden="true">{mark}</span>\n'
        f'<h1>{title}</h1>\n<p>{said}</p>\n<p class="next">{do}</p>\n'
        "</main>\n</body>\n</html>\n"
    )
