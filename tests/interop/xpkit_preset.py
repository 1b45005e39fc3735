"""XPKit's preset for machines as the tests use it.

Rule: each test has an application of its own, so that no token is left from another.
"""

from __future__ import annotations

from typing import Any

from interop.toolkit_client import Application

from requests_xauth import XPKitAuth

PROFILES = "/api/profiles/"
ALERTS = "/api/alerts/"  # its scope is not among those granted
TOKEN = "/api/token/"


def make_auth(application: Application, **changes: Any) -> XPKitAuth:
    """Return the preset for *application*, with *changes*."""
    arguments = {
        "client_id": application.client_id,
        "client_secret": application.client_secret,
        "base_url": application.server.base_url,
    }
    return XPKitAuth("emea", **{**arguments, **changes})
