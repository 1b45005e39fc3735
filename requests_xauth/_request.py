"""How a token request is written: its form, the client's authentication, the hooks.

Rule: one method of client authentication per request (RFC 6749, section 2.3), and every
secret that goes in is known to the one who keeps it out of messages.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode

import requests

from ._provider import CLIENT_AUTHS, Provider, checked_endpoint, one_of
from ._redact import Secrets, secret_values
from ._version import __version__
from .errors import ConfigError
from .grants import Grant

Hooks = Mapping[str, "set[Callable[..., Any]]"]

HOOKS = (
    "access_token_response",
    "refresh_token_response",
    "protected_request",
    "refresh_token_request",
    "access_token_request",
)
# What an access_token_request hook may fill in, as keywords of requests.Request.
_KEYWORDS = frozenset({"data", "params", "json"})
_NO_SECRET = frozenset({"body", "none"})


def checked_client(client_auth: str, grant: Grant, name: str) -> str:
    """
    Return *client_auth* if *grant*'s client can authenticate so.

    Raises:
        ConfigError: If it is unknown, lacks the secret, or cannot carry the client id.
    """
    one_of(client_auth, CLIENT_AUTHS, "client_auth")
    if grant.client_secret is None and client_auth not in _NO_SECRET:
        raise ConfigError(
            f'client_auth="{client_auth}" of {name} needs a client secret: pass'
            ' client_secret=, or client_auth="none" for a client that has none.'
        )
    if client_auth == "basic" and ":" in grant.client_id:
        # RFC 7617, section 2: the first colon ends the user name.
        raise ConfigError(
            f'The client id of {name} has a ":" in it, which client_auth="basic" cannot'
            ' carry: use client_auth="basic-form".'
        )
    return client_auth


def other_auth(client_auth: str, grant: Grant) -> str | None:
    """Return the other form of Basic, if it would send these credentials differently."""
    others = {"basic": "basic-form", "basic-form": "basic"}
    pair = f"{grant.client_id}{grant.client_secret}"
    if client_auth not in others or quote_plus(pair) == pair:
        return None
    return None if ":" in grant.client_id else others[client_auth]


def hook_prefix(form: Mapping[str, str]) -> str:
    """Return which hooks *form* belongs to: refresh_token or access_token."""
    refresh = form.get("grant_type") == "refresh_token"
    return "refresh_token" if refresh else "access_token"


class Letter:
    """A token request, written and not yet sent."""

    def __init__(self, provider: Provider, grant: Grant, client_auth: str) -> None:
        """Begin with who asks whom, and how the client authenticates."""
        self._provider = provider
        self._grant = grant
        self._basic = _basic(client_auth, grant)
        self._in_form = _in_form(client_auth, grant)
        self.secrets = Secrets(grant.secrets())
        self.secrets.add(self._basic or "")

    def request(self, form: Mapping[str, str], hooks: Hooks) -> requests.Request:
        """
        Return the request that asks with *form*, as the hooks want it.

        Raises:
            ConfigError: If a hook wants what cannot be.
        """
        fields = {**form, **self._in_form}
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        change = _refresh if hook_prefix(form) == "refresh_token" else _access
        url, headers, options = change(self._provider.token_url, headers, fields, hooks)
        self._remember(form, options)
        what = f"The token URL of {self._provider.name} that a hook gave"
        return requests.Request(
            "POST",
            checked_endpoint(url, what),
            headers={**_defaults(), **headers},
            auth=self._sign,
            **options,
        )

    def _sign(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        # Also where there is nothing to add: with an auth of its own requests leaves
        # ~/.netrc alone. What a hook has set is meant; two methods are never sent.
        if self._basic and "Authorization" not in request.headers:
            request.headers["Authorization"] = f"Basic {self._basic}"
        return request

    def _remember(self, form: Mapping[str, str], options: Mapping[str, Any]) -> None:
        # "code" is secret in a request alone: in answers it names an error.
        self.secrets.add(form.get("code", ""), *secret_values(form))
        self.secrets.add(*secret_values(options))
        if isinstance(options.get("data"), str):
            fields = dict(parse_qsl(options["data"], keep_blank_values=True))
            self.secrets.add(*secret_values(fields))


def _defaults() -> dict[str, str]:
    return {
        "User-Agent": f"requests-xauth/{__version__} {requests.utils.default_user_agent()}",
        # The answer is small, and what nobody packs nobody has to unpack within limits.
        "Accept-Encoding": "identity",
        "Connection": "close",
    }


def _basic(client_auth: str, grant: Grant) -> str | None:
    if client_auth not in {"basic", "basic-form"}:
        return None
    pair = [grant.client_id, grant.client_secret or ""]
    if client_auth == "basic-form":
        pair = [quote_plus(value) for value in pair]  # RFC 6749, section 2.3.1
    # UTF-8, not the latin-1 of requests (RFC 7617, section 2.1).
    return base64.b64encode(":".join(pair).encode()).decode()


def _in_form(client_auth: str, grant: Grant) -> dict[str, str]:
    if client_auth == "body" and grant.client_secret is not None:
        return {"client_id": grant.client_id, "client_secret": grant.client_secret}
    return {"client_id": grant.client_id} if client_auth in _NO_SECRET else {}


Changed = tuple[str, "dict[str, str]", "dict[str, Any]"]


def _access(
    url: str, headers: dict[str, str], fields: dict[str, str], hooks: Hooks
) -> Changed:
    options: Any = {"data": fields}
    for hook in tuple(hooks["access_token_request"]):
        url, headers, options = _three(hook, hook(url, headers, options))
    unknown = set(options) - _KEYWORDS
    if unknown:
        raise ConfigError(
            f"An access_token_request hook gave {', '.join(sorted(unknown))}: a token"
            " request takes data, params and json; for the rest see session=."
        )
    return url, headers, options


def _refresh(
    url: str, headers: dict[str, str], fields: dict[str, str], hooks: Hooks
) -> Changed:
    body: Any = urlencode(fields)
    for hook in tuple(hooks["refresh_token_request"]):
        url, headers, body = _three(hook, hook(url, headers, body))
    return url, headers, {"data": body}


def _three(hook: Callable[..., Any], given: Any) -> Any:  # noqa: ANN401  # a hook's answer
    if not isinstance(given, tuple) or len(given) != 3:  # noqa: PLR2004  # the hooks' signature
        raise ConfigError(
            f"The hook {getattr(hook, '__qualname__', hook)!s} must return what it was"
            f" given, a tuple of three, not {type(given).__name__}."
        )
    return given
