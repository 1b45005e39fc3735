"""oidc-provider has the traits that the tests of presets and providers count on.

Rule: plain requests only; nothing of the package is used here.
"""

from __future__ import annotations

import json
import secrets
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from interop.oidc_client import ME, ORDERS, TOKEN, Visitor
from interop.oidc_engine import FOLDER
from interop.server import ANSWER_S, REDIRECT_URI

if TYPE_CHECKING:
    from interop.oidc_client import OIDC, Client

VERIFIER = secrets.token_urlsafe(32)


def get(url: str, token: str | None = None) -> requests.Response:
    """Call an API with a bearer, or without."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.get(url, headers=headers, timeout=ANSWER_S)


def authorized(client: Client, **query: str) -> dict[str, list[str]]:
    """Log somebody in and return the query of the redirect."""
    asked = {"response_type": "code", "scope": "openid", **query}
    known = {"client_id": client.client_id, "redirect_uri": REDIRECT_URI}
    url = f"{client.server.base_url}/authorize/?{urlencode({**known, **asked})}"
    return parse_qs(urlsplit(Visitor.named("ada").allow(url)).query)


def challenge(verifier: str = VERIFIER) -> dict[str, str]:
    """Return the challenge by S256 for *verifier*."""
    digest = urlsafe_b64encode(sha256(verifier.encode()).digest())
    text = digest.rstrip(b"=").decode()
    return {"code_challenge": text, "code_challenge_method": "S256"}


def exchange(client: Client, code: str, verifier: str = VERIFIER) -> requests.Response:
    """Exchange *code*."""
    return client.ask(
        grant_type="authorization_code",
        code=code,
        redirect_uri=REDIRECT_URI,
        code_verifier=verifier,
    )


def test_it_wants_pkce(oidc: OIDC) -> None:
    """An authorization without a challenge is refused."""
    client = oidc.client("public")
    url = f"{oidc.base_url}/authorize/?{urlencode({'client_id': client.client_id})}"
    query = parse_qs(urlsplit(get_redirect(url)).query)

    assert ["invalid_request"] == query["error"]


def get_redirect(url: str) -> str:
    """Return where *url* redirects to."""
    answer = requests.get(url, timeout=ANSWER_S, allow_redirects=False)
    return answer.headers["Location"]


def test_it_names_itself_in_redirects(oidc: OIDC) -> None:
    """The redirect has `iss` (RFC 9207)."""
    query = authorized(oidc.client("public"), **challenge())

    assert [oidc.base_url] == query["iss"]


def test_a_wrong_verifier_is_refused_and_the_code_stays(oidc: OIDC) -> None:
    """A wrong verifier does not use the code up."""
    client = oidc.client("public")
    code = authorized(client, **challenge())["code"][0]
    wrong = exchange(client, code, "w" * 43)

    assert (400, "invalid_grant") == (wrong.status_code, wrong.json()["error"])
    assert 200 == exchange(client, code).status_code


def test_a_code_used_twice_kills_what_came_of_it(oidc: OIDC) -> None:
    """A second exchange of a code destroys the tokens of the first."""
    client = oidc.client("public")
    code = authorized(client, **challenge())["code"][0]
    token = exchange(client, code).json()
    before = get(oidc.base_url + ME, token["access_token"])
    again = exchange(client, code)

    assert [200, 400] == [before.status_code, again.status_code]
    assert 401 == get(oidc.base_url + ME, token["access_token"]).status_code
    refresh = {"grant_type": "refresh_token", "refresh_token": token["refresh_token"]}
    assert 400 == client.ask(**refresh).status_code


def test_a_refresh_leaves_the_old_access_token_alive(oidc: OIDC) -> None:
    """Until its refresh token is used again, which kills old and new."""
    client = oidc.client("public")
    code = authorized(client, **challenge())["code"][0]
    old = exchange(client, code).json()
    refresh = {"grant_type": "refresh_token", "refresh_token": old["refresh_token"]}
    new = client.ask(**refresh).json()
    tokens = [old["access_token"], new["access_token"]]

    assert [200, 200] == [get(oidc.base_url + ME, t).status_code for t in tokens]
    assert 400 == client.ask(**refresh).status_code
    assert [401, 401] == [get(oidc.base_url + ME, t).status_code for t in tokens]


@pytest.mark.parametrize("path", [ME, ORDERS])
def test_a_dead_token_is_challenged(oidc: OIDC, path: str) -> None:
    """The engine's own resource and the API refuse in the form of RFC 6750."""
    answer = get(oidc.base_url + path, "nonsense")

    assert 401 == answer.status_code
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_basic_and_body_together_are_refused(oidc: OIDC) -> None:
    """A client that authenticates twice over is refused (RFC 6749, section 2.3)."""
    client = oidc.client("machine")
    answer = requests.post(
        oidc.base_url + TOKEN,
        {
            "grant_type": "client_credentials",
            "client_id": client.client_id,
            "client_secret": client.client_secret,
        },
        auth=(client.client_id, client.client_secret),
        timeout=ANSWER_S,
    )

    assert (400, "invalid_request") == (answer.status_code, answer.json()["error"])


def test_its_lock_names_no_address() -> None:
    """Where packages come from is said by who installs them; the lock has their hashes."""
    lock = json.loads((FOLDER / "package-lock.json").read_text("utf-8"))
    packages = [package for name, package in lock["packages"].items() if name]

    assert packages
    assert all("integrity" in package for package in packages)
    assert not any("resolved" in package for package in packages)
