"""
XPKit, for a person who signs in: authorization code and PKCE, no secret.

Runs against the sandbox, whose authorize() does what the person does in the browser. A
web site sends the browser to the address, and takes what comes back to redirect_uri:
see web_login.py.
"""

import requests

from requests_xauth import XPKitUserAuth, errors
from requests_xauth.sandbox import Sandbox

with Sandbox() as box, requests.Session() as session:
    auth = session.auth = XPKitUserAuth(**box.xpkit.user_credentials, sso="google")

    try:
        session.get(box.xpkit.api_url, timeout=30)
    except errors.LoginRequired:
        print("nobody has signed in yet")

    url, state = auth.authorization_url()
    came_back_to = box.xpkit.authorize(url)
    auth.fetch_token(authorization_response=came_back_to, state=state)
    print("signed in:", session.get(box.xpkit.api_url, timeout=30).status_code)

    # XPKit gives no refresh token. When the token has ended the person signs in again.
    auth.forget()
    try:
        session.get(box.xpkit.api_url, timeout=30)
    except errors.LoginRequired:
        print("sign in again")
