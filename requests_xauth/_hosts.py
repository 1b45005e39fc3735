"""Which hosts may see a token.

Rule: hosts are compared as parsed names, never as text within text; what cannot be
parsed may see nothing.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from ._record import Record
from .errors import ConfigError

_DEFAULT_PORTS = {"https": 443, "http": 80}
# What a name that can be looked up consists of, empty labels and percent-encoding apart;
# or an address in brackets.
_NAME = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+(?:%[^\]]+)?\]")
# So many origins are remembered; when there are more, all are read anew.
_REMEMBERED = 1024


class Pattern(Record):
    """
    One allowed host.

    Attributes:
        host: Its settled name.
        wild: Whether one or more labels stand before that name.
        port: The port; None: the scheme's default.
    """

    __slots__ = ("host", "port", "wild")
    _shown = ("host", "wild", "port")

    host: str
    wild: bool
    port: int | None

    def __init__(self, host: str, *, wild: bool, port: int | None) -> None:
        """Keep the parts."""
        self._freeze(host=host, wild=wild, port=port)

    def fits(self, host: str, port: int, scheme: str) -> bool:
        """Tell whether a URL's host and port are this pattern's."""
        if port != (_DEFAULT_PORTS[scheme] if self.port is None else self.port):
            return False
        return host.endswith("." + self.host) if self.wild else host == self.host


class Hosts:
    """The hosts that may see a token, with the answers given so far."""

    __slots__ = ("_answers", "_patterns", "names")

    def __init__(self, patterns: Iterable[str]) -> None:
        """
        Read the patterns.

        Raises:
            ConfigError: If there are none, or one is no host name.
        """
        given = listed(patterns)
        if not given:
            raise ConfigError(
                "No host may see the token: name at least one in hosts=, such as"
                " 'api.example.com' or '*.example.com'."
            )
        self.names = given
        self._patterns = tuple(_pattern(text) for text in given)
        self._answers: dict[str, bool] = {}

    def allow(self, url: str) -> bool:
        """
        Tell whether a request to *url* may carry the token.

        The answer is remembered by the URL's beginning up to its path, which holds all
        that decides, so that a warm call parses nothing.
        """
        # "https://x" and "http://xy" are the shortest: no path begins before letter 8.
        end = url.find("/", 8)
        origin = url if end < 0 else url[:end]
        known = self._answers.get(origin)
        if known is None:
            known = self._decide(origin)
            if len(self._answers) >= _REMEMBERED:
                self._answers.clear()
            self._answers[origin] = known
        return known

    def _decide(self, origin: str) -> bool:
        # Here urllib3 ends the host at it; requests looks for an "@" behind it, and
        # would connect there if the URL was set by hand.
        if "\\" in origin:
            return False
        place = place_of(origin)
        if place is None:
            return False
        scheme, host, port = place
        if not is_name(host) or (scheme == "http" and not is_loopback(host)):
            return False
        return any(pattern.fits(host, port, scheme) for pattern in self._patterns)


def place_of(url: str) -> tuple[str, str, int] | None:
    """Return scheme, settled host and port of an http(s) URL; None for any other."""
    try:
        parts = parse_url(url)
    except LocationParseError:
        return None
    if parts.scheme not in _DEFAULT_PORTS or not parts.host:
        return None
    port = _DEFAULT_PORTS[parts.scheme] if parts.port is None else parts.port
    return parts.scheme, settled(parts.host), port


def host_of(url: str) -> str:
    """Return "host" or "host:port" of *url* as a message names it."""
    place = place_of(url)
    if place is None:
        return shown_url(url)
    scheme, host, port = place
    return host if port == _DEFAULT_PORTS[scheme] else f"{host}:{port}"


def shown_url(url: object) -> str:
    """Return the repr of what should be a URL: no user information, no query."""
    if not isinstance(url, str):
        return repr(url)
    scheme, slashes, rest = re.split("[?#]", url)[0].partition("//")
    # To the last "@": a password with a "/" in it is why some of them are no URLs.
    user, at, place = rest.rpartition("@")
    return repr(f"{scheme}{slashes}{user and '***'}{at}{place}")


def listed(hosts: Iterable[str]) -> tuple[str, ...]:
    """
    Return *hosts*, one or several, as a tuple.

    Raises:
        ConfigError: If they cannot be listed.
    """
    if isinstance(hosts, str):
        return (hosts,)
    try:
        return tuple(hosts)
    except TypeError:
        kind = type(hosts).__name__
        raise ConfigError(f"hosts= takes host names, not {kind}.") from None


def settled(host: str) -> str:
    """Return *host* in lower case without the dot that ends a full name."""
    return host.lower().removesuffix(".")


def is_name(host: str) -> bool:
    """Tell whether a settled *host* can be looked up; not all parsers see to that."""
    return _NAME.fullmatch(host) is not None


def is_loopback(host: str) -> bool:
    """Tell whether *host* is this machine: localhost, 127.0.0.0/8 or [::1]."""
    name = settled(host).strip("[]")
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _pattern(text: str) -> Pattern:
    if not isinstance(text, str) or re.search(r"[/?#@\\]", text):
        raise _no_host(text)
    wild = text.startswith("*.")
    try:
        # The same parser that reads the URLs, so that both settle IDNA alike.
        parts = parse_url(f"https://{text.removeprefix('*.')}")
    except LocationParseError:
        raise _no_host(text) from None
    host = settled(parts.host or "")
    if not is_name(host) or (wild and host.startswith("[")):
        raise _no_host(text)
    return Pattern(host, wild=wild, port=parts.port)


def _no_host(text: object) -> ConfigError:
    return ConfigError(
        f"No host name in hosts=: {text!r}. Write 'api.example.com', '*.example.com' or"
        " 'host:port', without scheme and path."
    )
