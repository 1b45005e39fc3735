"""XAuthSession: OAuth2Session's interface, with the same engine behind.

Rule: requests are signed by the auth object as in any session, token requests are the
engine's alone; of the parent's methods none runs, since they log secrets.
"""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from oauthlib.common import generate_token
from oauthlib.oauth2.rfc6749.tokens import OAuth2Token
from requests_oauthlib import OAuth2Session

from ._attributes import Update
from ._auth import XAuth
from ._flow import Flow
from ._given import check
from ._patience import patience
from ._saved import hand_over, members_of
from .errors import ConfigError

if TYPE_CHECKING:
    from requests import PreparedRequest, Response

    from ._token import Token

# So many logins that one session has begun are known again.
_BEGUN = 100


class TokenDict(OAuth2Token):
    """A token as OAuth2Session has it, whose repr shows no secret."""

    def __repr__(self) -> str:
        """Show the members' names; their values can be had one by one."""
        return f"<token: {', '.join(map(str, self))}>"


class XAuthSession(Flow, OAuth2Session):  # type: ignore[misc]  # what follows a code or a refresh token goes by name
    """
    An OAuth2Session that obtains, renews and replays by itself.

    Code written for OAuth2Session keeps working with the constructor changed; URLs and
    credentials need not be repeated, and may be if they are right.
    """

    # What a pickle takes along; the first one first, since the others look at it.
    __attrs__: list[str] = [  # noqa: RUF012  # as requests declares it
        "_xauth",
        *OAuth2Session.__attrs__,
        *("state", "_state", "_begun", "token_updater", "compliance_hook"),
    ]

    def __init__(
        self,
        auth: XAuth,
        *,
        token: Any = None,
        state: str | Callable[[], str] | None = None,
        token_updater: Update | None = None,
    ) -> None:
        """
        Sign with *auth*; no request is sent before the first one needs a token.

        Args:
            auth: A preset's auth object, or any `XAuth`. Several sessions may share one;
                several people may not.
            token: A token saved earlier, as a dict; used unless *auth* has a newer one.
            state: The state of a login, or a callable that makes one.
            token_updater: Called with the token after each automatic renewal, maybe on
                another thread; what it raises is logged.

        Raises:
            ConfigError: If one of them cannot be right.
        """
        if not isinstance(auth, XAuth):
            kind = type(auth).__name__
            raise ConfigError(
                f"XAuthSession takes an auth object, such as XPKitAuth(…), not {kind}."
            )
        self._xauth = auth
        # Not the parent's own __init__: it makes a client, of no use here, and a lambda,
        # which no pickle takes along (oauthlib issue 849).
        super(OAuth2Session, self).__init__()
        self.state = state or generate_token
        self._state = state if isinstance(state, str) else None
        self._begun = deque(filter(None, [self._state]), maxlen=_BEGUN)
        if token:
            hand_over(self._saved(token), self._setup, self._engine)
        self.token_updater = token_updater

    def request(  # type: ignore[override]  # noqa: PLR0917  # the parent's order; keywords are handed on to requests
        self,
        method: str,
        url: str,
        data: Any = None,
        headers: Any = None,
        withhold_token: bool = False,  # noqa: FBT001, FBT002  # the parent's signature
        client_id: str | None = None,
        client_secret: str | None = None,
        files: Any = None,
        **kwargs: Any,
    ) -> Response:
        """
        Send a request, signed unless the token is withheld.

        Args:
            method, url, data, headers, files, kwargs: As `requests.Session.request`;
                ``timeout`` bounds a token request that is waited for, too.
            withhold_token: Send it without the token, and without ``.netrc``.
            client_id, client_secret: As `fetch_token`; not needed.

        Raises:
            ConfigError: If the client is another.
            TokenRequestError: If there is no token and none can be had.
            requests.RequestException: What requests may raise.
        """
        check(self._setup, {"client_id": client_id, "client_secret": client_secret})
        ours = kwargs.get("auth") is None and self.auth is self._xauth
        if withhold_token and ours:
            kwargs["auth"] = unsigned
        with patience(kwargs.get("timeout")):
            if not withhold_token and self._may_be_hooked(url, ours=ours):
                url, headers, data = self._hooked(url, headers, data)
            return super(OAuth2Session, self).request(
                method, url, data=data, headers=headers, files=files, **kwargs
            )

    def send(self, request: PreparedRequest, **kwargs: Any) -> Response:
        """Send a prepared request; ``timeout`` bounds a renewal that it waits for."""
        with patience(kwargs.get("timeout")):
            return super().send(request, **kwargs)

    def rebuild_auth(
        self, prepared_request: PreparedRequest, response: Response
    ) -> None:
        """
        Leave a redirect within its origin signed as it was; requests decides the others.

        requests would let ``.netrc`` replace our bearer there.
        """
        before, after = response.request.url or "", prepared_request.url or ""
        if self.should_strip_auth(before, after):
            super().rebuild_auth(prepared_request, response)

    def _may_be_hooked(self, url: Any, *, ours: bool) -> bool:
        if not self.compliance_hook["protected_request"]:
            return False
        text = url.decode() if isinstance(url, bytes) else str(url)
        # A hook may put the token into the URL or the body: only where it may be seen.
        if not self._xauth._hosts.allow(text):  # noqa: SLF001  # the house's own door
            return False
        if ours:
            self._engine.ready()
        return self.authorized

    def _hooked(self, url: Any, headers: Any, data: Any) -> tuple[Any, Any, Any]:
        headers = {} if headers is None else copy.copy(headers)
        for hook in tuple(self.compliance_hook["protected_request"]):
            url, headers, data = hook(url, headers, data)
        return url, headers, data

    @staticmethod
    def _shown(token: Token) -> dict[str, Any]:
        return TokenDict(members_of(token))


def unsigned(request: PreparedRequest) -> PreparedRequest:
    """Sign nothing; with an auth of its own a request is left alone by ``.netrc``."""
    return request
