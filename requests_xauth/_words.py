"""What a rejected token request is told as: the provider's words and one next step.

Rule: who refused, what, with which value, what to do next; the provider's words are shown
as they are, but for secrets, their length and what cannot be printed.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from requests import Response

from ._provider import Provider, Refusal
from ._redact import Secrets
from .errors import CredentialsRejected, LoginRequired, TokenRequestError
from .grants import Grant


class Asked(NamedTuple):
    """What a token request was: by whom, for which grant, with which secrets."""

    provider: Provider
    grant: Grant
    grant_type: str
    scope: str
    secrets: Secrets
    other_auth: str | None  # the client_auth worth trying with these credentials


# What to do about a code of RFC 6749, section 5.2, whatever its class.
_STEPS: Mapping[str | None, str] = MappingProxyType(
    {
        "invalid_scope": "Check scope=.",
        "unauthorized_client": "Check that this client may use the grant {grant_type}.",
        "unsupported_grant_type": "Check that the provider has the grant {grant_type}.",
    }
)
_PLAIN: Mapping[str, str] = MappingProxyType(
    {
        "CLIENT_ID": "the client id",
        "CLIENT_SECRET": "the client secret",
        "USERNAME": "the user name",
        "PASSWORD": "the password",
    }
)


def told(
    response: Response, refusal: Refusal, asked: Asked, *, flaw: str | None
) -> str:
    """Return the provider's words with the status, as they follow "refused …"."""
    # A code that the provider's reader has put in is none of its words.
    is_own = (refusal.code or "").encode("utf-8", "replace") in (
        response.content or b""
    )
    code = asked.secrets.words(refusal.code or "") if is_own else ""
    words = asked.secrets.words(refusal.description or "").rstrip(".")
    said = f'{code}, "{words}"' if code and words else code or words
    if said:
        return f": {said} (HTTP {response.status_code})"
    form = flaw or asked.secrets.words(_form(response))
    return f" (HTTP {response.status_code}{form and ', '}{form})"


def next_step(kind: type[TokenRequestError], refusal: Refusal, asked: Asked) -> str:
    """Return the one thing to do after a refusal that is an error of *kind*."""
    if refusal.doubt:
        return f"Either {refusal.doubt}: log in again, or check the credentials."
    if refusal.tip:
        return asked.secrets.words(refusal.tip).rstrip(".") + "."
    if refusal.code in _STEPS:
        return _STEPS[refusal.code].format(grant_type=asked.grant_type)
    if kind is CredentialsRejected:
        return _check(refusal, asked)
    if kind is LoginRequired:
        return "Log in again."
    docs = asked.provider.docs
    return f"See {docs}." if docs else "Look at the error's response."


def later(wait_s: float | None) -> str:
    """Return when to try again."""
    return f"Try again in {wait_s:.0f} s." if wait_s else "Try again later."


def unless_spent(step: str, asked: Asked, *, arrived: bool) -> str:
    """Return *step*, or what else to do where a code that works once may be used up."""
    if arrived and asked.grant_type == "authorization_code":
        # RFC 6749, section 4.1.2: a code that comes twice may cost the whole grant.
        return "The authorization code works once and may be used up: log in again."
    return step


def _form(response: Response) -> str:
    if not (response.content or b"").strip():
        return "without a reason"
    kind = (response.headers.get("Content-Type") or "").split(";")[0].strip()
    return kind if kind.isascii() and kind.isprintable() else ""


def _check(refusal: Refusal, asked: Asked) -> str:
    client = (
        ("CLIENT_ID", "CLIENT_SECRET") if asked.grant.client_secret else ("CLIENT_ID",)
    )
    user = ("USERNAME", "PASSWORD") if asked.grant_type == "password" else ()
    names = user if refusal.code == "invalid_grant" else client
    if refusal.code is None:
        # Whether the client or the user was refused is not said.
        names = (*client, *user)
    other = "" if names == user else asked.other_auth
    again = f'; if they are right, try client_auth="{other}"' if other else ""
    return f"Check {_listed(names, asked.provider.environ)}{again}."


def _listed(names: tuple[str, ...], environ: str | None) -> str:
    shown = [f"{environ}_{name}" if environ else _PLAIN[name] for name in names]
    head, last = ", ".join(shown[:-1]), shown[-1]
    return f"{head} and {last}" if head else last
