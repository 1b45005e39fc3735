"""What a response says of the token it was sent with: tables.

Rule: every decision is a row, every row names its source; nothing here knows a provider,
and `judge` never raises, whatever a server says.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from requests.exceptions import JSONDecodeError, RequestException

if TYPE_CHECKING:
    from requests import Response

# What a provider's own reader may find: (response) -> a reason of its table, or None. A
# body of another shape than it expects, at which it stumbles, gives no reason.
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

# A parameter of a challenge (RFC 9110, section 11.2). Quoted text is taken whole, so that
# nothing within a description passes for a parameter. Compiled at its first use.
_PARAMETER = r"""(?s)(?<![\w-])([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))"""
# A header longer than this is no challenge, a code longer than that has no row.
_CHALLENGE_LIMIT, _CODE_LIMIT = 8192, 64
_STUMBLES = (LookupError, TypeError, ValueError, AttributeError, RecursionError)


def judge(
    response: Response, policy: Policy, read_denial: ReadDenial | None = None
) -> Verdict:
    """
    Return what *response* says of the token it was sent with.

    The reason is looked for in the challenge first, then by the provider's reader; a
    reason without a row counts as none.

    Raises:
        requests.RequestException: Only if a body that the reader wants ends too early,
            as it would without us.

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
    return challenge, _own_reason(response, read_denial) if read_denial else None


def challenge_error(header: str | None) -> str | None:
    """
    Return the error code in a ``WWW-Authenticate`` header, or None.

    Read leniently: any scheme, several challenges, and a space for the underscore, as
    WSO2 sends ``OAuth2 realm="…", error="invalid token"``.
    """
    if not header or len(header) > _CHALLENGE_LIMIT:
        return None
    for name, quoted, bare in re.findall(_PARAMETER, header):
        code = (quoted or bare).strip()
        if name.lower() == "error" and 0 < len(code) <= _CODE_LIMIT:
            return str(code).lower().replace(" ", "_")
    return None


def _own_reason(response: Response, read_denial: ReadDenial) -> str | None:
    try:
        reason = read_denial(response)
    except JSONDecodeError:
        return None
    except RequestException:
        raise  # some of them are ValueErrors as well
    except _STUMBLES:
        return None
    return reason if isinstance(reason, str) else None


def statuses(policy: Policy) -> frozenset[int]:
    """Return the statuses that *policy* has an opinion on."""
    return frozenset(status for status, _ in policy)
