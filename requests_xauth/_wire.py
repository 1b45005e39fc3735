"""One POST to the token endpoint, within a bounded time and a bounded size.

Rule: it ends at its deadline whatever the server does, takes nothing of the server's but
the answer, and follows nothing.
"""

from __future__ import annotations

import contextvars
import threading
import zlib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from requests import PreparedRequest, Response, Session
from requests.adapters import BaseAdapter, HTTPAdapter
from requests.utils import prepend_scheme_if_needed
from urllib3.exceptions import ProtocolError
from urllib3.util import Retry

from ._hosts import is_loopback
from ._line import Flood, Line, LineAdapter
from ._timeouts import Pair

LIMIT = 1 << 20
_CHUNK = 1 << 16
_TOO_LONG = "with more than 1 MiB"

# Where requests-cache is installed for a whole program, requests.Session is its class; a
# token answer belongs into no cache.
PLAIN: type[Session] = next(
    cls for cls in Session.__mro__ if cls.__module__ == "requests.sessions"
)


class Answer(NamedTuple):
    """What came back: the response with its body read, and what is wrong with that."""

    response: Response
    flaw: str | None = None

    @property
    def told(self) -> str:
        """What a log says of it."""
        return f"HTTP {self.response.status_code}"


class Late(Exception):
    """The deadline has passed before the answer was complete."""


class Once(PLAIN):  # type: ignore[misc,valid-type]  # requests' own, whatever is installed
    """A session for one request, which looks at no redirect's body."""

    def get_redirect_target(self, resp: Response) -> None:  # the parent's
        """Return None: nothing is followed."""


class Post:
    """One attempt: a session of its own, a line, a short-lived thread."""

    def __init__(self, request: PreparedRequest, given: Session | None) -> None:
        """
        Begin.

        Args:
            request: What is sent.
            given: Whose proxies, verify, cert, trust_env and adapters are used, and
                nothing else of it: no auth, cookies, hooks or headers.
        """
        self._request = request
        self._url = str(request.url)
        self.line = Line()
        self._own = LineAdapter(self.line)
        self._session = _like(given, self._own)
        self._adapter: BaseAdapter = self._session.get_adapter(self._url)

    @property
    def is_watched(self) -> bool:
        """Whether the adapter is ours, so that the line tells how far it came."""
        return self._adapter is self._own

    def send(self, timeout: Pair, left_s: float) -> Answer:
        """
        Return the answer.

        Raises:
            Late: If there is none within *left_s* seconds.
            Exception: Whatever the adapter raises.
        """
        session = self._session
        settings = session.merge_environment_settings(
            self._url,
            # What is given by name goes before the environment.
            proxies=dict(session.proxies),
            stream=True,
            verify=None if session.verify is True else session.verify,
            cert=None,
        )
        settings["proxies"] = trusted(settings["proxies"], self._url)
        bounded = Bounded(self._adapter, self.line, left_s)
        session.mount(self._url, bounded)
        try:
            # By Session.send, in the caller's thread: requests-mock steps in there.
            response = session.send(
                self._request, timeout=timeout, allow_redirects=False, **settings
            )
        finally:
            self._own.close()
        return bounded.answer or _read(response)


class Bounded(BaseAdapter):
    """
    An adapter whose answer is read within a bounded time.

    Attributes:
        answer: The answer, its body read, once it is there.
    """

    def __init__(self, adapter: BaseAdapter, line: Line, left_s: float) -> None:
        """Send by *adapter*, and end *line* after *left_s* seconds."""
        super().__init__()
        self.answer: Answer | None = None
        self._adapter = adapter
        self._line = line
        self._left_s = left_s

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        """
        Return the response with its body read.

        Raises:
            Late: If it takes too long.
            Exception: Whatever the adapter raises.
        """
        outcomes: list[Answer | BaseException] = []
        done = threading.Event()

        def run() -> None:
            try:
                outcomes.append(self._exchange(request, args, kwargs))
            except BaseException as error:  # noqa: BLE001  # raised where it is waited for
                outcomes.append(error)
            finally:
                self._line.close()
                done.set()

        try:
            if not _started(run):
                # The interpreter is shutting down: the timeouts alone must do.
                run()
            is_late = not done.wait(self._left_s)
        finally:
            # At the deadline, or at the caller's Ctrl-C.
            self._line.end()
        if is_late:
            # Decided before the line's end: what came after it is a torn answer.
            raise Late
        return self._told(outcomes[0])

    def close(self) -> None:
        """Have nothing to close: the adapter's owner does."""

    def _told(self, outcome: Answer | BaseException) -> Response:
        if isinstance(outcome, BaseException):
            raise outcome
        self.answer = outcome
        return outcome.response

    def _exchange(
        self, request: PreparedRequest, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Answer:
        response = self._adapter.send(request, *args, **kwargs)
        try:
            return _read(response)
        finally:
            response.close()


def _like(given: Session | None, own: HTTPAdapter) -> Session:
    session: Session = Once()
    if given is not None:
        session.trust_env = given.trust_env
        session.proxies = dict(given.proxies or {})
        session.verify = given.verify
        session.cert = given.cert
        for prefix, adapter in given.adapters.items():
            session.mount(prefix, adapter)
    for prefix, adapter in list(session.adapters.items()):
        session.mount(prefix, own if type(adapter) is HTTPAdapter else _once(adapter))
    return session


def _once(adapter: BaseAdapter) -> BaseAdapter:
    """Return *adapter*, or one that is the same but for sending nothing again."""
    retries = getattr(adapter, "max_retries", 0)
    if getattr(retries, "total", retries) == 0:
        return adapter
    kind: Any = type(adapter)

    def __getattr__(_: object, name: str) -> Any:  # noqa: N807  # the class's
        return getattr(adapter, name)  # what is not in its __dict__, but in a slot

    members = {
        # What may have arrived is for us to send again, or not; whatever it sets itself.
        "max_retries": property(lambda _: Retry(0, read=False), lambda *_: None),
        "__getattr__": __getattr__,
        # What it may close when it ends is the user's, who goes on using it.
        "__del__": lambda _: None,
    }
    try:
        Single: Any = type(kind)(kind.__name__, (kind,), members)  # noqa: N806  # a class
    except TypeError:
        return adapter  # of a class that cannot be added to
    # Not a copy: HTTPAdapter's has not what a subclass has, nor its pools.
    single: BaseAdapter = object.__new__(Single)
    object.__setattr__(single, "__dict__", vars(adapter))
    return single


def trusted(proxies: Mapping[str, str], url: str) -> dict[str, str]:
    """Return those that may see a request to *url*: plain http stays on this machine."""
    is_plain = url.startswith("http:")
    return {
        scheme: proxy
        for scheme, proxy in proxies.items()
        if not is_plain or is_loopback(_host(proxy))
    }


def _host(proxy: str) -> str:
    try:
        return urlsplit(prepend_scheme_if_needed(proxy, "http")).hostname or ""
    except ValueError:
        return ""


def _started(run: Callable[[], None]) -> bool:
    thread = threading.Thread(
        # Loggers and tracers find the caller's context in the thread too.
        target=contextvars.copy_context().run,
        args=(run,),
        name="requests-xauth token request",
        daemon=True,
    )
    try:
        thread.start()
    except RuntimeError:
        return False
    return True


def _read(response: Response) -> Answer:
    # An adapter of the caller's own may have read it; requests has no public way to ask.
    if response._content is not False:  # noqa: SLF001  # see above
        response.content  # noqa: B018  # marks it as read, so that close() can do without a raw
        return Answer(response)
    encoding = response.headers.get("Content-Encoding")
    try:
        body, flaw = _decoded(_raw(response.raw), encoding)
    except Flood:
        body, flaw = b"", _TOO_LONG
    response._content = body  # noqa: SLF001  # see above
    return Answer(response, flaw)


def _raw(raw: Any) -> bytes:
    # Undecoded, since urllib3 unpacks a whole chunk at once, however large that becomes.
    options = {"decode_content": False} if hasattr(raw, "stream") else {}
    body = b""
    while len(body) <= LIMIT:
        chunk = raw.read(_CHUNK, **options)
        if not chunk:
            break
        body += chunk
    else:
        return body
    if getattr(raw, "length_remaining", None):
        # urllib3 2 raises IncompleteRead itself; 1.26, called by requests, does not look.
        raise ProtocolError("the answer broke off")
    return body


def _decoded(raw: bytes, encoding: str | None) -> tuple[bytes, str | None]:
    name = (encoding or "identity").strip().lower()
    if name not in {"identity", "gzip", "x-gzip", "deflate"}:
        return b"", "in an encoding that was not asked for"
    body = raw
    if name != "identity":
        try:
            # 32: a header of gzip or of zlib, whichever is there.
            unpack = zlib.decompressobj(zlib.MAX_WBITS | 32)
            body = unpack.decompress(raw, LIMIT + 1)
        except zlib.error:
            return b"", "with what cannot be unpacked"
    return (b"", _TOO_LONG) if max(len(raw), len(body)) > LIMIT else (body, None)
