"""Libraries that people use beside this one get along with a signed session."""

import importlib
import os

import pytest
import requests
from helpers import auth_of, session_with

from requests_xauth import XPKitAuth

TOKEN_URL = "https://auth.emea.xpkit.net/api/token/"
API_URL = "https://profiles.emea.xpkit.net/api/profiles/"
ANSWER = {"access_token": "from-a-mock", "token_type": "Bearer", "expires_in": 36000}


def library(name):
    """Return a library of the company, or skip where not everything must be there."""
    if "XAUTH_REQUIRE_ALL" in os.environ:
        return importlib.import_module(name)
    return pytest.importorskip(name, reason=f"{name} is not installed")


def test_responses():
    """
    Responses mocks token endpoint and API; a refusal is renewed and replayed.
    """
    responses = library("responses")
    with responses.RequestsMock() as mock:
        mock.post(TOKEN_URL, json=ANSWER)
        mock.get(API_URL, status=403)
        mock.post(TOKEN_URL, json={**ANSWER, "access_token": "second"})
        mock.get(API_URL, json={"ok": True})

        answer = requests.get(API_URL, auth=XPKitAuth("emea", "id", "secret"))

        sent = [call.request.headers.get("Authorization") for call in mock.calls]
        assert {"ok": True} == answer.json()
        assert [None, "Bearer from-a-mock", None, "Bearer second"] == sent


def test_requests_mock():
    """
    requests-mock does the same.
    """
    requests_mock = library("requests_mock")
    with requests_mock.Mocker() as mock:
        mock.post(
            TOKEN_URL, [{"json": ANSWER}, {"json": {**ANSWER, "access_token": "2"}}]
        )
        mock.get(API_URL, [{"status_code": 403}, {"json": {"ok": True}}])

        answer = requests.get(API_URL, auth=XPKitAuth("emea", "id", "secret"))

        assert {"ok": True} == answer.json()
        assert 4 == mock.call_count


def test_requests_cache(box, clock, tmp_path):
    """
    A cached answer needs no call; a refusal is renewed before anything is cached.
    """
    requests_cache = library("requests_cache")
    session = requests_cache.CachedSession(str(tmp_path / "cache"), backend="memory")
    session.auth = auth_of(box, "m2m", clock=clock)
    session.get(box.m2m.url("/first"))
    box.m2m.expire()

    answers = [session.get(box.m2m.api_url) for _ in range(3)]
    session.close()

    assert [200] * 3 == [answer.status_code for answer in answers]
    assert [False, True, True] == [answer.from_cache for answer in answers]
    assert 3 == box.m2m.api_calls


def test_a_cached_refusal_is_nobodys_answer(box, clock, tmp_path):
    """
    A refusal out of a cache says nothing of today's token.
    """
    requests_cache = library("requests_cache")
    session = requests_cache.CachedSession(
        str(tmp_path / "cache"), backend="memory", allowable_codes=(200, 403)
    )
    session.auth = auth_of(box, "m2m", clock=clock)
    box.m2m.deny()
    session.get(box.m2m.api_url)

    answer = session.get(box.m2m.api_url)
    session.close()

    assert answer.from_cache
    assert 403 == answer.status_code
    assert 1 == box.m2m.token_requests


def test_a_users_raise_for_status(box, clock):
    """
    A session hook that raises for a status never sees a refusal that was cured.
    """
    session = session_with(auth_of(box, "m2m", clock=clock))
    session.hooks["response"].append(lambda r, **kwargs: r.raise_for_status())
    session.get(box.m2m.api_url)
    box.m2m.expire()

    assert 200 == session.get(box.m2m.api_url).status_code
    box.m2m.deny()
    with pytest.raises(requests.HTTPError):
        session.get(box.m2m.api_url)
