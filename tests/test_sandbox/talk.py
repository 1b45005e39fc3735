"""The providers' documented requests, written out once more for the tests."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import time
from urllib.parse import parse_qs, urlencode, urlsplit

import requests

VERIFIER = "v" * 43
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest())
    .rstrip(b"=")
    .decode()
)


def basic(service):
    """The client's id and secret, for auth= of requests."""
    return (service.client_id, service.client_secret)


def form(service, **changes):
    """The form of a first token request; a change of None leaves a field out."""
    name = type(service).__name__
    if name == "XPKit":
        fields = {
            "grant_type": "client_credentials",
            "client_id": service.client_id,
            "client_secret": service.client_secret,
        }
    elif name == "Xee":
        fields = {"grant_type": "authorization_code", "code": code(service)}
    elif name == "XMLdation":
        fields = {
            "grant_type": "password",
            "username": f"xmldation/{service.username}",
            "password": service.password,
            "scope": "openid",
        }
    else:
        fields = {"grant_type": "client_credentials"}
    fields.update(changes)
    return {key: value for key, value in fields.items() if value is not None}


def ask(service, fields, *, auth="own"):
    """Send a form to the token endpoint."""
    if auth == "own":
        auth = None if type(service).__name__ == "XPKit" else basic(service)
    return requests.post(
        service.token_url, data=fields, auth=auth, allow_redirects=False, timeout=10
    )


def obtain(service, **changes):
    """A first token's answer, as a dict."""
    answer = ask(service, form(service, **changes))
    assert answer.status_code == 200, answer.text
    return answer.json()


def refresh(service, token):
    """The answer to a refresh request."""
    return ask(service, {"grant_type": "refresh_token", "refresh_token": token})


def bearer(answer):
    """What the API wants, out of a token answer."""
    return answer.get("id_token", answer["access_token"])


def call(service, token, url=None, **options):
    """Call the API with a bearer; None sends none."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    headers.update(options.pop("headers", {}))
    return requests.request(
        options.pop("method", "GET"),
        url or service.api_url,
        headers=headers,
        timeout=options.pop("timeout", 10),
        **options,
    )


def authorization_url(service, **changes):
    """The documented authorization URL; a change of None leaves a field out."""
    client_id = getattr(service, "user_client_id", service.client_id)
    fields = {"client_id": client_id, "state": "s t&"}
    fields["redirect_uri"] = service.redirect_uri
    if type(service).__name__ == "XPKit":
        fields.update(
            response_type="code",
            provider="xpkit",
            code_challenge=CHALLENGE,
            code_challenge_method="S256",
        )
    fields.update(changes)
    given = {key: value for key, value in fields.items() if value is not None}
    return f"{service.authorize_url}?{urlencode(given)}"


def parameters(url):
    """The parameters of a redirect."""
    return {key: value[0] for key, value in parse_qs(urlsplit(url).query).items()}


def code(service):
    """A code that a person has just allowed."""
    return parameters(service.authorize(authorization_url(service)))["code"]


def claims(jwt):
    """What a JWT says."""
    part = jwt.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def connect(service):
    """A raw connection to a service."""
    port = urlsplit(service.base_url).port
    return socket.create_connection(("127.0.0.1", port), 10)


def raw(service, data):
    """All bytes that come back for *data*, up to the end of the connection."""
    with connect(service) as connection:
        connection.sendall(data)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def until(predicate):
    """Wait for another thread, for a minute at most."""
    end = time.monotonic() + 60
    while not predicate():
        assert time.monotonic() < end, "nothing happened in a minute"
