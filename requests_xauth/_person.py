"""How a person logs in to an auth object: begun, finished, or both at once.

Rule: a login is begun and finished by the same record of it in the store, so that another
object, or another process, may do the second half.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ._login import begin, exchange_form, found_login, read_redirect
from .errors import ConfigError
from .grants import AuthorizationCode

if TYPE_CHECKING:
    from ._engine import Engine
    from ._logins import Login, Logins
    from ._setup import Setup
    from ._token import Token


class Person:
    """The part of an auth object that is for a grant with which a person logs in."""

    _setup: Setup
    _engine: Engine
    _logins: Logins

    def authorization_url(
        self, state: str | None = None, **params: str
    ) -> tuple[str, str]:
        """
        Return (url, state): where a person logs in, and what proves the answer theirs.

        Args:
            state: The state to use; one is made when None.
            params: More parameters of the URL.

        Raises:
            ConfigError: If this is not a grant with which a person logs in.

        Source:
            RFC 6749, section 4.1.1; RFC 7636.
        """
        return self._begin(params, state)

    def fetch_token(
        self,
        code: str | None = None,
        authorization_response: str | None = None,
        state: str | None = None,
    ) -> Token:
        """
        Exchange what a login brought back for a token, and use it from now on.

        Args:
            code: The code alone, where the provider sends no state back.
            authorization_response: The whole URL that the browser came back to.
            state: The state that is expected, if the caller knows it.

        Raises:
            ConfigError: If there is neither a code nor an URL with one.
            LoginRequired: If the login was refused, is unknown, too old or used up.
            TokenRequestError: If the token endpoint refuses for another reason.

        Source:
            RFC 6749, sections 4.1.2 and 4.1.3; RFC 9700, section 2.1.
        """
        self._code_grant()
        provider = self._setup.provider
        if authorization_response is not None:
            code, sent = read_redirect(provider, authorization_response)
            login: Login | None = found_login(provider, self._logins, sent, state)
        elif code:
            # A state that was given is one to check, as in a web framework's callback.
            login = (
                self._logins.take(None)
                if state is None
                else found_login(provider, self._logins, state, None)
            )
        else:
            raise ConfigError("fetch_token() needs code= or authorization_response=.")
        return self._finish(code, login)

    def login(
        self,
        *,
        open_browser: bool | Callable[[str], object] | None = None,
        timeout_s: float = 300.0,
        **params: str,
    ) -> Token:
        """
        Let the person at this machine log in, and use the token from now on.

        Where the redirect URI is a loopback address and there is a browser, that is opened
        and its answer received here; else the link is printed, and the address that the
        browser came back to is asked for, or the code alone.

        Args:
            open_browser: Whether to open the browser, or what opens an URL; None: if there
                is one to be expected here.
            timeout_s: How long the browser is waited for, at most 600 seconds.
            params: More parameters of the authorization URL.

        Raises:
            ConfigError: If nobody logs in with this auth object, or the port is taken.
            LoginRequired: If the login was refused or not finished in time, or there is
                nobody to ask.
            TokenRequestError: If the token endpoint refuses for another reason.

        Source:
            RFC 8252, sections 6 and 7.3.
        """
        # Its room is entered when somebody logs in, which few programs do.
        from .login import Steps, log_in  # noqa: PLC0415  # see above

        grant = self._code_grant()
        redirect_uri = params.pop("redirect_uri", None) or grant.redirect_uri
        steps = Steps(
            self._setup.provider,
            lambda uri: self._begin(
                params if uri is None else {**params, "redirect_uri": uri}
            ),
            self._logins,
            self._finish,
        )
        return log_in(
            steps,
            redirect_uri=redirect_uri,
            open_browser=open_browser,
            timeout_s=timeout_s,
        )

    def _begin(
        self, params: Mapping[str, str], state: str | None = None
    ) -> tuple[str, str]:
        provider, now_at = self._setup.provider, self._setup.clock()
        url, login = begin(
            provider, self._code_grant(), now_at=now_at, state=state, params=params
        )
        self._logins.add(login)
        return url, login.state

    def _finish(self, code: str, login: Login | None) -> Token:
        form = exchange_form(self._setup.provider, self._code_grant(), code, login)
        return self._engine.log_in(form)

    def _code_grant(self) -> AuthorizationCode:
        grant = self._setup.grant
        if not isinstance(grant, AuthorizationCode):
            raise ConfigError(
                f"Nobody logs in with {type(self).__name__}: it obtains its token by"
                f" itself, by {grant.grant_type}. Just send a request, or call renew()."
            )
        return grant
