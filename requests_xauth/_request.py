"""How a token request is written: its form, the client's authentication, the hooks.

Rule: one method of client authentication per request (RFC 6749, section 2.3), and every
secret that goes in is known to the one who keeps it out of messages.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode

from requests import PreparedRequest, Request, RequestException
from requests.utils import default_user_agent

from ._provider import CLIENT_AUTHS, Provider, one_of
from ._redact import Secrets, secret_values
from ._urls import checked_endpoint
from ._version import __version__
from .errors import ConfigError
from .grants import Grant

Hooks = Mapping[str, "set[Callable[..., Any]]"]
Changed = tuple[str, "dict[str, str]", "dict[str, Any]"]

HOOKS = (
    "access_token_response",
    "refresh_token_response",
    "protected_request",
    "refresh_token_request",
    "access_token_request",
)
_STANDARD = {
    "Accept": "application/json",
    "Content-Type": "application/x-www-form-urlencoded",
}
# What an access_token_request hook may give, as keywords of requests.Request.
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


def hook_name(hook: Callable[..., Any]) -> str:
    """Return what to call *hook* in a message."""
    return str(getattr(hook, "__qualname__", type(hook).__name__))


def hook_prefix(grant_type: str) -> str:
    """Return whose hooks see a request of that type: refresh_token or access_token."""
    return "refresh_token" if grant_type == "refresh_token" else "access_token"


class Letter:
    """A token request, written and not yet sent."""

    def __init__(self, provider: Provider, grant: Grant, client_auth: str) -> None:
        """Begin with who asks whom, and how the client authenticates."""
        self._provider = provider
        self._basic = _basic(client_auth, grant)
        self._in_form = _in_form(client_auth, grant)
        self.secrets = Secrets(grant.secrets())
        self.secrets.add(self._basic or "")

    def request(self, form: Mapping[str, str], hooks: Hooks) -> PreparedRequest:
        """
        Return the request that asks with *form*, as the hooks want it.

        Raises:
            ConfigError: If a hook wants what cannot be sent.
        """
        change = (
            _refresh
            if hook_prefix(form.get("grant_type", "")) == "refresh_token"
            else _access
        )
        fields = {**form, **self._in_form}
        url, headers, options = change(self._provider.token_url, fields, hooks)
        self._remember(form, options)
        name = self._provider.name
        checked_endpoint(url, f"The token URL of {name} that a hook gave")
        headers = self._headers(headers)
        try:
            # Not by a session: no cookies, no ~/.netrc, nothing of anybody's defaults.
            return Request("POST", url, headers=headers, **options).prepare()
        except (RequestException, ValueError, TypeError) as error:
            # Without the cause, whose text has the value in it.
            kind = type(error).__name__
        raise ConfigError(
            f"The token request of {name} cannot be written ({kind}): look at its token"
            " URL and its token request hooks."
        )

    def _headers(self, given: Mapping[str, str]) -> dict[str, str]:
        headers = {**_defaults(), **given}
        # What a hook has set is meant; two methods are never sent.
        if self._basic and "authorization" not in map(str.lower, headers):
            headers["Authorization"] = f"Basic {self._basic}"
        return headers

    def _remember(self, form: Mapping[str, str], options: Mapping[str, Any]) -> None:
        # "code" is secret in a request alone: in an answer it names an error.
        self.secrets.add(form.get("code", ""), *secret_values(form))
        self.secrets.add(*secret_values(options))
        if isinstance(options.get("data"), str):
            self.secrets.add(*secret_values(dict(parse_qsl(options["data"]))))


def _defaults() -> dict[str, str]:
    return {
        "User-Agent": f"requests-xauth/{__version__} {default_user_agent()}",
        # The answer is small, and what is not packed cannot burst.
        "Accept-Encoding": "identity",
        "Connection": "close",
    }


def _basic(client_auth: str, grant: Grant) -> str | None:
    if client_auth in _NO_SECRET or client_auth == "body":
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


def _access(url: str, fields: dict[str, str], hooks: Hooks) -> Changed:
    headers, options = dict(_STANDARD), {"data": fields}
    for hook in tuple(hooks["access_token_request"]):
        url, headers, options = _three(hook, hook(url, headers, options))
    unknown = set(options) - _KEYWORDS
    if unknown:
        raise ConfigError(
            f"An access_token_request hook gave {', '.join(sorted(unknown))}: a token"
            " request takes data, params and json; for the rest there is session=."
        )
    return url, headers, options


def _refresh(url: str, fields: dict[str, str], hooks: Hooks) -> Changed:
    headers, body = dict(_STANDARD), urlencode(fields)
    for hook in tuple(hooks["refresh_token_request"]):
        url, headers, body = _three(hook, hook(url, headers, body))
    return url, headers, {"data": body}


def _three(hook: Callable[..., Any], given: Any) -> Any:
    if not isinstance(given, tuple) or len(given) != 3:
        raise ConfigError(
            f"The hook {hook_name(hook)} must return what it was given, a tuple of"
            f" three, not {type(given).__name__}."
        )
    return given
