"""What a response says of the token it was sent with: tables.

Rule: every decision is a row, every row names its source; nothing here knows a provider,
and `judge` never raises, whatever a server sends.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from requests import Response

# What a provider's own reader may find: (response) -> a reason of its table, or None.
ReadDenial = Callable[["Response"], "str | None"]


class Verdict(enum.Enum):
    """What a refusal means for the token."""

    RENEW = "renew"  # certainly the token: renew it and replay
    MAYBE = "maybe"  # ambiguous: renew and replay while the refusal budget lasts
    KEEP = "keep"  # not the token: hand the response to the caller
    LOGIN = "log in"  # the token is dead for good: a person has to log in again

    def __repr__(self) -> str:
        """Show the name alone, as tables print it."""
        return self.name


RENEW, MAYBE, KEEP, LOGIN = Verdict

# (status, reason) -> verdict; the reason None stands for "none given, or no row of its
# own". A status without any row is no refusal.
Policy = Mapping[tuple[int, "str | None"], Verdict]

STANDARD: Policy = MappingProxyType(
    {
        (400, "invalid_token"): RENEW,  # seen on engines that answer 400 for it
        (401, None): RENEW,  # RFC 6750, section 3.1: no details, so take the token
        (401, "invalid_token"): RENEW,  # RFC 6750, section 3.1
        (401, "insufficient_scope"): KEEP,  # a new token has the same scope
        (401, "invalid_request"): KEEP,  # RFC 6750, section 3.1: malformed
        (403, "invalid_token"): RENEW,  # the wrong status, but the right word
        (403, "insufficient_scope"): KEEP,  # RFC 6750, section 3.1
        (403, None): KEEP,  # RFC 9110, section 15.5.4: a permission
    }
)

_ERROR = re.compile(r"""(?<![\w-])error\s*=\s*(?:"([^"\\]{1,64})"|([\w.-]{1,64}))""")
# A header longer than this is no challenge; nothing is searched in it.
_CHALLENGE_LIMIT = 8192


def judge(
    response: Response, policy: Policy, read_denial: ReadDenial | None = None
) -> Verdict:
    """
    Return what *response* says of the token it was sent with.

    The reason is looked for in the challenge first, then by the provider's reader; a
    reason without a row counts as none.

    Source:
        RFC 6750, section 3; RFC 9110, section 11.6.1.
    """
    return verdict_of(response.status_code, reasons(response, read_denial), policy)


def verdict_of(status: int, found: tuple[str | None, ...], policy: Policy) -> Verdict:
    """Return the verdict of the first reason in *found* that has a row of its own."""
    for reason in found:
        if reason is not None and (status, reason) in policy:
            return policy[status, reason]
    return policy.get((status, None), KEEP)


def reasons(
    response: Response, read_denial: ReadDenial | None
) -> tuple[str | None, ...]:
    """Return the reasons that *response* gives, the challenge's first."""
    challenge = challenge_error(response.headers.get("WWW-Authenticate"))
    own = read_denial(response) if read_denial else None
    return challenge, own


def challenge_error(header: str | None) -> str | None:
    """
    Return the error code in a ``WWW-Authenticate`` header, or None.

    Read leniently: any scheme, several challenges, and a space for the underscore, as
    WSO2 sends ``OAuth2 realm="…", error="invalid token"``.
    """
    if not header or len(header) > _CHALLENGE_LIMIT:
        return None
    found = _ERROR.search(header)
    if found is None:
        return None
    return (found[1] or found[2]).strip().lower().replace(" ", "_")


def statuses(policy: Policy) -> frozenset[int]:
    """Return the statuses that *policy* has an opinion on."""
    return frozenset(status for status, _ in policy)
