"""How one token is exchanged for a newer one: refresh token first, then the grant again.

Rule: everything here runs under the store's hold; what could be lost is on record before
it is sent.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timezone

from ._endpoint import Endpoint
from ._failure import again, failure_of
from ._provider import Provider
from ._state import State
from ._store import Entry, seed_mark
from ._token import Token, mark_of
from .errors import (
    CredentialsRejected,
    LoginRequired,
    ProviderUnavailable,
    StoreError,
    TokenRequestError,
)
from .grants import Grant

log = logging.getLogger("requests_xauth")


class Exchange:
    """
    The ways to a newer token, in their order.

    Attributes:
        seed: The caller's own refresh token, or None.
    """

    def __init__(
        self,
        provider: Provider,
        grant: Grant,
        *,
        endpoint: Endpoint,
        state: State,
        clock: Callable[[], float],
        seed: str | None,
    ) -> None:
        """Take what it needs; ask for nothing yet."""
        self._provider = provider
        self._grant = grant
        self._endpoint = endpoint
        self._state = state
        self._clock = clock
        self.seed = seed

    def obtain(self, entry: Entry, *, retries: bool) -> tuple[Token, str]:
        """
        Return a newer token than *entry* has, and the grant type that gave it.

        A token that a sibling saved meanwhile, past the hold, comes with "store".

        Raises:
            TokenRequestError: In the class that says what to do next.
            StoreError: If what is about to happen cannot be put on record.
        """
        refused: TokenRequestError | None = None
        for refresh_token, seed in self._refresh_tokens(entry):
            try:
                token = self._refresh(entry, refresh_token, seed=seed, retries=retries)
            except TokenRequestError as error:
                sibling = self._sibling(entry)
                if sibling is not None:
                    return sibling, "store"
                if self._is_final(error):
                    raise
                refused = error
                if not isinstance(error, LoginRequired):
                    break  # nonsense says nothing of the refresh token
            else:
                return token, "refresh_token"
        if self._grant.personal:
            raise refused or self._login_required(entry)
        form = self._grant.form()
        token = self._endpoint.ask(form, retries=retries, held=entry.token)
        return token, self._grant.grant_type

    def can_renew(self, token: Token) -> bool:
        """Tell whether a newer token than *token* can be had without a person."""
        return bool(token.refresh_token) or not self._grant.personal

    def note_failure(self, error: TokenRequestError, before: Entry) -> None:
        """
        Put *error* on record for those who waited, and for a short while after.

        Args:
            error: What the exchange has raised.
            before: What the store had before it.
        """
        if error.status_code is None and not isinstance(error, ProviderUnavailable):
            return  # nobody was asked: to say so again costs nothing
        now_at = self._clock()
        if isinstance(error, CredentialsRejected | LoginRequired):
            # A copy: the error itself holds frames, and the response that led here.
            self._state.refusals.rejected = (again(error), now_at)
        try:
            entry = self._buried(self._state.load(), error, before)
            self._state.save(entry._replace(failure=failure_of(error, now_at)))
        except StoreError as store_error:
            log.warning("%s; %s", error, store_error)

    def _buried(self, entry: Entry, error: TokenRequestError, before: Entry) -> Entry:
        # Where the same answer may mean a wrong client secret the refresh token stays; a
        # refusal has not spent it, so what is told of that is what was told before.
        if isinstance(error, CredentialsRejected) or error.doubt:
            told = {"spending": before.spending, "spending_at": before.spending_at}
            return entry._replace(**told)
        if not isinstance(error, LoginRequired):
            return entry
        token = entry.token and entry.token.without_refresh_token()
        seed = self._state.seed or entry.seed
        return entry._replace(token=token, dead=str(error), spending=None, seed=seed)

    def _is_final(self, error: TokenRequestError) -> bool:
        if not isinstance(error, CredentialsRejected):
            return isinstance(error, ProviderUnavailable)
        # Only this code is surely about the client (RFC 6749, section 5.2). A bare 401 may
        # be about the refresh token, and another grant may be open to the client.
        return self._grant.personal or error.code == "invalid_client"

    def _refresh_tokens(self, entry: Entry) -> Iterator[tuple[str, str | None]]:
        held = entry.token and entry.token.refresh_token
        seed = seed_mark(self.seed) if self.seed else None
        if held:
            yield held, seed if held == self.seed else None
        # A cron script passes the same, long-spent one at each run: the store's wins,
        # and one that was tried before is not tried again.
        tried = (None, entry.seed, self._state.seed)
        if (
            self.seed
            and seed not in tried
            and held != self.seed
            and not self._state.orphan
        ):
            yield self.seed, seed

    def _refresh(
        self, entry: Entry, refresh_token: str, *, seed: str | None, retries: bool
    ) -> Token:
        once = self._provider.refresh_once
        if once:
            # On record before it is sent: after a crash here the next process knows why
            # the refresh token is dead.
            mark, now_at = mark_of(refresh_token), self._clock()
            since = entry.spending_at if entry.spending == mark else None
            spending_at = now_at if since is None else since
            self._state.save(entry._replace(spending=mark, spending_at=spending_at))
        try:
            token = self._endpoint.ask(
                {"grant_type": "refresh_token", "refresh_token": refresh_token},
                retries=retries,
                may_resend=(lambda: self._sibling(entry) is None) if once else None,
                held=entry.token,
            )
        except ProviderUnavailable as error:
            if once and not error.arrived:
                self._state.save(entry)  # not spent, so nothing to tell of it later
            raise
        except LoginRequired as error:
            # A seed counts as used from here on, or from its success: an outage before
            # must not cost a login.
            if seed and not error.doubt:
                self._state.seed = seed
            raise self._with_history(error, entry, refresh_token) from error.__cause__
        self._state.seed = seed or self._state.seed
        if token.refresh_token is None:  # RFC 6749, section 6: then the old one stays
            token = token._replace(refresh_token=refresh_token)
        return token

    def _with_history(
        self, error: LoginRequired, entry: Entry, refresh_token: str
    ) -> LoginRequired:
        if entry.spending != mark_of(refresh_token) or entry.spending_at is None:
            return error
        sent = datetime.fromtimestamp(entry.spending_at, timezone.utc)
        story = (
            f"{error} It had been sent before, at {sent:%Y-%m-%d %H:%M:%S} UTC, by a"
            " process or a request that got no token for it."
        )
        told = LoginRequired(story)
        told.__dict__.update(error.__dict__)
        return told

    def _sibling(self, entry: Entry) -> Token | None:
        token = self._state.load().token
        if token is None or (entry.token and token.bearer == entry.token.bearer):
            return None
        return token if token.left_s(self._clock()) > 0 else None

    def _login_required(self, entry: Entry) -> LoginRequired:
        name = self._provider.name
        if entry.dead:
            return LoginRequired(entry.dead, provider=name)
        if self._state.orphan:
            return LoginRequired(
                f"The token of {name} has ended, and its refresh token works only once"
                " and stayed with the process that this one comes from: give both"
                " store=, such as store='file', to share it.",
                provider=name,
            )
        return LoginRequired(
            f"No token of {name} can be had without a person: log in, with auth.login().",
            provider=name,
        )
