"""XPKit, https://developer.xpkit.com/getting-started/making-authenticated-requests (read 2026-11-21).

Users sign in as https://developer.xpkit.com/authentication/users/xpkit-sso/ says.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from .._provider import Provider, Refusal
from .._verdict import KEEP, MAYBE, RENEW, Policy

REGIONS = MappingProxyType(
    {
        "amer": "amer.xpkit.net",
        "apac": "apac.xpkit.net",
        "china": "china.xpkit.cn",  # another top-level domain
        "emea": "emea.xpkit.net",
    }
)

POLICY: Policy = MappingProxyType(
    {
        (401, None): RENEW,  # XPKit's own JavaScript SDK renews on it
        (401, "insufficient_scope"): KEEP,  # RFC 6750, section 3.1
        (403, None): MAYBE,  # every endpoint's answer to an expired token, and to a
        # missing permission: nothing in it tells the two apart
        (403, "invalid_token"): RENEW,  # RFC 6750's word, should it ever come
        (403, "insufficient_scope"): KEEP,  # RFC 6750, section 3.1
    }
)


def read_refusal(status: int, body: Any) -> Refusal | None:  # noqa: ANN401, ARG001  # any JSON; the quirks' one signature
    """
    Read ``{"error": "Unauthorized", "extra_info": {"error": "invalid_client"}}``.

    The standard's code is the inner one; the sentence is called description, not
    error_description.
    """
    if not isinstance(body, dict) or not isinstance(body.get("error"), str):
        return None
    inner = body.get("extra_info")
    code = inner.get("error") if isinstance(inner, dict) else None
    description = body.get("description")
    return Refusal(
        code if isinstance(code, str) else body["error"],
        description if isinstance(description, str) else None,
    )


def provider(root: str, hosts: tuple[str, ...] = (), own: str = "") -> Provider:
    """
    Return the record of the XPKit whose auth service answers at *root*.

    Args:
        root: Such as https://auth.emea.xpkit.net.
        hosts: Which hosts may see the token.
        own: The region's name, to tell the others' hosts.
    """
    return Provider(
        "XPKit",
        f"{root}/api/token/",  # without the slash a POST is redirected to a GET
        f"{root}/authorize/",
        client_auth="body",
        hosts=hosts,
        policy=POLICY,
        read_refusal=read_refusal,
        environ="XPKIT",
        kin=tuple(
            (f"*.{base}", f"make an auth for that region: region={region!r}")
            for region, base in REGIONS.items()
            if region != own
        ),
        docs="https://developer.xpkit.com/",
    )
