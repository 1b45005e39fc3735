"""How a refused request is sent once more, exactly as it was but for the bearer.

Rule: whole or not at all. A body that cannot be sent again from its beginning is not sent
again; what requests would do to the response of a first sending is done to the replay's.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from time import perf_counter
from typing import TYPE_CHECKING, Any

from requests.cookies import extract_cookies_to_jar, get_cookie_header
from requests.exceptions import RequestException
from requests.utils import rewind_body

from ._peek import can_read, refill

if TYPE_CHECKING:
    from requests import PreparedRequest, Response

log = logging.getLogger("requests_xauth")


def rewind(request: PreparedRequest) -> bool:
    """
    Bring the body back to its beginning; tell whether it can be sent again whole.

    Text and bytes are there still. A file is rewound to where it stood. A generator is
    used up: requests would send nothing and call it a success.
    """
    body = request.body
    if body is None or isinstance(body, str | bytes | bytearray | memoryview):
        return True
    try:
        rewind_body(request)
    except (RequestException, ValueError):  # ValueError: the file was closed meanwhile
        return False
    return True


def replay(response: Response, header: str, kwargs: dict[str, Any]) -> Response:
    """
    Return the answer to the request of *response*, sent once more with *header*.

    The hooks of the session are not run for it, so that it cannot be replayed again.

    Args:
        response: The refused response; it is closed and becomes part of the history.
        header: The new value of the Authorization header.
        kwargs: timeout, verify, cert, proxies and stream, as requests gave them.

    Raises:
        requests.RequestException: What sending it may raise.

    Source:
        requests.auth.HTTPDigestAuth.handle_401; RFC 9110, section 15.5.2.
    """
    settle(response, stream=bool(kwargs.get("stream")))
    request = response.request.copy()
    request.headers["Authorization"] = header
    _renew_cookies(request, response)
    started_at = perf_counter()
    again: Response = response.connection.send(request, **kwargs)
    again.elapsed = timedelta(seconds=perf_counter() - started_at)
    again.request = request
    again.history = [*response.history, response, *again.history]
    return again


def settle(response: Response, *, stream: bool) -> None:
    """Give the connection of a refusal back; a long or slow one ends with it."""
    if refill(response):
        return
    try:
        if can_read(response, stream=stream):
            response.content  # noqa: B018  # so that the caller can
    except RequestException:
        log.debug("The refusal's body could not be read.", exc_info=True)
    response.close()


def _renew_cookies(request: PreparedRequest, response: Response) -> None:
    jar = request._cookies  # noqa: SLF001  # as HTTPDigestAuth does
    if jar is None:
        return
    by_jar = get_cookie_header(jar, _without_cookie(request))
    own = request.headers.get("Cookie")
    extract_cookies_to_jar(jar, response.request, response.raw)
    if own is not None and own != by_jar:
        return  # written by hand: what its writer wants is sent
    request.headers.pop("Cookie", None)
    request.prepare_cookies(jar)


def _without_cookie(request: PreparedRequest) -> PreparedRequest:
    bare = request.copy()
    bare.headers.pop("Cookie", None)
    return bare
