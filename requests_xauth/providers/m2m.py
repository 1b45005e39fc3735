"""M2M: JWT client credentials at /oauth/v2/token, from the provider's authentication guide (read 2026-11-21)."""

from __future__ import annotations

from types import MappingProxyType

from .._provider import Provider
from .._verdict import KEEP, RENEW, Policy

POLICY: Policy = MappingProxyType(
    {
        (401, None): RENEW,  # "check token validity or credentials"
        (401, "insufficient_scope"): KEEP,  # RFC 6750, section 3.1
        (403, None): KEEP,  # "check account permissions": never the token
    }
)


def provider(root: str, hosts: tuple[str, ...] = ()) -> Provider:
    """Return the record of the service whose token endpoint is below *root*."""
    return Provider(
        "M2M",
        f"{root}/oauth/v2/token",
        hosts=hosts,
        policy=POLICY,
        environ="M2M",
    )
