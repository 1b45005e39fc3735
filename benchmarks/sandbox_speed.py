"""How many keep-alive requests a second the sandbox answers, asked by a raw socket.

Rule: one connection, one request under way, so that the figure is the sandbox's own and
not that of a client library or of many threads.
"""

from __future__ import annotations

import socket
import sys
import time
from urllib.parse import urlencode, urlsplit

from requests_xauth.sandbox import Sandbox, XPKit

REQUESTS = 5_000
AT_LEAST_PER_S = 2_000.0


def main() -> int:
    """Print requests per second, and fail below what the tests rely on."""
    with Sandbox() as box:
        box.xpkit.recording = False
        token = _token_request(box.xpkit)
        with socket.create_connection(_address(box.xpkit)) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            bearer = _ask(connection, token).rsplit(b'"', 2)[1]
            rates = {
                "API": _rate(connection, _api_request(box.xpkit, bearer)),
                "API, refused": _rate(connection, _api_request(box.xpkit, b"none")),
                "token": _rate(connection, token),
            }
    for name, per_s in rates.items():
        print(f"{name:13} {per_s:8,.0f} requests/s")
    return int(min(rates.values()) < AT_LEAST_PER_S)


def _address(service: XPKit) -> tuple[str, int]:
    split = urlsplit(service.base_url)
    return str(split.hostname), int(split.port or 0)


def _token_request(service: XPKit) -> bytes:
    secrets = {"client_id": service.client_id, "client_secret": service.client_secret}
    form = urlencode({"grant_type": "client_credentials", **secrets}).encode()
    return (
        b"POST /api/token/ HTTP/1.1\r\nHost: sandbox\r\nAccept: */*\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (len(form), form)
    )


def _api_request(service: XPKit, bearer: bytes) -> bytes:
    path = urlsplit(service.api_url).path.encode()
    return (
        b"GET %s HTTP/1.1\r\nHost: sandbox\r\nAccept: */*\r\n"
        b"Authorization: Bearer %s\r\n\r\n" % (path, bearer)
    )


def _rate(connection: socket.socket, request: bytes) -> float:
    """Return the answers per second to one request sent over and over."""
    begun = time.perf_counter()
    for _ in range(REQUESTS):
        _ask(connection, request)
    return REQUESTS / (time.perf_counter() - begun)


def _ask(connection: socket.socket, request: bytes) -> bytes:
    """Return the answer, which the sandbox sends in one piece."""
    connection.sendall(request)
    answer = connection.recv(65536)
    assert answer.startswith(b"HTTP/1.1 ")
    return answer


if __name__ == "__main__":
    sys.exit(main())
