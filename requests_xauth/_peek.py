"""The body of a refusal, read ahead so far as it is short and comes soon.

Rule: whoever reads it next finds it as if nobody had looked; to look costs a bounded time
and a bounded memory.
"""

from __future__ import annotations

import contextlib
import io
import time
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

from urllib3 import HTTPResponse
from urllib3.exceptions import HTTPError
from urllib3.util.response import is_fp_closed

from ._source import Source, TooSoon, source_of

if TYPE_CHECKING:
    from requests import Response

# A refusal is a few hundred bytes, and there with its headers. A longer or a later one is
# not judged by what it says, and not worth its connection.
READ_LIMIT = 64 * 1024
READ_S = 2.0
# Of anything else, or of several at once, older versions of urllib3 unpack a few bytes to
# hundreds of MiB in one step.
_UNPACKED = frozenset({"gzip", "x-gzip", "deflate"})


class Begun:
    """
    A body whose beginning was read ahead and is put back before the rest.

    Attributes:
        ahead: What was read ahead, as it was sent.
        is_whole: Whether that is all, and complete.
        closed: Whether nobody wants any more of it.
    """

    def __init__(self, body: Any) -> None:
        """Begin *body*, the one of http.client or like it."""
        self.ahead = b""
        self.is_whole = False
        self.closed = False
        self._body = body
        self._at = 0
        self._has_looked = False
        self._is_over = False
        self._error: Exception | None = None

    def look(self, within_s: float | None) -> bool:
        """Read ahead, once; tell whether *within_s* seconds were enough for all of it."""
        if not self._has_looked:
            self._has_looked = True
            ends_at = float("inf") if within_s is None else time.monotonic() + within_s
            source = source_of(self._body, ends_at)
            while self._wants_more(ends_at):
                self._more(source)
            if source:
                source.end()
        return self.is_whole

    def read(self, amt: int | None = None) -> bytes:
        """
        Return the next *amt* bytes, or fewer; None: all that are left.

        Raises:
            Exception: What reading on raises, or has raised when we looked.
        """
        end = len(self.ahead) if amt is None else self._at + amt
        piece = self.ahead[self._at : end]
        self._at += len(piece)
        if piece and amt is not None:
            return piece
        if self._error:
            raise self._error
        return piece + self._rest(amt)

    read1 = read

    def isclosed(self) -> bool:
        """Tell whether there is nothing more to read, as http.client's body does."""
        if self._error or self._at < len(self.ahead):
            return self.closed
        return self.closed or is_fp_closed(self._body)

    def close(self) -> None:
        """Close the body."""
        self.closed = True
        self._body.close()

    def fileno(self) -> int:
        """Return the body's descriptor."""
        return int(self._body.fileno())

    def flush(self) -> None:
        """Have nothing to write."""

    def _rest(self, amt: int | None) -> bytes:
        if getattr(self._body, "closed", False):  # a test library's, at its end
            return b""
        rest: bytes = self._body.read() if amt is None else self._body.read(amt)
        return rest

    def _wants_more(self, ends_at: float) -> bool:
        if self._is_over or len(self.ahead) > READ_LIMIT:
            return False
        return time.monotonic() < ends_at

    def _more(self, source: Source | None) -> None:
        try:
            with source.step() if source else contextlib.nullcontext():
                # Little at a time, so that a slow body does not keep us.
                piece = self._body.read1(READ_LIMIT + 1 - len(self.ahead))
                if not piece:
                    # Not every http.client sees by read1() that it has come to the end.
                    self._rest(1)
        except TooSoon:
            self._is_over = True
        except (OSError, HTTPException) as error:
            self._is_over, self._error = True, error
        else:
            self.ahead += piece
            if not piece:
                self._is_over = True
                self.is_whole = not getattr(self._body, "length", None)


def can_read(
    response: Response, *, stream: bool, within_s: float | None = READ_S
) -> bool:
    """
    Tell whether the whole body is there and short, having read ahead so far as needed.

    Args:
        response: An answer that may be unread; who reads it later misses nothing.
        stream: Whether the caller wants to read it himself.
        within_s: How long the body may take; None: as long as its read timeout lets it.
    """
    # requests has no public names for the two.
    if response._content is not False:  # noqa: SLF001  # see above
        return True
    if response._content_consumed:  # noqa: SLF001  # see above
        return False  # streamed already, by a hook
    begun = _begun(response)
    # What cannot be put back is read only where requests would read it anyway.
    if begun is None:
        return not stream
    return begun.look(within_s) and _unpacks_short(response.raw, begun, stream=stream)


def refill(response: Response) -> bool:
    """
    Let the caller read a body, and give its connection back, if it was read ahead whole.

    Also one that a reader has read meanwhile; False: nothing was done.
    """
    begun = _begun(response)
    if begun is None or not begun.look(READ_S):
        return False
    raw = response.raw
    # It is at its end: the connection can be used again.
    raw.release_conn()
    response.raw = _again(raw, begun)
    return True


def _again(raw: HTTPResponse, begun: Begun) -> HTTPResponse:
    headers = raw.headers.copy()
    headers.pop("Transfer-Encoding", None)  # http.client has read the chunks
    return HTTPResponse(
        io.BytesIO(begun.ahead),
        headers=headers,
        status=raw.status,
        reason=raw.reason,
        version=raw.version,
        preload_content=False,
        original_response=getattr(raw, "_original_response", None),
    )


def _unpacks_short(raw: HTTPResponse, begun: Begun, *, stream: bool) -> bool:
    encoding = raw.headers.get("Content-Encoding", "").strip().lower()
    if encoding in {"", "identity"}:
        return True
    # What is not streamed requests unpacks anyway, Brotli for whoever has installed it.
    if stream and encoding not in _UNPACKED:
        return False
    left = READ_LIMIT
    try:
        # In small pieces, since some versions unpack all of a piece at once.
        for piece in _again(raw, begun).stream(1024):
            left -= len(piece)
            if left < 0:
                return False
    except HTTPError:
        return False
    return True


def _begun(response: Response) -> Begun | None:
    raw: Any = response.raw
    if not isinstance(raw, HTTPResponse):
        return None
    # urllib3 has no public way to put something back.
    body: Any = raw._fp  # noqa: SLF001  # see above
    if isinstance(body, Begun):
        return body
    used_up = response._content_consumed  # noqa: SLF001  # as in can_read
    if used_up or not hasattr(body, "read1"):
        return None
    begun = Begun(body)
    raw._fp = begun  # type: ignore[assignment]  # noqa: SLF001  # it reads like one
    return begun
