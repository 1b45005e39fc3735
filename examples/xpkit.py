"""
XPKit, for an application: the one line, and what it saves you.

Runs against the sandbox. With an application of your own it is XPKitAuth(region="emea"),
which looks for XPKIT_CLIENT_ID and XPKIT_CLIENT_SECRET in the environment.
"""

import requests

from requests_xauth import XPKitAuth
from requests_xauth.sandbox import Sandbox

with Sandbox() as box, requests.Session() as session:
    session.auth = XPKitAuth(**box.xpkit.credentials)

    for _ in range(3):
        session.get(box.xpkit.api_url, timeout=30).raise_for_status()
    print("3 calls,", box.xpkit.token_requests, "token request")

    # Somebody changes the application's scopes in the portal: all its tokens are dead.
    box.xpkit.revoke()
    response = session.get(box.xpkit.api_url, timeout=30)
    print(f"HTTP {response.history[0].status_code}, then {response.status_code}")

    # A missing permission gets the same 403. It costs one renewal, not one for each call.
    box.xpkit.deny("/api/exports/")
    before = box.xpkit.token_requests
    for _ in range(3):
        response = session.get(box.xpkit.url("/exports/"), timeout=30)
    asked = box.xpkit.token_requests - before
    print(f"3 calls, HTTP {response.status_code}, {asked} token request")
