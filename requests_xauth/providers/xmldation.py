"""XMLdation, its service API guide v1, page Authentication (of 2017-02-02, read 2026-11-21)."""

from __future__ import annotations

from types import MappingProxyType

from .._provider import Provider
from .._verdict import KEEP, MAYBE, RENEW, Policy

ROOT = "https://auth.xmldation.com"
# The domain before every user name at the token endpoint: xmldation/Username.
DOMAIN = "xmldation/"

POLICY: Policy = MappingProxyType(
    {
        (401, None): MAYBE,  # expired, or no permission for the product code: one body
        (401, "invalid_token"): RENEW,  # the gateway behind it (WSO2) sends it spaced
        (401, "insufficient_scope"): KEEP,  # RFC 6750, section 3.1
        (403, None): KEEP,  # not among the documented answers: a permission
    }
)

XMLDATION = Provider(
    "XMLdation",
    f"{ROOT}/oauth2/token",
    bearer="id_token",  # "user must use id_token"
    hosts=("*.xmldation.com",),
    policy=POLICY,
    environ="XMLDATION",
    docs="https://wiki.xmldation.com/",
)


def full_name(username: str) -> str:
    """Return *username* with the domain before it, which a bare name lacks."""
    return username if username.startswith(DOMAIN) else DOMAIN + username
