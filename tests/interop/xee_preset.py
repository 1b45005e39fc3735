"""Xee's preset as the tests use it: made, logged in, and called.

Rule: each object has a store of its own, unless a test shares one.
"""

from __future__ import annotations

from typing import Any

import requests
from interop.server import REDIRECT_URI
from interop.toolkit_client import Application, Person, Toolkit

from requests_xauth import XeeAuth, stores

ME = "/v3/users/me"
TRIPS = "/v3/trips/1"  # its scope is not among those granted
TOKEN = "/v3/auth/access_token"


def make_auth(application: Application, **changes: Any) -> XeeAuth:
    """Return the preset for *application*, with *changes*."""
    arguments: dict[str, Any] = {
        "client_id": application.client_id,
        "client_secret": application.client_secret,
        "redirect_uri": REDIRECT_URI,
        "base_url": application.server.xee_url,
        "store": stores.MemoryStore(),
    }
    return XeeAuth(**{**arguments, **changes})


def log_in(auth: XeeAuth, person: Person) -> None:
    """Log *person* in at the real page and exchange the code."""
    url, _state = auth.authorization_url()
    auth.fetch_token(authorization_response=person.allow(url))


def call(auth: XeeAuth, server: Toolkit, path: str = ME) -> requests.Response:
    """Call the API once."""
    return requests.get(server.base_url + path, auth=auth)
