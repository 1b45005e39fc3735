"""OAuth2Session's methods that obtain tokens, as acts of the auth object.

Rule: what a call repeats is compared and never sent; every token request is the engine's.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ._attributes import Attributes
from ._given import check
from ._login import exchange_form, read_redirect
from ._patience import patience
from ._settings import clean
from .errors import ConfigError
from .grants import AuthorizationCode

if TYPE_CHECKING:
    from ._token import Token


class Flow(Attributes):
    """
    What an `XAuthSession` does when it is told to.

    Attributes:
        state: The state of a login, or a callable that makes one.
    """

    state: str | Callable[[], str]
    # The last state, and those of all logins that this session may finish.
    _state: str | None
    _begun: deque[str]

    def new_state(self) -> str:
        """Return a state for a login: the caller's own, or a new one."""
        state = self.state() if callable(self.state) else self.state
        return self._begin(state)

    def authorization_url(
        self, url: str | None = None, state: str | None = None, **kwargs: Any
    ) -> tuple[str, str]:
        """
        Return (url, state): where a person logs in, and what proves the answer theirs.

        Args:
            url: The provider's authorize URL; it need not be repeated.
            state: The state to use; one is made when None.
            kwargs: More parameters of the URL.

        Raises:
            ConfigError: If nobody logs in with this auth object, or a value is another.
        """
        ours = ("client_id", "redirect_uri", "scope", "response_type")
        repeated = {name: kwargs.pop(name, None) for name in ours}
        if self._setup.provider.authorize_url:
            check(self._setup, {"url": url, **repeated})
        state = self._begin(state) if state else self.new_state()
        return self._xauth.authorization_url(state, **kwargs)

    def fetch_token(
        self,
        token_url: str | None = None,
        code: str | None = None,
        authorization_response: str | None = None,
        *,
        timeout: Any = None,
        state: str | None = None,
        **repeated: Any,
    ) -> dict[str, Any]:
        """
        Obtain a token, by a login's code or without a person, and return it as a dict.

        Args:
            token_url: The provider's token URL; it need not be repeated.
            code: The code alone, where the provider sends no state back.
            authorization_response: The whole URL that the browser came back to.
            timeout: How long it is waited for, in the forms that requests has.
            state: The state that is expected, if the caller knows it.
            repeated: What else OAuth2Session takes: it has to be what the auth object was
                made with.

        Raises:
            ConfigError: If a value is another, or a login brought nothing.
            TokenRequestError: As `XAuth.renew` and `XAuth.fetch_token`.
        """
        check(self._setup, {"token_url": token_url, **repeated})
        personal = isinstance(self._setup.grant, AuthorizationCode)
        with patience(timeout):
            if personal or code or authorization_response:
                token = self._logged_in(code, authorization_response, state)
            else:
                token = self._xauth.renew()
        return self._shown(token)

    def login(
        self,
        *,
        open_browser: bool | Callable[[str], object] | None = None,
        timeout_s: float = 300.0,
        **params: str,
    ) -> dict[str, Any]:
        """
        Let the person at this machine log in, and return the token as a dict.

        Args:
            open_browser, timeout_s, params: As `XAuth.login`.

        Raises:
            ConfigError: If nobody logs in with this auth object.
            TokenRequestError: As `XAuth.login`.
        """
        token = self._xauth.login(
            open_browser=open_browser, timeout_s=timeout_s, **params
        )
        return self._shown(token)

    def token_from_fragment(self, authorization_response: str) -> dict[str, Any]:  # noqa: ARG002  # the parent's signature
        """
        Refuse the implicit grant.

        Raises:
            ConfigError: Always.

        Source:
            RFC 9700, section 2.1.2.
        """
        raise ConfigError(
            "The implicit grant is refused: it sends tokens through the browser (RFC"
            " 9700, section 2.1.2). Use authorization_url() and fetch_token()."
        )

    def refresh_token(
        self,
        token_url: str | None = None,
        refresh_token: str | None = None,
        *,
        timeout: Any = None,
        **repeated: Any,
    ) -> dict[str, Any]:
        """
        Renew now, by the refresh token if there is one, and return the token as a dict.

        Args:
            token_url: The provider's token URL; it need not be repeated.
            refresh_token: A refresh token that the caller has; None: the one at hand.
            timeout: How long it is waited for, in the forms that requests has.
            repeated: As `fetch_token`.

        Raises:
            ConfigError: If a value is another.
            TokenRequestError: As `XAuth.renew`.
        """
        check(self._setup, {"token_url": token_url, **repeated})
        with patience(timeout):
            if refresh_token:
                who = self._setup.provider.name
                given = clean(refresh_token, source="refresh_token=", who=who)
                self._engine.give(given)
            return self._shown(self._xauth.renew())

    def _begin(self, state: str) -> str:
        self._state = state
        if state not in self._begun:
            self._begun.append(state)
        return state

    def _logged_in(
        self, code: str | None, response: str | None, state: str | None
    ) -> Token:
        if response and state is None:
            found, sent = read_redirect(self._setup.provider, response)
            if self._vouched(sent):
                return self._exchanged(found, sent)
            state = sent if self._finish(sent) else self._state
        elif code and state is None:
            return self._exchanged(code, self._state)
        return self._xauth.fetch_token(code, response, state)

    def _vouched(self, sent: str) -> bool:
        # The caller has kept this state with the browser's own session, which proves
        # what the record of the login would: RFC 6749, section 10.12.
        return sent == self.state and self._finish(sent)

    def _finish(self, state: str) -> bool:
        known = state in self._begun
        if known:
            self._begun.remove(state)
        return known

    def _exchanged(self, code: str, state: str | None) -> Token:
        provider, grant = self._setup.provider, self._setup.grant
        if not isinstance(grant, AuthorizationCode):
            return self._xauth.fetch_token(code)  # which says why not
        login = self._xauth._logins.take(state)  # noqa: SLF001  # the house's own door
        return self._engine.log_in(exchange_form(provider, grant, code, login))
