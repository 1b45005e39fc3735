"""The file that http.client reads a body from, with an end to the patience.

Rule: what comes too late is left to whoever reads next; not a byte is lost for that, and
no timeout but the caller's own is ever met by http.client.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any

_PIECE = 8 * 1024
# A chunk with its trailer, which may be as long as a server likes.
_MOST = 256 * 1024


class TooSoon(Exception):
    """The rest of what was asked for is not there yet."""


class Source:
    """
    The file that http.client reads a body from, while we look.

    It reads nothing twice and loses nothing: what was taken for a step that could not be
    finished in time is given back.
    """

    def __init__(self, body: Any, sock: Any, ends_at: float) -> None:
        """Stand for the file of *body*, which comes by *sock*, until *ends_at*."""
        self._body = body
        self._file = body.fp
        self._sock = sock
        self._ends_at = ends_at
        self._is_looking = True
        self._ahead = b""
        self._taken = b""
        body.fp = self

    def __getattr__(self, name: str) -> Any:
        """Return the file's own."""
        return getattr(self._file, name)

    @contextlib.contextmanager
    def step(self) -> Iterator[None]:
        """
        Give back what is read within, if the rest of it is late.

        Raises:
            TooSoon: In that case.
        """
        # Where http.client stands in a chunk.
        left = getattr(self._body, "chunk_left", None)
        self._taken = b""
        try:
            yield
        except TooSoon:
            self._ahead = self._taken + self._ahead
            self._body.chunk_left = left
            raise

    def end(self) -> None:
        """Let whoever reads on wait as long as he likes."""
        self._is_looking = False
        if self._body.fp is self and not self._ahead:
            self._body.fp = self._file

    def read(self, size: int = -1) -> bytes:
        """Return *size* bytes, fewer at the end; -1: all."""
        pieces = []
        while size and (piece := self.read1(size)):
            pieces.append(piece)
            size = size if size < 0 else size - len(piece)
        return b"".join(pieces)

    def read1(self, size: int = -1) -> bytes:
        """Return up to *size* bytes, by at most one recv()."""
        if size and not self._ahead:
            self._fill()
        return self._take(len(self._ahead) if size < 0 else size)

    def readline(self, limit: int = -1) -> bytes:
        """Return a line, its end included, or its first *limit* bytes."""
        line = b""
        while not line.endswith(b"\n") and len(line) != limit:
            if not self._ahead and not self._fill():
                break
            end = self._ahead.find(b"\n") + 1 or len(self._ahead)
            line += self._take(end if limit < 0 else min(end, limit - len(line)))
        return line

    def _take(self, size: int) -> bytes:
        piece, self._ahead = self._ahead[:size], self._ahead[size:]
        if self._is_looking:
            self._taken += piece
        return piece

    def _fill(self) -> bytes:
        self._ahead = self._in_time() if self._is_looking else self._file.read1(_PIECE)
        return self._ahead

    def _in_time(self) -> bytes:
        left_s = self._ends_at - time.monotonic()
        if left_s <= 0 or len(self._taken) > _MOST:
            raise TooSoon
        before = self._sock.gettimeout()
        self._sock.settimeout(left_s if before is None else min(before, left_s))
        try:
            piece: bytes = self._file.read1(_PIECE)
        except TimeoutError:
            # socket.SocketIO reads no more after a timeout; nothing was lost by ours.
            self._file.raw._timeout_occurred = False  # noqa: SLF001  # see above
            raise TooSoon from None
        finally:
            self._sock.settimeout(before)
        return piece


def source_of(body: Any, ends_at: float) -> Source | None:
    """Return the source of *body* until that moment, None where it may take any time."""
    # http.client shows its socket to nobody.
    sock = getattr(getattr(getattr(body, "fp", None), "raw", None), "_sock", None)
    if sock is None or ends_at == float("inf"):
        return None
    return Source(body, sock, ends_at)
