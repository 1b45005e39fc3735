"""
Xee: a person logs in once, refresh tokens do the rest.

Runs against the sandbox, whose authorize() does what the person does in the browser. The
real one is XeeAuth(redirect_uri="https://…"), which looks for XEE_CLIENT_ID and
XEE_CLIENT_SECRET in the environment.
"""

import requests

from requests_xauth import XeeAuth, errors
from requests_xauth.sandbox import Sandbox

with Sandbox() as box, requests.Session() as session:
    auth = session.auth = XeeAuth(**box.xee.credentials, scope="users_read cars_read")

    url, state = auth.authorization_url()
    auth.fetch_token(authorization_response=box.xee.authorize(url), state=state)
    print("logged in:", session.get(box.xee.api_url, timeout=30).status_code)

    box.xee.expire()
    print("an hour later:", session.get(box.xee.api_url, timeout=30).status_code)

    box.xee.deny(reason="scope")
    refused = session.get(box.xee.api_url, timeout=30)
    print("without the scope:", refused.status_code, refused.json()[0]["message"])
    box.xee.allow()

    # The person takes the permission back, at Xee: no token helps any more.
    box.xee.revoke()
    refused = session.get(box.xee.api_url, timeout=30)
    print("revoked:", refused.status_code, refused.json()[0]["message"])
    try:
        session.get(box.xee.api_url, timeout=30)
    except errors.LoginRequired as error:
        print(error)
