"""The response hook: one listener for each token, one hearing for each refusal.

Rule: a refusal costs at most one renewal and one replay; only the answer to the very
header that was written by us is heard.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ._ahead import Outcome
from ._engine import Engine
from ._hosts import Hosts, shown_url
from ._peek import READ_S, can_read, refill
from ._provider import Provider
from ._redact import Secrets
from ._refusals import Place, place_of_request
from ._replay import replay, rewind, settle
from ._signed import Signed
from ._verdict import KEEP, LOGIN, RENEW, Verdict, judge, reasons, statuses
from .errors import TokenRequestError, XAuthError

if TYPE_CHECKING:
    from requests import PreparedRequest, Response

    from ._token import Token

log = logging.getLogger("requests_xauth")


class Listener:
    """
    What is registered with each request: it knows the header that was written.

    On a redirect to another host requests keeps the hooks, drops our header and may put
    in one from ``.netrc``; to look for any Authorization header would then send our
    token to that host. So the header itself is compared.
    """

    __slots__ = ("hearing", "signed")

    def __init__(self, hearing: Hearing, signed: Signed) -> None:
        """Listen for *signed* on behalf of *hearing*."""
        self.hearing = hearing
        self.signed = signed

    def __call__(self, response: Response, **kwargs: Any) -> Response:
        """Return *response*, or that of the replay if it refused our token."""
        if response.status_code not in self.hearing.statuses:
            self.hearing.served(response, self.signed)
            return response
        return self.hearing.hear(response, self, kwargs)

    def __reduce__(self) -> tuple[Callable[[], object], tuple[()]]:
        """Pickle to a hook that does nothing: a pickled response carries no secret."""
        return _deaf, ()

    def __copy__(self) -> Listener:
        """Return the listener itself."""
        return self

    def __deepcopy__(self, memo: object) -> Listener:
        """Return the listener itself: a copied request is still listened to."""
        return self


def listen(request: PreparedRequest, listener: Listener) -> None:
    """Let *listener*, and none of an earlier signing, hear the response to *request*."""
    hooks = request.hooks["response"]
    if not hooks:
        hooks.append(listener)  # register_hook takes a microsecond to see that it may
        return
    # Not in place: requests shares the hooks between a request and its copies.
    others = [hook for hook in hooks if not isinstance(hook, Listener)]
    request.hooks = {**request.hooks, "response": [*others, listener]}


def deaf(response: Response, **kwargs: Any) -> Response:  # noqa: ARG001  # a hook's signature
    """Return *response*: the hook of a request that was pickled."""
    return response


def _deaf() -> Callable[..., Response]:
    return deaf


class Hearing:
    """What one auth object does about the refusals of its requests."""

    def __init__(self, provider: Provider, hosts: Hosts, engine: Engine) -> None:
        """Judge by the provider's table, on these hosts, and renew by *engine*."""
        self.statuses = statuses(provider.policy)
        self._provider = provider
        self._hosts = hosts
        self._engine = engine
        self._refusals = engine.state.refusals

    def hear(
        self, response: Response, listener: Listener, kwargs: dict[str, Any]
    ) -> Response:
        """
        Return *response*, or the answer to its request sent once more.

        Raises:
            XAuthError: If the token was certainly refused and cannot be renewed.
            requests.RequestException: What sending the replay may raise.
        """
        request, signed = response.request, listener.signed
        if not self._is_answer_to(signed, response):
            return response
        stream = bool(kwargs.get("stream"))
        verdict = self._judge(response, stream=stream)
        if verdict is KEEP:
            return response
        place = place_of_request(request)
        try:
            newer, asked = self._newer(response, signed.token, (verdict, place))
        except XAuthError:
            settle(response, stream=stream)
            raise
        if newer is None:
            return response
        if newer.token.bearer == signed.token.bearer:
            self._refusals.remember(place, newer.token)
            return response
        if not rewind(request):
            log.warning(
                "%s was refused and cannot be sent again: its body is used up.",
                shown_url(request.url),
            )
            return response
        again = replay(response, newer.header, kwargs)
        self._sign_again(again.request, listener, newer)
        if again.is_redirect:
            # requests copies the first request for the next hop.
            self._sign_again(request, listener, newer)
        verdict = self._judge_again(again, newer.token, stream=stream)
        self._learn(place, verdict, newer.token, asked=asked)
        return again

    def served(self, response: Response, signed: Signed) -> None:
        """Note where *signed* is good, if anything was thought to be denied."""
        if not self._refusals.has_places or response.status_code >= 300:
            return
        if self._is_answer_to(signed, response):
            self._refusals.served(place_of_request(response.request), signed.token)

    def _is_answer_to(self, signed: Signed, response: Response) -> bool:
        request = response.request
        return (
            request.headers.get("Authorization") == signed.header
            and self._hosts.allow(request.url or "")
            # A cache's answer has no connection: our token was not refused just now.
            and getattr(response, "connection", None) is not None
        )

    def _judge(self, response: Response, *, stream: bool) -> Verdict:
        verdict = self._verdict(response, stream=stream)
        self._engine.denied(response.status_code, verdict.value)
        return verdict

    def _verdict(self, response: Response, *, stream: bool) -> Verdict:
        policy, read = self._provider.policy, self._provider.read_denial
        # What is not streamed requests reads to its end anyway.
        within_s = READ_S if stream else None
        if read is None or not can_read(response, stream=stream, within_s=within_s):
            return judge(response, policy)
        verdict = judge(response, policy, read)
        if stream:
            refill(response)
        return verdict

    def _newer(
        self, response: Response, refused: Token, how: tuple[Verdict, Place]
    ) -> Outcome:
        verdict, place = how
        remembered = self._refusals.remembered(place, refused)
        try:
            if verdict is LOGIN or remembered:
                newer = self._engine.newer(refused)
                if newer is None and verdict is LOGIN:
                    self._drop(refused, response)
                return Outcome(newer, asked=False)
            return self._engine.renew(
                refused, "refused", lambda: self._may_ask(refused, verdict, place)
            )
        except XAuthError as error:
            if verdict is not RENEW:
                log.warning("%s The API's refusal is returned.", error)
                return Outcome(None, asked=False)
            if isinstance(error, TokenRequestError):
                error.refused = response
            raise

    def _may_ask(self, refused: Token, verdict: Verdict, place: Place) -> bool:
        if self._refusals.charge(place, refused):
            return True
        # Where nobody can be asked nothing is spent: the error says so every time.
        return verdict is RENEW and not self._engine.can_renew(refused)

    def _judge_again(self, again: Response, token: Token, *, stream: bool) -> Verdict:
        if again.status_code not in self.statuses:
            return KEEP
        verdict = self._judge(again, stream=stream)
        if verdict is LOGIN:
            self._drop(token, again)
        return verdict

    def _learn(
        self, place: Place, verdict: Verdict, token: Token, *, asked: bool
    ) -> None:
        if verdict is not KEEP:
            self._refusals.refused(place, token, asked=asked)
        else:
            self._refusals.allowed(place, asked=asked)

    def _sign_again(
        self, request: PreparedRequest, listener: Listener, newer: Signed
    ) -> None:
        new = Listener(self, newer)
        request.headers["Authorization"] = newer.header
        hooks = [new if h is listener else h for h in request.hooks["response"]]
        request.hooks = {**request.hooks, "response": hooks}

    def _drop(self, token: Token, response: Response) -> None:
        read = self._provider.read_denial
        is_read = response._content is not False  # noqa: SLF001  # no public name for it
        told = [r for r in reasons(response, read if is_read else None) if r]
        secrets = Secrets([token.bearer, token.refresh_token or ""])
        said = secrets.words(told[-1]) if told else "no reason given"
        why = (
            f"{self._provider.name} has given up the token: {said} (HTTP"
            f" {response.status_code}). Log in again, with auth.login()."
        )
        try:
            self._engine.drop(token, why)
        except XAuthError as error:
            log.warning("%s The API's refusal is returned.", error)
