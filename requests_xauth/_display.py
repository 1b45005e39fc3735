"""How an auth object shows itself: a repr and a paste-safe explanation.

Rule: marks and moments only; whatever is shown here can be pasted into a ticket.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ._engine import Engine
    from ._setup import Setup
    from ._state import Renewal


class Explanation(NamedTuple):
    """
    What is known of an auth object's token; no secrets.

    Attributes:
        provider: The provider's name.
        token_url: Where tokens are asked for.
        grant: The grant type.
        client_id: The client id.
        account: The label given by the caller, or None.
        hosts: Which hosts may see the token.
        store: The store's repr.
        source: Where the token at hand came from: a grant type, "store", or None.
        mark: The token's mark, or None without a token.
        scope: Its granted scope.
        age_s: Seconds since it was asked for, or None.
        left_s: Seconds to its end, or None if that is unknown.
        refreshable: Whether it came with a refresh token.
        last_renewal: The last renewal here, or None.
        last_denial: The API's last refusal as (age in seconds, status, verdict), or None.
    """

    provider: str
    token_url: str
    grant: str
    client_id: str
    account: str | None
    hosts: tuple[str, ...]
    store: str
    source: str | None
    mark: str | None
    scope: tuple[str, ...]
    age_s: float | None
    left_s: float | None
    refreshable: bool
    last_renewal: Renewal | None
    last_denial: tuple[float, int, str] | None

    def __str__(self) -> str:
        """Return one line for each fact."""
        return "\n".join(f"{name}: {value}" for name, value in self._asdict().items())


def explanation(setup: Setup, engine: Engine) -> Explanation:
    """Return what is known now, without a token request."""
    state = engine.state
    token = engine.current()
    now_at = setup.clock()
    denial = state.denial
    return Explanation(
        provider=setup.provider.name,
        token_url=setup.provider.token_url,
        grant=setup.grant.grant_type,
        client_id=setup.grant.client_id,
        account=setup.account,
        hosts=setup.hosts,
        store="this process" if setup.store is None else repr(state.store),
        source=state.source if state.signed else ("store" if token else None),
        mark=token.mark if token else None,
        scope=token.scope if token else (),
        age_s=now_at - token.obtained_at if token else None,
        left_s=token.left_s(now_at) if token and token.expires_at is not None else None,
        refreshable=bool(token and token.refresh_token),
        last_renewal=state.last,
        last_denial=denial and (now_at - denial[0], denial[1], denial[2]),
    )


def short(kind: str, setup: Setup, engine: Engine) -> str:
    """Return a repr: what it is for, and which token it holds; no store is asked."""
    signed = engine.state.signed
    parts = [kind, setup.provider.name, f"client {setup.grant.client_id!r}"]
    if setup.account is not None:
        parts.append(f"account {setup.account!r}")
    if signed is None:
        return f"<{', '.join(parts)}, no token yet>"
    token = signed.token
    left = "end unknown"
    if token.expires_at is not None:
        left = f"{token.left_s(setup.clock()):.0f} s left"
    return f"<{', '.join(parts)}, token {token.mark}, {left}>"
