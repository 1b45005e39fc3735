"""The pages of an API: an echo, redirects, cookies and bytes."""

from __future__ import annotations

import hashlib

import pytest
import requests
from test_sandbox.talk import bearer, call, obtain


@pytest.fixture
def m2m(box):
    """The plainest of the providers."""
    return box.m2m


@pytest.fixture
def token(m2m):
    """A good bearer."""
    return bearer(obtain(m2m))


def test_echo(m2m, token):
    """
    The API echoes method, path, query, and the body's length and hash.
    """
    answer = call(m2m, token, m2m.url("/a/b?c=d"), method="PUT", data=b"body")

    assert {
        "method": "PUT",
        "path": "/api/v1/a/b",
        "query": "c=d",
        "length": 4,
        "sha256": hashlib.sha256(b"body").hexdigest(),
    } == answer.json()
    assert [b"body"] == m2m.bodies


def test_redirect_page(service):
    """
    /redirect leads where it is told without looking at a bearer.
    """
    url = service.url("/redirect?to=http://127.0.0.1:9/x&status=307")
    answer = requests.get(url, timeout=10, allow_redirects=False)
    plain = requests.get(service.url("/redirect"), timeout=10, allow_redirects=False)

    assert (307, "http://127.0.0.1:9/x") == (
        answer.status_code,
        answer.headers["Location"],
    )
    assert (302, "/") == (plain.status_code, plain.headers["Location"])
    assert 0 == service.refusals


def test_cookie_page(service):
    """
    /cookie sets cookies, on a refusal too.
    """
    url = service.url("/cookie?a=1&b=2")

    for token in (bearer(obtain(service)), None):
        assert {"a": "1", "b": "2"} == call(service, token, url).cookies.get_dict()


def test_bytes_page(service):
    """
    /bytes sends as many bytes as asked for, to good bearers only.
    """
    url = service.url("/bytes?n=100000")

    assert b"x" * 100_000 == call(service, bearer(obtain(service)), url).content
    assert call(service, None, url).status_code in {401, 403}
