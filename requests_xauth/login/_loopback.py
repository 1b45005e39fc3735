"""The server that one answer of a browser comes to, on this machine's loopback.

Rule: it reads a head and nothing more, waits for nobody who is slow, and closes its port
with the one request that is believed.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import time
from collections.abc import Callable

from ._pages import REFUSED, Page, answer
from ._place import Place, bound
from ._verdict import MAX_HEAD_BYTES, Awaited, asked_by, refused

# A browser connects ahead of time and says nothing; nobody needs more than this at once.
_MOST_CALLERS = 32
# Between two looks whether to go on: on Windows nothing else ends a wait for sockets.
_SLICE_S = 0.1
_WRITE_S = 2.0
_PIECE_BYTES = 16 * 1024


class Caller:
    """
    One connection.

    Attributes:
        ends_at: When it is given up, on the monotonic clock.
    """

    def __init__(self, connection: socket.socket, ends_at: float) -> None:
        """Read from *connection*, until then."""
        self.connection = connection
        self.ends_at = ends_at
        self.answered = False
        self._head = b""

    def head(self) -> bytes | None:
        """
        Return the head of the request without its last empty line, or None: not yet.

        Raises:
            EOFError: If the caller has gone, or what it says has been answered.
            OverflowError: If the head is too large.
        """
        try:
            piece = self.connection.recv(_PIECE_BYTES)
        except BlockingIOError:
            return None
        except OSError:
            raise EOFError from None
        if not piece:
            raise EOFError
        if self.answered:
            return None  # read and dropped, so that the answer arrives
        self._head += piece
        head, end, _ = self._head.partition(b"\r\n\r\n")
        if len(head) > MAX_HEAD_BYTES:
            raise OverflowError
        return head if end else None

    def answer(self, page: Page) -> None:
        """Send *page*, the only one; who has gone does without."""
        self.answered = True
        with contextlib.suppress(OSError):
            self.connection.settimeout(_WRITE_S)
            self.connection.sendall(answer(page))
            self.connection.shutdown(socket.SHUT_WR)
        with contextlib.suppress(OSError):
            self.connection.settimeout(0)

    def close(self) -> None:
        """End the connection."""
        self.connection.close()


class Arrival:
    """
    The one request that is believed.

    Attributes:
        uri: The address that the browser came to, its query included.
    """

    def __init__(self, uri: str, caller: Caller) -> None:
        """Keep whom to answer."""
        self.uri = uri
        self._caller = caller

    def answer(self, page: Page) -> None:
        """Send *page*, and see the browser off."""
        self._caller.answer(page)
        connection, ends_at = self._caller.connection, time.monotonic() + _WRITE_S
        # Closed with something unread, the connection would be reset, the page lost.
        with contextlib.suppress(OSError):
            connection.settimeout(_WRITE_S)
            while connection.recv(_PIECE_BYTES) and time.monotonic() < ends_at:
                pass
        self._caller.close()

    def close(self) -> None:
        """Send nothing, and end the connection."""
        self._caller.close()


class Loopback:
    """
    A port of this machine on which one answer is waited for.

    Attributes:
        redirect_uri: Where the browser is to come back to, the port included.
        stateless: Whether an outcome has come without a state.
    """

    def __init__(self, place: Place, *, caller_s: float = 10.0) -> None:
        """
        Listen at *place*; a caller has *caller_s* seconds to say what it wants.

        Raises:
            ConfigError: If somebody else listens there.
        """
        self._place, self._listening = bound(place)
        self.redirect_uri = self._place.uri
        self.stateless = False
        self._caller_s = caller_s
        self._callers: list[Caller] = []
        self._selector = selectors.DefaultSelector()
        for one in self._listening:
            self._selector.register(one, selectors.EVENT_READ)

    def close(self, spared: Caller | None = None) -> None:
        """Close the port and every connection but *spared*'s."""
        self._selector.close()
        while self._listening:
            self._listening.pop().close()
        for caller in self._callers:
            if caller is not spared:
                caller.close()
        self._callers = []

    def wait(
        self, state: str, *, until: float, stop: Callable[[], bool]
    ) -> Arrival | None:
        """
        Return the answer with *state*, or None if *until* comes first or *stop* says so.

        None too if the port is closed.

        Args:
            state: The state that the login was begun with.
            until: A moment of the monotonic clock.
            stop: Asked several times a second.
        """
        awaited = Awaited(self._place, state)
        while self._listening and not stop():
            if (left_s := until - time.monotonic()) <= 0:
                break
            for key, _ in self._selector.select(min(_SLICE_S, left_s)):
                if key.data is None:
                    self._greet(key.fileobj)  # type: ignore[arg-type]  # a socket, as registered
                elif (arrival := self._hear(key.data, awaited)) is not None:
                    self.close(spared=key.data)
                    return arrival
            self._tire(time.monotonic())
        return None

    def _greet(self, listening: socket.socket) -> None:
        try:
            connection, _ = listening.accept()
        except OSError:
            return  # gone again
        connection.settimeout(0)
        caller = Caller(connection, time.monotonic() + self._caller_s)
        self._callers.append(caller)
        self._selector.register(connection, selectors.EVENT_READ, caller)
        if len(self._callers) > _MOST_CALLERS:
            self._part(self._callers[0])

    def _hear(self, caller: Caller, awaited: Awaited) -> Arrival | None:
        try:
            head = caller.head()
        except EOFError:
            self._part(caller)
            return None
        except OverflowError:
            self._refuse(caller, "large")
            return None
        if head is None:
            return None
        asked = asked_by(head)
        why = "malformed" if asked is None else refused(asked, awaited)
        if why is None and asked is not None:
            query = f"?{asked.query}"
            return Arrival(f"http://{asked.host}{asked.path}{query}", caller)
        self.stateless = self.stateless or why == "no state"
        self._refuse(caller, why or "malformed")
        return None

    def _refuse(self, caller: Caller, why: str) -> None:
        caller.answer(REFUSED[why])
        caller.ends_at = min(caller.ends_at, time.monotonic() + _WRITE_S)

    def _tire(self, now: float) -> None:
        for caller in [one for one in self._callers if one.ends_at <= now]:
            self._part(caller)

    def _part(self, caller: Caller) -> None:
        if caller in self._callers:
            self._callers.remove(caller)
            self._selector.unregister(caller.connection)
            caller.close()
