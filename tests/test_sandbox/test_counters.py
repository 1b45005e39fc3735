"""What the sandbox counts and records."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import requests
from test_sandbox.talk import ask, bearer, call, form, obtain


def test_token_requests(service):
    """
    Every POST to the token endpoint counts, by its grant too; only good ones issue.
    """
    fields = form(service)
    service.reset_counters()
    ask(service, fields)
    ask(service, {"grant_type": "nonsense"})
    requests.post(service.token_url, timeout=10)
    requests.get(service.token_url, timeout=10)

    assert (3, 1) == (service.token_requests, service.tokens_issued)
    assert {
        fields["grant_type"]: 1,
        "nonsense": 1,
        "": 1,
    } == service.token_requests_by_grant


def test_api_calls(service):
    """
    API calls, refusals and accepted bodies are counted apart.
    """
    call(service, bearer(obtain(service)), method="POST", data=b"good")
    call(service, "nonsense", method="POST", data=b"bad")
    service.fail(500, at="api", times=1)
    call(service, None)

    assert (3, 1, [b"good"]) == (service.api_calls, service.refusals, service.bodies)


def test_records(service):
    """
    Requests are kept in order, with the place that they reached.
    """
    obtain(service)
    call(service, None, service.url("/a?b=c"), method="PATCH", data=b"d")
    requests.get(service.origin + "/elsewhere", timeout=10)

    token, api, other = service.requests
    assert ("POST", "token") == (token.method, token.at)
    assert ("PATCH", "b=c", b"d", "api") == (api.method, api.query, api.body, api.at)
    assert api.path.endswith("/a")
    assert "other" == other.at


def test_reset_counters(service):
    """
    reset_counters() forgets what was counted and leaves tokens alone.
    """
    token = bearer(obtain(service))
    call(service, None)
    service.reset_counters()

    assert [] == service.requests == service.bodies
    assert (0, {}, 0) == (
        service.token_requests,
        service.token_requests_by_grant,
        service.tokens_issued,
    )
    assert (0, 0, 0) == (service.api_calls, service.refusals, service.reuses)
    assert call(service, token).ok


def test_counting_without_recording(service):
    """
    With .recording off, requests are counted and not kept.
    """
    service.recording = False
    call(service, bearer(obtain(service)))

    assert (1, 1) == (service.token_requests, service.api_calls)
    assert [] == service.requests == service.bodies


def test_counters_under_threads(box):
    """
    No request of 32 threads is lost to a counter.
    """
    token = bearer(obtain(box.m2m))
    box.m2m.reset_counters()

    def work(_):
        with requests.Session() as session:
            for _ in range(10):
                session.get(
                    box.m2m.api_url,
                    headers={"Authorization": f"Bearer {token}"},
                    timeout=10,
                )
                session.post(box.m2m.token_url, timeout=10)

    with ThreadPoolExecutor(32) as pool:
        list(pool.map(work, range(32)))

    assert (320, 320, 0) == (
        box.m2m.api_calls,
        box.m2m.token_requests,
        box.m2m.refusals,
    )
    assert (320, 640) == (len(box.m2m.bodies), len(box.m2m.requests))
