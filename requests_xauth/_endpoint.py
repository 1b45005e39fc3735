"""The token endpoint on the wire: one question, one Token or one error.

Rule: foreign errors become ours here and nowhere else, and no secret leaves in them.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping

import requests
from requests import PreparedRequest, Response, Session

from ._answer import Nonsense, mended, parsed, token_of
from ._expiry import Moment, date_of
from ._hosts import host_of
from ._provider import Provider
from ._redact import secret_values
from ._rejection import Asked, nonsense, rejection
from ._request import HOOKS, Letter, checked_client, hook_prefix, other_auth
from ._resend import ONCE, RETRY, Resend
from ._timeouts import longest_s, pair_of, within
from ._token import Token
from ._unreachable import LOST, Lost, unreachable
from ._wire import PLAIN, Answer, Exchange
from .errors import ConfigError, TokenRequestError
from .grants import Grant

log = logging.getLogger("requests_xauth")


class Endpoint:
    """
    A provider's token endpoint, as one client asks it.

    Attributes:
        compliance_hook: Names to sets of hooks, as OAuth2Session keeps them.
        deadline_s: No question takes longer, retries included.
    """

    def __init__(
        self,
        provider: Provider,
        grant: Grant,
        *,
        client_auth: str | None = None,
        timeout: object = (5, 30),
        session: Session | None = None,
        clock: Callable[[], float] = time.time,
        deadline_s: float = 60.0,
    ) -> None:
        """
        Keep who asks whom and how; nothing is sent.

        Raises:
            ConfigError: If the client cannot authenticate so, the timeout is none, or
                the session is no requests.Session.
        """
        if session is not None and not isinstance(session, PLAIN):
            kind = type(session).__name__
            raise ConfigError(f"session= takes a requests.Session, not {kind}.")
        auth = provider.client_auth if client_auth is None else client_auth
        self._provider = provider
        self._grant = grant
        self._client_auth = checked_client(auth, grant, provider.name)
        self._timeout = pair_of(timeout)
        self._session = session
        self._clock = clock
        self.deadline_s = max(deadline_s, longest_s(self._timeout))
        self.compliance_hook: dict[str, set[Callable[..., object]]] = {
            name: set() for name in HOOKS
        }

    def ask(
        self,
        form: Mapping[str, str],
        *,
        retries: bool = True,
        may_resend: Callable[[], bool] | None = None,
    ) -> Token:
        """
        Return the token that the endpoint gives for *form*.

        Args:
            form: The grant's fields, or those of a refresh or a code exchange; the
                client's authentication is added here.
            retries: Whether to try again when that may help.
            may_resend: Asked before a request that may have arrived is sent again; None
                allows it.

        Raises:
            ConfigError: If the request cannot be sent as it is set up.
            CredentialsRejected: If the client or the user is not accepted.
            LoginRequired: If a person has to log in (again).
            ProviderUnavailable: If there was no answer, or none for now.
            TokenRequestError: If the answer is another refusal, or no token.
        """
        letter = Letter(self._provider, self._grant, self._client_auth)
        request = letter.request(form, self.compliance_hook)
        asked = Asked(
            self._provider,
            self._grant,
            form.get("grant_type", ""),
            letter.secrets,
            other_auth(self._client_auth, self._grant),
        )
        ends_at = time.monotonic() + self.deadline_s
        resend = Resend(RETRY if retries else ONCE, ends_at, may_resend)
        sent_at, outcome = self._outcome(request, asked, resend)
        if isinstance(outcome, Lost):
            raise unreachable(outcome, asked, self.deadline_s)
        return self._token(outcome, asked, form, sent_at)

    def _outcome(
        self, request: requests.Request, asked: Asked, resend: Resend
    ) -> tuple[float, Answer | Lost]:
        while True:
            sent_at = self._clock()
            outcome = self._attempt(request, asked, resend.left_s())
            if not resend.after(outcome, self._clock()):
                return sent_at, outcome

    def _attempt(
        self, request: requests.Request, asked: Asked, left_s: float
    ) -> Answer | Lost:
        exchange = Exchange(self._session)
        began_at = time.monotonic()
        try:
            answer = exchange.post(request, within(self._timeout, left_s), left_s)
        except LOST as error:
            log.debug("%s: no answer, %s", asked.provider.name, type(error).__name__)
            return Lost(error, exchange.arrived(error), str(request.url))
        log.debug(
            "%s answered %s at %s with HTTP %d after %.3f s",
            asked.provider.name,
            asked.grant_type,
            host_of(str(request.url)),
            answer.response.status_code,
            time.monotonic() - began_at,
        )
        return answer

    def _token(
        self, answer: Answer, asked: Asked, form: Mapping[str, str], sent_at: float
    ) -> Token:
        response = self._hooked(answer.response, hook_prefix(form), asked)
        if not 200 <= response.status_code < 300:  # noqa: PLR2004  # RFC 9110, section 15.3
            raise rejection(response, asked, self._clock(), answer.flaw)
        try:
            if answer.flaw:
                raise Nonsense(answer.flaw)
            found = mended(parsed(response.content or b""), self._provider)
            asked.secrets.add(*secret_values(found))
            if found.get("error"):
                raise rejection(response, asked, self._clock())
            scope = form.get("scope") or " ".join(self._grant.scope or ())
            at = Moment(sent_at, date_of(response.headers.get("Date")))
            return token_of(found, self._provider, asked=scope, at=at)
        except Nonsense as why:
            raise nonsense(response, asked, str(why)) from None

    def _hooked(self, response: Response, prefix: str, asked: Asked) -> Response:
        for hook in tuple(self.compliance_hook[f"{prefix}_response"]):
            response = hook(response)  # type: ignore[assignment]  # checked below
            if not isinstance(response, Response):
                name = getattr(hook, "__qualname__", repr(hook))
                raise ConfigError(f"The hook {name} must return the response.")
        return response
