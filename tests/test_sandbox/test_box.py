"""The sandbox as a whole: addresses, credentials, reset and the other origin."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
import requests
from test_sandbox.talk import bearer, call, obtain


def _origins(box):
    regions = [box.xpkit_region(name) for name in ("amer", "apac", "china", "emea")]
    return [*regions, box.xee, box.xmldation, box.m2m, box.elsewhere]


def test_each_its_own_origin(box):
    """
    Every provider, and every region of XPKit, is an origin of its own.
    """
    ports = {urlsplit(origin.base_url).port for origin in _origins(box)}

    assert 8 == len(ports)


def test_regions(box):
    """
    The unnamed region is EMEA, and names come in any case.
    """
    assert box.xpkit is box.xpkit_region("EMEA")
    with pytest.raises(ValueError, match="XPKit has no region named 'mars'"):
        box.xpkit_region("mars")


def test_addresses(box):
    """
    Paths are those that the providers document.
    """
    found = [
        url.replace(origin.origin, "")
        for origin in (box.xpkit, box.xee, box.xmldation, box.m2m)
        for url in (origin.base_url, origin.token_url, origin.url("a"))
    ]

    assert [
        *("", "/api/token/", "/api/a"),
        *("/v3", "/v3/auth/access_token", "/v3/a"),
        *("", "/oauth2/token", "/api/v1/a"),
        *("", "/oauth/v2/token", "/api/v1/a"),
    ] == found
    assert box.xpkit.base_url + "/authorize/" == box.xpkit.authorize_url
    assert box.xee.base_url + "/auth/auth" == box.xee.authorize_url
    assert box.xmldation.authorize_url is box.m2m.authorize_url is None


def test_credentials(box):
    """
    Credentials are the keyword arguments of the presets.
    """
    client = {"base_url", "client_id", "client_secret"}

    assert client == box.xpkit.credentials.keys() == box.m2m.credentials.keys()
    assert client | {"redirect_uri"} == box.xee.credentials.keys()
    assert client | {"username", "password"} == box.xmldation.credentials.keys()
    assert {
        "base_url": box.xpkit.base_url,
        "client_id": box.xpkit.user_client_id,
        "redirect_uri": box.xpkit.redirect_uri,
    } == box.xpkit.user_credentials


def test_environ(box):
    """
    The environment's variables hold the same values.
    """
    apac, user = box.xpkit_region("apac"), box.xmldation

    assert {
        "XPKIT_REGION": "apac",
        "XPKIT_CLIENT_ID": apac.client_id,
        "XPKIT_CLIENT_SECRET": apac.client_secret,
    } == apac.environ
    assert {
        "XEE_CLIENT_ID": box.xee.client_id,
        "XEE_CLIENT_SECRET": box.xee.client_secret,
    } == box.xee.environ
    assert {
        "XMLDATION_CLIENT_ID": user.client_id,
        "XMLDATION_CLIENT_SECRET": user.client_secret,
        "XMLDATION_USERNAME": user.username,
        "XMLDATION_PASSWORD": user.password,
    } == user.environ
    assert {
        "M2M_BASE_URL": box.m2m.base_url,
        "M2M_CLIENT_ID": box.m2m.client_id,
        "M2M_CLIENT_SECRET": box.m2m.client_secret,
    } == box.m2m.environ


def test_reset(box, service):
    """
    reset() forgets tokens, counts and switches, and keeps address and credentials.
    """
    token, url = bearer(obtain(service)), service.api_url
    service.lifetime_s, service.omit, service.skew_s = 5, {"token_type"}, 99
    service.deny()
    service.fail(500)
    box.reset()

    assert call(service, token).status_code in {401, 403}
    assert "token_type" in obtain(service)
    assert (1, 1, 1) == (
        service.token_requests,
        service.tokens_issued,
        service.refusals,
    )
    assert service.lifetime_s == service.default_lifetime_s
    assert 0 == service.skew_s
    assert url == service.api_url


def test_elsewhere_answers_what_it_is_told(box):
    """
    The other origin records a request, and answers 401 unless told otherwise.
    """
    there = box.elsewhere
    first = requests.post(there.url("/x?y=1"), b"body", headers={"A": "b"}, timeout=10)
    there.status, there.headers = 302, {"Location": "/z", "X": "1"}
    second = requests.get(there.api_url, timeout=10, allow_redirects=False)

    assert (401, {}) == (first.status_code, first.json())
    assert (302, "/z") == (second.status_code, second.headers["Location"])
    record = there.requests[0]
    assert ("POST", "/x", "y=1", b"body") == (
        record.method,
        record.path,
        record.query,
        record.body,
    )
    assert "b" == record.headers["A"]
    there.reset()
    assert (401, {}, []) == (there.status, there.headers, there.requests)
