"""Tokens as dicts, the way users of OAuth2Session keep them and give them back.

Rule: a saved token's moments are on the caller's clock; one without a bearer is refused,
and no person's token takes the place of another's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._answer import Nonsense, token_of
from ._engine import Engine
from ._expiry import Moment, number
from ._provider import Provider
from ._setup import Setup
from ._store import seed_mark
from ._token import Token
from .errors import ConfigError

_TIMES = ("expires_in", "expires_at")


def members_of(token: Token) -> dict[str, Any]:
    """Return *token* as a dict that `token_from` reads; what it lacks is left out."""
    members = token.to_dict()
    for name in ("access_token", "scope"):
        if not members[name]:
            del members[name]
    if token.expires_at is not None:
        members["expires_in"] = round(token.expires_at - token.obtained_at)
    return members


def token_from(given: object, provider: Provider, now_at: float) -> Token:
    """
    Return the token that a caller saved as *given*.

    ``expires_at`` wins over ``expires_in``, which counts from now; both may be numbers or
    numeric text, and an end in the past is an end.

    Raises:
        ConfigError: If *given* is no mapping, or has no bearer that could be sent.
    """
    if isinstance(given, Token):
        given = members_of(given)
    if not isinstance(given, Mapping):
        kind = type(given).__name__
        raise ConfigError(
            f"A token is given as the dict that a token endpoint answers, not as {kind}."
        )
    token = _read(given, provider, now_at)
    lifetime_s = number(given.get("expires_in"))
    expires_at = number(given.get("expires_at"))
    if expires_at is None:
        ends_at = token.expires_at if lifetime_s is None else now_at + lifetime_s
        return token._replace(expires_at=ends_at)
    # How long it was given for decides how early it is renewed.
    began_at = expires_at - lifetime_s if lifetime_s else now_at
    return token._replace(expires_at=expires_at, obtained_at=min(now_at, began_at))


def hand_over(token: Token, setup: Setup, engine: Engine) -> None:
    """
    Give *token* to the engine of a new session, unless a newer one is there.

    Raises:
        ConfigError: If another person's token could be there.
    """
    held, now_at = engine.current(), setup.clock()
    if not engine.state.private:
        _check_account(setup)
    if held is None or (held.left_s(now_at) <= 0 and not held.refresh_token):
        engine.take(token, "given")
    elif not engine.state.private:
        return  # a script gives the same, long-spent one at each run: the store's wins
    elif held.bearer == token.bearer:
        kept = token.refresh_token or held.refresh_token
        engine.take(token._replace(refresh_token=kept), "given")
    elif seed_mark(token.bearer) not in engine.state.past:
        _check_person(token, held, setup)
        if token.left_s(now_at) >= held.left_s(now_at):
            engine.take(token, "given")


def _read(given: Mapping[Any, Any], provider: Provider, now_at: float) -> Token:
    answer = {n: v for n, v in given.items() if v is not None and n not in _TIMES}
    if isinstance(answer.get("scope"), tuple | set | frozenset):
        answer["scope"] = list(answer["scope"])
    # Where the id_token is the bearer the access token may have been left out.
    answer = {"access_token": answer.get(provider.bearer), **answer}
    try:
        token = token_of(answer, provider, asked="", at=Moment(now_at, now_at))
    except Nonsense as why:
        raise ConfigError(
            f"The token given for {provider.name} is one {why}."
        ) from None
    return token if given.get("access_token") else token._replace(access_token="")


def _check_account(setup: Setup) -> None:
    if setup.grant.personal and setup.account is None:
        raise ConfigError(
            "token= for an auth object with store= needs its account=: without it the"
            " second person would get the first one's token."
        )


def _check_person(token: Token, held: Token, setup: Setup) -> None:
    if setup.grant.personal:
        raise ConfigError(
            f"This auth object of {setup.provider.name} has the token {held.mark}"
            f" already, and token= is another, {token.mark}: two people cannot share one"
            " auth object. Make one for each, or set session.token to replace it."
        )
