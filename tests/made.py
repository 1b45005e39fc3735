"""What the tests of the small rooms are made of: a response, a provider, a grant."""

import requests

from requests_xauth import Provider, grants

SECRET = "lQ7-the-client-secret-w3"
PASSWORD = "correct horse battery"


def response(status, *, challenge=None, body=b""):
    """Return a response of an API as requests hands it to a hook."""
    made = requests.Response()
    made.status_code = status
    made._content = body
    made._content_consumed = True
    if challenge is not None:
        made.headers["WWW-Authenticate"] = challenge
    return made


def provider(**more):
    """Return a provider of three values, and *more*."""
    given = {
        "name": "Acme",
        "token_url": "https://auth.acme.example/token",
        "hosts": ("*.acme.example",),
    }
    return Provider(**{**given, **more})


def machine(**more):
    """Return the grant of a machine."""
    return grants.ClientCredentials(
        **{"client_id": "app", "client_secret": SECRET, **more}
    )


def user(**more):
    """Return the grant of a user with a password."""
    given = {
        "username": "ada",
        "password": PASSWORD,
        "client_id": "app",
        "client_secret": SECRET,
    }
    return grants.Password(**{**given, **more})


def person(**more):
    """Return the grant of a person who logs in."""
    given = {
        "client_id": "app",
        "client_secret": SECRET,
        "redirect_uri": "https://app.example/back",
    }
    return grants.AuthorizationCode(**{**given, **more})
