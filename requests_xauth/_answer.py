"""What a 200 of the token endpoint means: a Token, or the reason why it is none.

Rule: a 200 is not enough; what an answer lacks is told without showing what it holds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ._expiry import Moment, end_of
from ._provider import Provider
from ._token import Token, checked_bearer, other_members

# Deeper nesting is an attack on whatever reads it later; token answers have three levels.
_DEEPEST = 32
# RFC 6750's name in any case (RFC 6749, section 5.1), and how some engines write it.
_TYPES = frozenset({"bearer", "bearertoken"})


class Nonsense(Exception):
    """An answer that is no token; its text completes "answered ..."."""


def parsed(body: bytes) -> Any:  # noqa: ANN401  # any JSON
    """
    Return the JSON in *body*.

    Raises:
        Nonsense: If it is none, or none that can be kept.
    """
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        # The cause is left out: it holds the whole body.
        raise Nonsense("with something that is not JSON") from None
    if _is_deep(found):
        raise Nonsense("with JSON that is nested too deeply")
    try:
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise Nonsense("with a lone surrogate in its JSON") from None
    return found


def mended(found: Any, provider: Provider) -> dict[str, Any]:  # noqa: ANN401  # any JSON
    """
    Return *found* as a standard token answer.

    Raises:
        Nonsense: If it is no object, or none that the provider's quirk can mend.
    """
    if not isinstance(found, dict):
        raise Nonsense("with JSON that is no object")
    if provider.mend is None:
        return found
    try:
        standard = provider.mend(dict(found))
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        kind = type(error).__name__
        raise Nonsense(f"in a form that cannot be mended ({kind})") from None
    if not isinstance(standard, dict):
        raise Nonsense("in a form that was not mended to an object")
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


def _is_json(value: Any) -> bool:  # noqa: ANN401  # anything a quirk or a server made
    try:
        json.dumps(value, allow_nan=False)
    except (ValueError, TypeError):
        return False
    return True


def _is_deep(found: Any) -> bool:  # noqa: ANN401  # any JSON
    level = [found]
    for _ in range(_DEEPEST):
        members = [
            value.values() if isinstance(value, dict) else value
            for value in level
            if isinstance(value, dict | list)
        ]
        level = [value for group in members for value in group]
    return bool(level)
