"""The token endpoint on the wire: one question, one Token or one error.

Rule: foreign errors become ours here and nowhere else, and no secret leaves in them.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from requests import PreparedRequest, Response, Session

from ._answer import Nonsense, mended, parsed, token_of
from ._expiry import Moment, date_of
from ._hosts import host_of
from ._provider import Provider
from ._redact import secret_values
from ._rejection import nonsense, rejection
from ._request import (
    HOOKS,
    Letter,
    checked_client,
    hook_name,
    hook_prefix,
    other_auth,
)
from ._resend import ONCE, RETRY, Resend
from ._timeouts import longest_s, pair_of, within
from ._token import Token
from ._unreachable import LOST, Lost, emptied, lost, unreachable
from ._wire import PLAIN, Answer, Post
from ._words import Asked
from .errors import ConfigError, ProviderUnavailable
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
        self.compliance_hook: dict[str, set[Callable[..., Any]]] = {
            name: set() for name in HOOKS
        }

    def ask(
        self,
        form: Mapping[str, str],
        *,
        retries: bool = True,
        may_resend: Callable[[], bool] | None = None,
        held: Token | None = None,
    ) -> Token:
        """
        Return the token that the endpoint gives for *form*.

        Args:
            form: The grant's fields, or those of a refresh or a code exchange; the
                client's authentication is added here.
            retries: Whether to try again when that may help.
            may_resend: Asked before a request that may have arrived is sent again; None
                allows it.
            held: The token that another is asked for in place of; a refusal that
                repeats it does not show it, and its refresh is good for its scope.

        Raises:
            ConfigError: If the request cannot be sent as it is set up.
            CredentialsRejected: If the client or the user is not accepted.
            LoginRequired: If a person has to log in (again).
            ProviderUnavailable: If there was no answer, or none for now.
            TokenRequestError: If the answer is another refusal, or no token.
        """
        letter = Letter(self._provider, self._grant, self._client_auth)
        request = letter.request(form, self.compliance_hook)
        if held is not None:
            letter.secrets.add(*secret_values(held.to_json()))
        asked = Asked(
            self._provider,
            self._grant,
            form.get("grant_type", ""),
            form.get("scope") or " ".join(self._granted(form, held)),
            letter.secrets,
            other_auth(self._client_auth, self._grant),
        )
        ends_at = time.monotonic() + self.deadline_s
        resend = Resend(RETRY if retries else ONCE, ends_at, may_resend)
        try:
            return self._answered(request, asked, resend)
        except ProviderUnavailable as error:
            # An earlier attempt counts too: the last one may not even have connected.
            error.arrived = error.arrived or resend.arrived
            raise

    def _granted(self, form: Mapping[str, str], held: Token | None) -> tuple[str, ...]:
        # RFC 6749, section 6: the scope granted before, where a refresh names none.
        before: tuple[str, ...] = ()
        if held is not None and form.get("refresh_token", "") == held.refresh_token:
            before = held.scope
        return before or self._grant.scope or ()

    def _answered(
        self, request: PreparedRequest, asked: Asked, resend: Resend
    ) -> Token:
        while True:
            sent_at = self._clock()
            outcome = self._attempt(request, asked, resend.left_s())
            if not resend.after(outcome, self._clock()):
                break
        if isinstance(outcome, Lost):
            raise unreachable(outcome, asked, self.deadline_s)
        return self._token(outcome, asked, sent_at)

    def _attempt(
        self, request: PreparedRequest, asked: Asked, left_s: float
    ) -> Answer | Lost:
        began_at = time.monotonic()
        outcome = self._sent(request, left_s)
        log.debug(
            "%s: %s at %s: %s after %.3f s",
            asked.provider.name,
            asked.grant_type,
            host_of(str(request.url)),
            outcome.told,
            time.monotonic() - began_at,
        )
        return outcome

    def _sent(self, request: PreparedRequest, left_s: float) -> Answer | Lost:
        post = Post(request, self._session)
        try:
            # A second more than there is: the deadline ends it first, and is named.
            return post.send(within(self._timeout, left_s + 1.0), left_s)
        except LOST as error:
            return lost(error, post, str(request.url))

    def _token(self, answer: Answer, asked: Asked, sent_at: float) -> Token:
        response = self._hooked(answer.response, asked)
        if not response.ok or response.status_code >= 300:
            raise rejection(response, asked, self._clock(), flaw=answer.flaw)
        at = Moment(sent_at, date_of(response.headers.get("Date")))
        try:
            found = self._object(answer.flaw, response, asked)
            if not found.get("error"):
                return token_of(found, self._provider, asked=asked.scope, at=at)
        except Nonsense as error:
            why = error
        else:
            # An error inside a 200, as some providers answer everything with 200.
            raise rejection(response, asked, self._clock())
        raise nonsense(response, asked, why)

    def _object(
        self, flaw: str | None, response: Response, asked: Asked
    ) -> dict[str, Any]:
        found = parsed(response.content or b"", flaw)
        asked.secrets.add(*secret_values(found))
        return mended(found, self._provider)

    def _hooked(self, response: Response, asked: Asked) -> Response:
        name = f"{hook_prefix(asked.grant_type)}_response"
        failed: Exception | None = None
        for hook in tuple(self.compliance_hook[name]):
            try:
                changed = hook(response)
            except Exception as error:  # noqa: BLE001  # a hook may raise anything
                failed = error
                break
            if not isinstance(changed, Response):
                raise ConfigError(f"The hook {hook_name(hook)} returned no response.")
            response = changed
        # Hooks are written for tokens; a refusal is told even if one cannot read it.
        if failed is not None and response.ok:
            why = Nonsense(f"and the hook {hook_name(hook)} could not read that")
            raise nonsense(response, asked, why) from emptied(failed, asked.secrets)
        return response
