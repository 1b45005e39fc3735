"""Where the browser comes back to on this machine: a redirect URI read, its port bound.

Rule: bound to loopback and nothing else, so that no other machine can answer or listen.
"""

from __future__ import annotations

import errno
import ipaddress
import socket
from typing import NamedTuple
from urllib.parse import urlsplit

from .._hosts import is_loopback
from ..errors import ConfigError

# "localhost" is either, as the browser likes; RFC 8252, section 8.3, wants a literal, but
# not every provider takes one.
_ADDRESSES = {"localhost": ("127.0.0.1", "::1")}
# A machine without IPv6 has one of the two.
_NOT_HERE = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT})
_TRIES = 10


class Place(NamedTuple):
    """
    A redirect URI on this machine.

    Attributes:
        host: "localhost" or a loopback address, without brackets.
        port: The port, or 0 where the redirect URI has none: any that is free.
        path: The path, "/" at least.
        query: The query of the redirect URI's own.
    """

    host: str
    port: int
    path: str
    query: str

    @property
    def authority(self) -> str:
        """What a browser that comes here writes into its Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == 80 else f"{host}:{self.port}"

    @property
    def uri(self) -> str:
        """The redirect URI, with the port (RFC 8252, section 7.3)."""
        query = f"?{self.query}" if self.query else ""
        return f"http://{self.authority}{self.path}{query}"


def place_of(redirect_uri: str | None) -> Place | None:
    """
    Return where on this machine *redirect_uri* leads, or None if it does not.

    Raises:
        ConfigError: If it has a port that cannot be.
    """
    try:
        parts = urlsplit(redirect_uri or "")
        host, port = parts.hostname, parts.port or 0
    except ValueError:
        raise ConfigError(f"redirect_uri= is no URL: {redirect_uri!r}.") from None
    # Over TLS it would take a certificate that the browser believes.
    if parts.scheme != "http" or "@" in parts.netloc or not is_loopback(host or ""):
        return None
    host = host or ""
    if host != "localhost":
        try:
            host = str(ipaddress.ip_address(host))  # as a browser writes it
        except ValueError:  # "localhost." and its like
            return None
    return Place(host, port, parts.path or "/", parts.query)


def bound(place: Place) -> tuple[Place, list[socket.socket]]:
    """
    Return *place* with its actual port, and the sockets that listen there.

    Raises:
        ConfigError: If somebody else listens there.
    """
    tries = 1 if place.port else _TRIES
    while True:
        tries -= 1
        try:
            return _bound(place)
        except OSError as error:
            # A free port of the one address may be taken at the other: another, then.
            if tries and error.errno == errno.EADDRINUSE:
                continue
            raise ConfigError(
                f"Cannot listen at {place.host}, port {place.port or 'any'}, for the"
                f" answer of the browser: {error.strerror or error}. If another program"
                " or another login has the port, wait for it, or use"
                " login(open_browser=False)."
            ) from error


def _bound(place: Place) -> tuple[Place, list[socket.socket]]:
    listening: list[socket.socket] = []
    try:
        for address in _ADDRESSES.get(place.host, (place.host,)):
            try:
                listening.append(_listening(address, place.port))
            except OSError as error:
                if listening and error.errno in _NOT_HERE:
                    continue
                raise
            place = place._replace(port=listening[0].getsockname()[1])
    except OSError:
        for one in listening:
            one.close()
        raise
    return place, listening


def _listening(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    one = socket.socket(family, socket.SOCK_STREAM)
    try:
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
            # On Windows SO_REUSEADDR would let another program take the port over.
            one.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            # Elsewhere it lets a fixed port be used again right after the last login.
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        one.bind((address, port))
        one.listen()
        one.settimeout(0)
    except OSError:
        one.close()
        raise
    return one
