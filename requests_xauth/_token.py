"""Token: one immutable value, its clock rules, its JSON form.

Rule: a token tells when it should be renewed and never does anything about it.
"""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Iterable, Mapping
from typing import Any

from ._record import Record

# A renewal starts ahead of the end by the smaller of these two: five minutes as MSAL has
# it, a fraction so that short tokens are not renewed all the time (authlib issue 716).
AHEAD_S, AHEAD_FRACTION = 300.0, 0.20
# From here on a request could arrive after the end (google-auth allows 10 s of clock skew).
END_S, END_FRACTION = 10.0, 0.05

BEARERS = ("access_token", "id_token")
_MEMBERS = ("access_token", "token_type", "refresh_token", "id_token", "scope")
_TIMES = ("expires_in", "expires_at")


class Token(Record):
    """
    What the token endpoint gave: an immutable value.

    Attributes:
        access_token: The access token.
        token_type: As the provider wrote it, mostly ``Bearer``.
        refresh_token: The refresh token, or None.
        id_token: The OpenID id_token, or None.
        scope: The granted scope, a tuple of words.
        obtained_at: When the token request was sent, seconds since the epoch.
        expires_at: When the bearer ends, seconds since the epoch; None if not known.
        bearer_field: Which member API calls carry: access_token or id_token.
        mark: Six hex digits of the bearer's hash, to tell tokens apart in logs.
    """

    __slots__ = (
        "_extra",
        "access_token",
        "bearer_field",
        "expires_at",
        "id_token",
        "mark",
        "obtained_at",
        "refresh_token",
        "scope",
        "token_type",
    )

    access_token: str
    token_type: str
    refresh_token: str | None
    id_token: str | None
    scope: tuple[str, ...]
    obtained_at: float
    expires_at: float | None
    bearer_field: str
    mark: str
    _extra: str

    def __init__(
        self,
        access_token: str,
        *,
        token_type: str = "Bearer",
        refresh_token: str | None = None,
        id_token: str | None = None,
        scope: str | Iterable[str] = (),
        obtained_at: float | None = None,
        expires_at: float | None = None,
        extra: Mapping[str, Any] | None = None,
        bearer_field: str = "access_token",
    ) -> None:
        """
        Keep the members; moments are seconds since the epoch, on our own clock.

        Raises:
            ValueError: If the bearer is no text, or not one that fits into a header, or
                another member is of the wrong type.
        """
        if bearer_field not in BEARERS:
            raise ValueError(f"No bearer is called {bearer_field!r}.")
        bearer = id_token if bearer_field == "id_token" else access_token
        self._freeze(
            access_token=access_token,
            token_type=token_type,
            refresh_token=refresh_token,
            id_token=id_token,
            scope=tuple(scope.split() if isinstance(scope, str) else scope),
            obtained_at=time.time() if obtained_at is None else obtained_at,
            expires_at=expires_at,
            bearer_field=bearer_field,
            mark=mark_of(checked_bearer(bearer)),
            _extra=json.dumps(dict(extra or {})),
        )
        self._check_types()

    @property
    def bearer(self) -> str:
        """The member that API calls carry."""
        bearer: str = getattr(self, self.bearer_field)
        return bearer

    @property
    def extra(self) -> dict[str, Any]:
        """The answer's other members, a new dict each time."""
        extra: dict[str, Any] = json.loads(self._extra)
        return extra

    @property
    def ahead_at(self) -> float:
        """When a renewal ahead of the end should start; infinite if no end is known."""
        return self._before_end(AHEAD_S, AHEAD_FRACTION)

    @property
    def end_at(self) -> float:
        """From when on callers should wait for a newer token; infinite as above."""
        return self._before_end(END_S, END_FRACTION)

    def left_s(self, now_at: float) -> float:
        """Return the seconds until the end: infinite if unknown, never below 0."""
        return max(0.0, self._end() - now_at)

    def without_refresh_token(self) -> Token:
        """Return the same token without its refresh token."""
        return self._replace(refresh_token=None)

    def to_dict(self) -> dict[str, Any]:
        """Return the members as a token answer has them, as OAuth2Session keeps it."""
        members = {name: getattr(self, name) for name in (*_MEMBERS, "expires_at")}
        members["scope"] = list(self.scope)
        return {**self.extra, **{n: v for n, v in members.items() if v is not None}}

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object that `from_json` makes the same token of."""
        fields = self._fields()
        del fields["mark"]
        return {**fields, "scope": list(self.scope)}

    @classmethod
    def from_json(cls, fields: Any) -> Token:  # whatever a store held
        """
        Return the token that *fields* describe.

        Raises:
            ValueError: If *fields* are not what `to_json` returns.
        """
        try:
            fields = dict(fields)
            extra = json.loads(fields.pop("_extra"))
            return cls(fields.pop("access_token"), extra=extra, **fields)
        except (TypeError, KeyError, AttributeError, RecursionError) as error:
            raise ValueError(f"No token: {type(error).__name__}.") from None

    def __repr__(self) -> str:
        """Show mark, scope and the time left; nothing else may be seen."""
        left = "end unknown"
        if self.expires_at is not None:
            left = f"{self.left_s(time.time()):.0f} s left"
        return f"<Token {self.mark}, scope {' '.join(self.scope)!r}, {left}>"

    def __hash__(self) -> int:
        """Hash the mark, which equal tokens share."""
        return hash(self.mark)

    def _end(self) -> float:
        return math.inf if self.expires_at is None else self.expires_at

    def _before_end(self, margin_s: float, fraction: float) -> float:
        if self.expires_at is None:
            return math.inf
        lifetime_s = max(0.0, self.expires_at - self.obtained_at)
        return self.expires_at - min(margin_s, fraction * lifetime_s)

    def _check_types(self) -> None:
        texts = (self.access_token, self.token_type, *self.scope)
        more_texts = (self.refresh_token, self.id_token)
        right = (
            all(isinstance(text, str) for text in texts)
            and all(text is None or isinstance(text, str) for text in more_texts)
            and all(self.scope)
            and is_number(self.obtained_at)
            and (self.expires_at is None or is_number(self.expires_at))
        )
        if not right:
            raise ValueError("No token: a member has the wrong type.")


def checked_bearer(bearer: object) -> str:
    """
    Return *bearer* if it can stand in a header: printable ASCII without white space.

    Raises:
        ValueError: If it cannot; the text says why without showing it.

    Source:
        RFC 6750, section 2.1, allows fewer characters still; real engines use more.
    """
    if not isinstance(bearer, str):
        raise ValueError(f"the bearer is {type(bearer).__name__}, not text")  # noqa: TRY004  # one error for all
    if not bearer:
        raise ValueError("the bearer is empty")
    if not all("!" <= letter <= "~" for letter in bearer):
        raise ValueError("the bearer has characters that no header may carry")
    return bearer


def mark_of(secret: str) -> str:
    """Return six hex digits that tell *secret* apart and cannot be turned back."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()[:6]


def is_number(value: object) -> bool:
    """Tell whether *value* is a finite number; a bool is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # an int too large for a float
        return False


def other_members(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of *answer* that a Token has no field for."""
    known = (*_MEMBERS, *_TIMES)
    return {name: value for name, value in answer.items() if name not in known}
