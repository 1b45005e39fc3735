"""What can go wrong, named by what the caller does next.

Rule: an error carries what was known, and never a secret: not in its text, not in its
args, not in a response it keeps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from requests import Response

__all__ = [
    "ConfigError",
    "CredentialsRejected",
    "LoginRequired",
    "ProviderUnavailable",
    "StoreError",
    "TokenRequestError",
    "UnsignedRequestWarning",
    "XAuthError",
]


class XAuthError(requests.RequestException):
    """
    The base of every error of this package. Never raised itself.

    It is a requests exception, since these errors come out of ``session.get``, where
    existing code already catches ``requests.RequestException``.
    """


class ConfigError(XAuthError, ValueError):
    """A value given, or missing, in the code or the environment; fix it there."""


class TokenRequestError(XAuthError):
    """
    The token endpoint refused, or answered nonsense; the text says which.

    Attributes:
        provider: The provider's name.
        status_code: HTTP status of the token endpoint's answer, None without an answer.
        code: The provider's error code, such as ``invalid_client``, or None.
        description: The provider's own words, or None.
        tip: The provider's own advice, or None.
        doubt: What else the same answer may mean, or None.
        response: The token endpoint's answer with every secret taken out, or None.
        refused: The API's response whose refusal led to this token request, or None.
    """

    def __init__(
        self,
        message: str = "",
        *,
        provider: str | None = None,
        status_code: int | None = None,
        code: str | None = None,
        description: str | None = None,
        tip: str | None = None,
        doubt: str | None = None,
        response: Response | None = None,
    ) -> None:
        """Keep the text and what was known when it was written."""
        super().__init__(message, response=response)
        # requests copies response.request when there is one; its body holds secrets.
        self.request = None
        self.provider = provider
        self.status_code = status_code
        self.code = code
        self.description = description
        self.tip = tip
        self.doubt = doubt
        self.refused: Response | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle without the API's response where that cannot be pickled."""
        made: Any = super().__reduce__()
        kind, args, known = made
        if not _can_travel(self.refused):
            known = {**known, "refused": None}
        return kind, args, known


class CredentialsRejected(TokenRequestError):
    """The client id, secret, user name or password is wrong; retrying is useless."""


class LoginRequired(TokenRequestError):
    """No token can be had without a person; somebody has to log in (again)."""


class ProviderUnavailable(TokenRequestError, requests.ConnectionError):
    """
    The token endpoint could not be reached or could not answer; try later.

    Also a ``requests.ConnectionError``, so that code that retries those retries this.

    Attributes:
        retry_after_s: Seconds the provider asked to wait, or None.
        arrived: Whether the token request may have reached the provider, so that a
            one-time refresh token or a code in it may be spent.
    """

    def __init__(
        self,
        message: str = "",
        *,
        retry_after_s: float | None = None,
        arrived: bool = False,
        **known: object,
    ) -> None:
        """Keep the text, what was known, and how long to wait."""
        super().__init__(message, **known)  # type: ignore[arg-type]  # typed by the parent
        self.retry_after_s = retry_after_s
        self.arrived = arrived


class StoreError(XAuthError):
    """
    The token store cannot be read or written; the text names its place.

    Attributes:
        away: Whether it could not be reached, so that it may be back later by itself.
    """

    away = False


class UnsignedRequestWarning(UserWarning):
    """A request went out without the token, since its host may not see it."""


def _can_travel(response: Response | None) -> bool:
    if response is None:
        return True
    import pickle  # noqa: PLC0415  # nothing else of the import needs it

    try:
        # A body that is not what its headers say, or an upload that no pickle takes.
        pickle.dumps(response)
    except Exception:  # noqa: BLE001  # the user's own objects may raise anything
        return False
    return True
