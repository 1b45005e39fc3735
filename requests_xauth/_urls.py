"""Where secrets may be sent: the URLs of a provider's endpoints, checked.

Rule: https, or http to a loopback address; there is no switch.
"""

from __future__ import annotations

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from ._hosts import is_loopback, is_name, settled, shown_url
from .errors import ConfigError


def checked_endpoint(url: str, what: str) -> str:
    """
    Return *url* if secrets may be sent there: https, or http to a loopback address.

    Raises:
        ConfigError: If it is anything else, or has user information or a fragment.

    Source:
        RFC 6749, sections 3.1 and 3.2.
    """
    try:
        parts = parse_url(url)
    except (LocationParseError, TypeError, AttributeError):
        raise ConfigError(f"{what} is no URL: {shown_url(url)}.") from None
    if parts.auth is not None or parts.fragment is not None:
        raise ConfigError(f"{what} may have no user information and no fragment.")
    host = settled(parts.host or "")
    if host and not is_name(host):
        raise ConfigError(
            f"{what} has a host that nobody can look up: {shown_url(url)}."
        )
    safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    if not (host and safe):
        raise ConfigError(
            f"{what} must be https, or http to a loopback address: {shown_url(url)}."
        )
    return url


def placed(
    base_url: str | None, root: str, hosts: tuple[str, ...]
) -> tuple[str, tuple[str, ...]]:
    """
    Return the root of a preset's URLs and the hosts that may see its token.

    Args:
        base_url: What the caller gave to reach a sandbox, a demo host or a gateway: then
            its own host and port may see the token, and no other.
        root: The preset's own root.
        hosts: The preset's own hosts.

    Raises:
        ConfigError: If *base_url* is neither https nor loopback, or has a query.
    """
    if base_url is None:
        return root, hosts
    parts = parse_url(checked_endpoint(base_url, "base_url="))
    if parts.query is not None:
        raise ConfigError(f"base_url= may have no query: {shown_url(base_url)}.")
    port = "" if parts.port is None else f":{parts.port}"
    return base_url.rstrip("/"), (f"{parts.host}{port}",)
