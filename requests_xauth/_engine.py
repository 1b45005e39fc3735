"""The only place where a token changes.

Rule: nothing here knows HTTP, files or providers. What the engine needs it is given: an
exchange, a state with its store, a clock. A fresh token is handed out without any lock; a
renewal holds the store's lock over its token request, looks again first, and adopts what
a sibling has renewed meanwhile.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from contextlib import AbstractContextManager

from ._ahead import Ahead, Outcome, patience_s
from ._custody import Custody
from ._endpoint import Endpoint
from ._exchange import Exchange
from ._failure import REMEMBERED_S, again, error_of, is_news
from ._newest import Newest
from ._provider import Provider
from ._signed import Signed
from ._state import Renewal, State, tell
from ._store import Entry
from ._token import Token
from .errors import (
    CredentialsRejected,
    LoginRequired,
    ProviderUnavailable,
    StoreError,
    TokenRequestError,
    XAuthError,
)
from .grants import Grant

log = logging.getLogger("requests_xauth")

# A hold spans two token requests where a password follows a refused refresh token; the
# rest lets those who wait hear of the end.
_HOLD_DEADLINES, _HOLD_MARGIN_S = 2, 5.0

Permit = Callable[[], bool]


class Engine:
    """One object's hand on a token's state: it hands out, renews, takes in and drops."""

    def __init__(
        self,
        provider: Provider,
        grant: Grant,
        *,
        endpoint: Endpoint,
        state: State,
        clock: Callable[[], float],
        seed: str | None = None,
        account: str | None = None,
    ) -> None:
        """Take what it needs; ask for nothing yet."""
        self.endpoint = endpoint
        self.state = state
        state.has_seed = state.has_seed or seed is not None
        self.listeners: list[Callable[[Renewal], object]] = []
        self._provider = provider
        self._grant = grant
        self._account = account
        self._clock = clock
        self._newest = Newest(state, clock)
        self._custody = Custody(state, self._newest, self._held)
        self._ahead = Ahead(
            provider.name, state, clock, grant=grant, listeners=self.listeners
        )
        self._exchange = Exchange(
            provider, grant, endpoint=endpoint, state=state, clock=clock, seed=seed
        )

    def ready(self) -> Signed:
        """
        Return a token good for a request that is sent now.

        Raises:
            TokenRequestError: If there is none and none can be had; see `renew`.
            StoreError: If the store cannot be read or written.
        """
        signed = self.state.signed
        if signed is None:
            return self.renewed(None, "first")
        now_at = self._clock()
        if now_at >= signed.end_at:
            return self._at_end(signed)
        if now_at >= signed.ahead_at and now_at >= self.state.ahead_at:
            self._renew_ahead(signed)
        return signed

    def current(self) -> Token | None:
        """Return the token at hand, else the store's, else None; no token request."""
        signed = self.state.signed
        return signed.token if signed else self.state.load().token

    def renewed(self, known: Token | None, why: str) -> Signed:
        """Return the outcome of `renew` where nothing can forbid it."""
        signed = self.renew(known, why).signed
        assert signed is not None  # noqa: S101  # only a permit can make it so
        return signed

    def renew(
        self, known: Token | None, why: str, permit: Permit | None = None
    ) -> Outcome:
        """
        Return a token newer than *known*, asking the provider at most once.

        Threads and processes that share the store wait for each other; whoever comes
        second gets the first one's token, or its failure.

        Args:
            known: The token that ended or was refused, or None if there was none.
            why: As in `Renewal`.
            permit: Asked under the hold before a token request; if it says no, the
                outcome has no token.

        Raises:
            CredentialsRejected: If the provider refuses the client or the password.
            LoginRequired: If nothing but a person can help.
            ProviderUnavailable: If the provider, or the hold, cannot be had in time.
            TokenRequestError: If it refuses for another reason, or answers nonsense.
            StoreError: If the store cannot be read or written.

        Source:
            RFC 6749, section 6; RFC 9700, section 4.14.
        """
        # Whoever gives up after so long has no use for the hold any more.
        limit_s = patience_s.get()
        return self._ahead.patient(
            lambda: self._renew(known, why, permit, limit_s=limit_s)
        )

    def newer(self, known: Token) -> Signed | None:
        """Return a newer token that is there already, in memory or store, or None."""
        return self._newest.look(known)[0]

    def can_renew(self, token: Token) -> bool:
        """Tell whether a newer token than *token* can be had without a person."""
        return self._exchange.can_renew(token)

    def denied(self, status: int, verdict: str) -> None:
        """Note a refusal of the API, for `explain`."""
        self.state.denial = (self._clock(), status, verdict)

    def log_in(self, form: dict[str, str]) -> Token:
        """
        Exchange an authorization code, which is never sent twice, for a token.

        Raises:
            LoginRequired: If the code is refused, or its answer was lost.
            TokenRequestError: As `renew`.
        """
        return self._ahead.patient(lambda: self._log_in(form))

    def _log_in(self, form: dict[str, str]) -> Token:
        try:
            token = self.endpoint.ask(form, may_resend=lambda: False)
        except ProviderUnavailable as error:
            if not error.arrived:
                raise
            # Its text says so already: a code that may be used up is never sent again.
            raise LoginRequired(
                str(error),
                provider=self._provider.name,
                status_code=error.status_code,
            ) from error
        return self.accept(token, "login", self._grant.grant_type)

    def accept(self, token: Token, why: str, how: str) -> Token:
        """Take *token* as the newest, whatever was there before."""
        try:
            old = self.current()
        except StoreError:
            old = None  # it says so again when the token is to be saved
        self.take(token, how, new_at=self._clock())
        self._tell(token, old, (why, how))
        return token

    def take(self, token: Token, source: str, *, new_at: float = -math.inf) -> None:
        """Keep *token*, which somebody gave, as the newest; nobody is told."""
        self._custody.take(Signed(token, new_at=new_at), source)

    def give(self, refresh_token: str) -> None:
        """Let the next renewal use a refresh token that the caller has."""
        token = self.current()
        if token is None:
            self.state.has_seed, self.state.orphan = True, False
            self.state.refusals.rejected, self._exchange.seed = None, refresh_token
        elif token.refresh_token != refresh_token:
            self.take(token._replace(refresh_token=refresh_token), "given")

    def drop(self, refused: Token, reason: str) -> None:
        """
        Give up *refused* and its refresh token, unless a newer token is there.

        Raises:
            StoreError: If the store cannot; it is given up here all the same.
        """
        self._custody.drop(refused, reason)

    def forget(self) -> None:
        """
        Drop the token here and in the store.

        Raises:
            StoreError: If the store cannot; it is dropped here all the same.
        """
        self._custody.forget()

    def _renew(
        self,
        known: Token | None,
        why: str,
        permit: Permit | None = None,
        *,
        limit_s: float | None = None,
    ) -> Outcome:
        newer, before = self._newest.look(known)
        if newer is not None:
            return Outcome(newer, asked=False)
        self._raise_remembered()
        with self._held(limit_s):
            self.state.catch_up(is_held=True)
            newer, entry = self._newest.look(known, before)
            if newer is not None:
                return Outcome(newer, asked=False)
            if entry.failure and is_news(entry.failure, before.failure, self._clock()):
                raise error_of(entry.failure)
            if permit is not None and not permit():
                return Outcome(None, asked=False)
            signed, how = self._ask(entry, why)
        if how != "store":
            self._tell(signed.token, entry.token, (why, how))
        return Outcome(signed, asked=how != "store")

    def _ask(self, entry: Entry, why: str) -> tuple[Signed, str]:
        try:
            token, how = self._exchange.obtain(entry, retries=why != "ahead")
        except TokenRequestError as error:
            # One attempt ahead of the end says little: whoever waited tries in earnest.
            if why != "ahead" or isinstance(error, CredentialsRejected | LoginRequired):
                self._exchange.note_failure(error, entry)
            raise
        # WSO2 answers the token already held: to ask ahead again would never end
        # (google-auth met the same, its issue 1146).
        same = entry.token is not None and token.bearer == entry.token.bearer
        renewed = Entry(token, same=same, seed=self.state.seed or entry.seed)
        signed = Signed(token, same=same, new_at=self._clock())
        try:
            self.state.save(renewed)
        finally:
            # Adopted even when the disk is full: the old refresh token is spent by now.
            self.state.adopt(signed, how)
        return signed, how

    def _raise_remembered(self) -> None:
        # Read once: another thread may clear it.
        rejected = self.state.refusals.rejected
        if rejected and 0 <= self._clock() - rejected[1] < REMEMBERED_S:
            raise again(rejected[0])

    def _at_end(self, signed: Signed) -> Signed:
        try:
            return self.renewed(signed.token, "expired")
        except XAuthError as error:
            now_at = self._clock()
            left_s = signed.token.left_s(now_at)
            if left_s <= 0:
                raise
            log.warning("%s Its token is used for its last seconds.", error)
            signed.end_at = signed.ahead_at = now_at + min(1.0, left_s)
            return signed

    def _renew_ahead(self, signed: Signed) -> None:
        if self._exchange.can_renew(signed.token):
            self._ahead.start(signed, lambda: self._renew(signed.token, "ahead"))
        else:
            self.state.ahead_at = signed.end_at

    def _held(self, limit_s: float | None = None) -> AbstractContextManager[None]:
        wait_s = _HOLD_DEADLINES * self.endpoint.deadline_s + _HOLD_MARGIN_S
        if limit_s is not None:
            wait_s = min(wait_s, limit_s)
        return self.state.held(wait_s=wait_s, who=self._provider.name)

    def _tell(self, token: Token, old: Token | None, why_how: tuple[str, str]) -> None:
        who = (self._provider.name, self._account)
        self.state.last = Renewal.of(token, old, (*who, *why_how))
        log.info("renewed %s: %s", self._provider.name, token)
        tell(self.state.last, self.listeners)
