"""When a bearer ends, on our own clock.

Rule: what the provider's clock says is corrected by the answer's Date; nonsense is
unknown, never an error; a JWT is read for its times and trusted in nothing.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import timezone
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from ._provider import Provider
from ._token import is_number

# More than three hundred years: the number is in another unit, or no number of seconds.
_LONGEST_S = 1e10


class Moment(NamedTuple):
    """When an answer was given, on both clocks."""

    sent_at: float  # ours, when the request was sent
    date_at: float | None  # the provider's, as its Date header says


def end_of(answer: Mapping[str, Any], provider: Provider, at: Moment) -> float | None:
    """
    Return when the bearer in *answer* ends, seconds since the epoch, or None.

    The lifetime comes first, then the moment that the provider's record names, then the
    bearer's own if it is a JWT; an id_token's own counts whenever it is the earlier.
    """
    told = _after(at, number(answer.get("expires_in")))
    if told is None and provider.expires_at is not None:
        told = _on_our_clock(number(answer.get(provider.expires_at)), at)
    if told is not None and provider.bearer != "id_token":
        return told
    ends = (told, _own_end(claims_of(answer.get(provider.bearer)), at))
    return min((end for end in ends if end is not None), default=None)


def number(value: object) -> float | None:
    """Return *value*, a number or a numeric string, as a float; None for any other."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    return float(value) if is_number(value) else None  # type: ignore[arg-type]  # is_number looked


def claims_of(bearer: object) -> dict[str, Any]:
    """Return what a JWT says of itself, nothing if *bearer* is none (RFC 7519)."""
    parts = bearer.split(".") if isinstance(bearer, str) else []
    if len(parts) != 3:
        return {}
    try:
        claims = json.loads(
            base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        )
    except (ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


def date_of(header: str | None) -> float | None:
    """
    Return the moment in a ``Date`` header, or in another one that is a date, or None.

    Source:
        RFC 9110, section 5.6.7: what names no zone, as asctime's form, is in UTC.
    """
    try:
        found = parsedate_to_datetime(header or "")
        zone = found.tzinfo or timezone.utc
        return found.replace(tzinfo=zone).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _own_end(claims: Mapping[str, Any], at: Moment) -> float | None:
    end_at, issued_at = number(claims.get("exp")), number(claims.get("iat"))
    if at.date_at is None and end_at is not None and issued_at is not None:
        # Without the Date the time of issue is the next best of the provider's clock.
        return _after(at, end_at - issued_at)
    return _on_our_clock(end_at, at)


def _on_our_clock(moment: float | None, at: Moment) -> float | None:
    if moment is None or moment <= 0:
        return None
    if at.date_at is not None:
        return _after(at, moment - at.date_at)
    # Nothing tells how far the two clocks are apart. In the future it may be right; a
    # moment in the past would cost a token request per call if it is not.
    return _after(at, moment - at.sent_at) if moment > at.sent_at else None


def _after(at: Moment, lifetime_s: float | None) -> float | None:
    if lifetime_s is None or lifetime_s > _LONGEST_S:
        return None
    return at.sent_at + max(0.0, lifetime_s)
