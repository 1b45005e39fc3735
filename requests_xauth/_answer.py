"""What a 200 of the token endpoint means: a Token, or the reason why it is none.

Rule: a 200 is not enough; what an answer lacks is told without showing what it holds.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import Any

from ._expiry import Moment, end_of
from ._provider import Provider
from ._token import Token, checked_bearer, other_members

# Token answers have three levels; what is much deeper would fail whoever reads it later.
_DEEPEST = 32
_NONE = object()
# RFC 6750's name in any case (RFC 6749, section 5.1), and how some engines write it.
_TYPES = frozenset({"bearer", "bearertoken"})


class Nonsense(Exception):
    """
    An answer that is no token; its text completes "answered …".

    Attributes:
        is_foreign: Whether this may be no token endpoint at all.
    """

    def __init__(self, text: str, *, is_foreign: bool = False) -> None:
        """Keep the text."""
        super().__init__(text)
        self.is_foreign = is_foreign


def parsed(body: bytes, flaw: str | None = None) -> Any:
    """
    Return the JSON in *body*.

    Raises:
        Nonsense: If it is none, or none that can be kept, or has a *flaw* already.
    """
    if flaw:
        raise Nonsense(flaw, is_foreign=True)
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = _NONE
    # Raised out here, since the error in there holds the whole body.
    if found is _NONE:
        raise Nonsense("with what is not JSON", is_foreign=True)
    if _is_deep(found):
        raise Nonsense("with JSON that is nested too deeply")
    if not _is_unicode(found):
        raise Nonsense("with a lone surrogate in its JSON")
    return found


def mended(found: Any, provider: Provider) -> dict[str, Any]:
    """
    Return *found* as a standard token answer.

    Raises:
        Nonsense: If it is no object, or none that the provider's quirk can mend.
    """
    if not isinstance(found, dict):
        raise Nonsense("with JSON that is no object", is_foreign=True)
    if provider.mend is None:
        return found
    standard: Any = None
    with contextlib.suppress(LookupError, TypeError, ValueError, AttributeError):
        standard = provider.mend(dict(found))
    if not isinstance(standard, dict):
        raise Nonsense("in a form that could not be mended")
    return standard


def token_of(
    answer: Mapping[str, Any], provider: Provider, *, asked: str, at: Moment
) -> Token:
    """
    Return the token in *answer*.

    Args:
        answer: The answer's object, mended.
        provider: Whose answer it is.
        asked: The scope that was asked for; an answer without one grants it.
        at: When the answer was given.

    Raises:
        Nonsense: If a member is missing or of the wrong kind.

    Source:
        RFC 6749, section 5.1.
    """
    _check_bearer(answer, provider.bearer)
    return Token(
        _required(answer, "access_token"),
        token_type=_token_type(answer),
        refresh_token=_optional(answer, "refresh_token"),
        id_token=_optional(answer, "id_token"),
        scope=_scope(answer, asked),
        obtained_at=at.sent_at,
        expires_at=end_of(answer, provider, at),
        extra=_kept(other_members(answer)),
        bearer_field=provider.bearer,
    )


def _check_bearer(answer: Mapping[str, Any], name: str) -> None:
    if answer.get(name) is None:
        raise Nonsense(f"without {name}")
    try:
        checked_bearer(answer[name])
    except ValueError as error:
        raise Nonsense(f"without a usable {name}: {error}") from None


def _required(answer: Mapping[str, Any], name: str) -> str:
    found = _optional(answer, name)
    if found is None:
        raise Nonsense(f"without {name}")
    return found


def _optional(answer: Mapping[str, Any], name: str) -> str | None:
    found = answer.get(name)
    if found is not None and not isinstance(found, str):
        raise Nonsense(f"with a {name} that is {type(found).__name__}, not text")
    return found or None


def _token_type(answer: Mapping[str, Any]) -> str:
    found = _optional(answer, "token_type") or "Bearer"
    if found.lower() not in _TYPES:
        raise Nonsense("with a token_type that is not Bearer")
    return found


def _scope(answer: Mapping[str, Any], asked: str) -> tuple[str, ...]:
    found = answer.get("scope")
    if isinstance(found, str):
        return tuple(found.split())
    if isinstance(found, list) and all(isinstance(word, str) for word in found):
        return tuple(" ".join(found).split())
    return tuple(asked.split())


def _kept(extra: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in extra.items() if _is_json(value)}


def _is_unicode(found: Any) -> bool:
    try:
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_json(value: Any) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except (ValueError, TypeError):
        return False
    return True


def _is_deep(found: Any) -> bool:
    level = [found]
    for _ in range(_DEEPEST):
        members = [
            value.values() if isinstance(value, dict) else value
            for value in level
            if isinstance(value, dict | list)
        ]
        level = [value for group in members for value in group]
    return bool(level)
