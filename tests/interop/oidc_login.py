"""A provider of one's own for oidc-provider: made, logged in, and called.

Rule: each object has a store of its own, unless a test shares one.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import requests
from interop.oidc_client import ME, OIDC, TOKEN, Client, Visitor
from interop.server import REDIRECT_URI

from requests_xauth import Provider, XAuth, stores
from requests_xauth.grants import AuthorizationCode


def make_auth(
    client: Client,
    *,
    store: Any = None,
    redirect_uri: str = REDIRECT_URI,
    **changes: Any,
) -> XAuth:
    """Return an auth for people at *client*'s server, its provider with *changes*."""
    root = client.server.base_url
    public = client.client_id.startswith(("public", "native"))
    secret = changes.pop("client_secret", None if public else client.client_secret)
    facts = {
        "client_auth": "none" if public else "basic",
        "hosts": [urlsplit(root).netloc],
        "issuer": root,
    }
    provider = Provider(
        "Acme", root + TOKEN, f"{root}/authorize/", **{**facts, **changes}
    )
    grant = AuthorizationCode(client.client_id, secret, redirect_uri, "openid")
    return XAuth(provider, grant, store=store or stores.MemoryStore())


def log_in(auth: XAuth, person: Visitor) -> str:
    """Log *person* in at the real page, exchange the code, return the redirect URL."""
    url, _state = auth.authorization_url()
    redirect = person.allow(url)
    auth.fetch_token(authorization_response=redirect)
    return redirect


def call(auth: XAuth, server: OIDC, path: str = ME) -> requests.Response:
    """Call the API once."""
    return requests.get(server.base_url + path, auth=auth)
