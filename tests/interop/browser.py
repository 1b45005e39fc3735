"""What a person's browser does: cookies, redirects within the server, one form a page.

Rule: a redirect that leads out of the server is not followed, it is the result.
"""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import requests
from interop.server import ANSWER_S

ONE_STEP: dict[str, Any] = {"allow_redirects": False, "timeout": ANSWER_S}


class Browser(requests.Session):
    """A browser of its own, which shares nothing with the client."""

    def arrive(self, url: str) -> requests.Response:
        """Open *url* and return its page, or the redirect outwards."""
        return self._arrived(self.get(url, **ONE_STEP))

    def submit(self, page: requests.Response, **values: str) -> requests.Response:
        """Send the form of *page* with *values*, and return the next page."""
        page.raise_for_status()
        form = _Form()
        form.feed(page.text)
        # The form of every page here goes to its own page's address.
        fields = {**form.hidden, **values}
        return self._arrived(self.post(page.url, fields, **ONE_STEP))

    def _arrived(self, response: requests.Response) -> requests.Response:
        origin = urljoin(response.url, "/")
        while response.next is not None and response.next.url.startswith(origin):
            response = self.send(response.next, **ONE_STEP)
        return response


class _Form(HTMLParser):
    """The hidden fields of a page's one form."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of hidden fields with a value, as a browser does."""
        fields = dict(attrs)
        if tag == "input" and fields.get("type") == "hidden":
            self.hidden[fields["name"] or ""] = fields.get("value") or ""
