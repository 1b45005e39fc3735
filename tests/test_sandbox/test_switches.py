"""What can be made to go wrong on the way, and that it ends."""

from __future__ import annotations

import threading

import pytest
import requests
from test_sandbox.talk import (
    ask,
    authorization_url,
    bearer,
    call,
    connect,
    form,
    obtain,
    until,
)


def test_slow(service):
    """
    A slow endpoint answers late: not before the client has lost patience.
    """
    fields = form(service)
    service.slow(600)

    with pytest.raises(requests.ReadTimeout):
        requests.post(service.token_url, fields, timeout=0.05)
    # Whether it has arrived by then or not.
    service.heal()
    assert ask(service, fields).ok


def test_heal_ends_waiting(service):
    """
    heal() lets a request that waits go on.
    """
    service.slow(600, at="api")
    answers = []
    waiting = threading.Thread(
        target=lambda: answers.append(call(service, None, timeout=60))
    )
    waiting.start()
    until(lambda: service.requests)
    service.heal()
    waiting.join()

    assert answers[0].status_code in {401, 403}


def test_slow_without_a_wait_passes(service):
    """
    A wait that is over is followed by the usual answer.
    """
    service.slow(0.001, at="api")

    assert call(service, bearer(obtain(service))).ok


@pytest.mark.parametrize(("part", "held_back"), [("body", b"{"), ("headers", b"HTTP")])
def test_drip(box, part, held_back):
    """
    A dripping answer holds back its body, or even its head.
    """
    box.m2m.drip(600, at="api", part=part, times=1)
    with connect(box.m2m) as connection:
        connection.sendall(b"GET /api/v1/things HTTP/1.1\r\n\r\n")
        if part == "body":
            assert connection.recv(65536).endswith(b"\r\n\r\n")
        connection.settimeout(0.05)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        box.m2m.heal()
        connection.settimeout(10)

        assert connection.recv(65536).startswith(held_back)


def test_drip_to_the_end(service):
    """
    A dripping answer is complete in the end.
    """
    token = bearer(obtain(service))
    service.drip(0.0001, at="api", part="headers", times=1)

    assert "sha256" in call(service, token).json()
    assert "sha256" in call(service, token).json()


@pytest.mark.parametrize(
    ("body", "sent", "content_type"),
    [
        (None, b"", None),
        (b"<html>", b"<html>", "text/html"),
        ({"error": "x"}, b'{"error": "x"}', "text/html"),
        ([], b"[]", "text/html"),
    ],
)
def test_fail(service, body, sent, content_type):
    """
    A failure is answered as given: status, body and header fields.
    """
    fields = form(service)
    headers = {"Retry-After": "7"}
    if content_type:
        headers["Content-Type"] = content_type
    service.fail(503, body=body, headers=headers)
    answer = ask(service, fields)

    assert (503, sent) == (answer.status_code, answer.content)
    assert "7" == answer.headers["Retry-After"]
    assert content_type == answer.headers.get("Content-Type")
    assert (1, 0) == (service.token_requests, service.tokens_issued)


def test_failures_queue_up(service):
    """
    Failures for a number of times follow each other, and then all is well.
    """
    service.fail(500, at="api", times=2)
    service.fail(502, at="api", times=1)
    token = bearer(obtain(service))

    assert [500, 500, 502, 200, 200] == [
        call(service, token).status_code for _ in range(5)
    ]


def test_last_failure_stays(service):
    """
    A failure without a number stays until another takes its place, or heal().
    """
    service.fail(500, at="api")
    first = [call(service, None).status_code for _ in range(3)]
    service.fail(502, at="api")
    second = call(service, None).status_code
    service.heal()

    assert ([500] * 3, 502) == (first, second)
    assert call(service, bearer(obtain(service))).ok


def test_fault_at_the_authorization_page(box):
    """
    The authorization page can fail too, alone.
    """
    box.xee.fail(500, at="authorize")
    url = authorization_url(box.xee)

    assert 500 == requests.get(url, timeout=10).status_code
    assert obtain(box.xee)


@pytest.mark.parametrize(("when", "issued"), [("before", 0), ("after", 1)])
def test_drop(service, when, issued):
    """
    A connection closes without an answer, before or after the token is issued.
    """
    fields = form(service)
    service.drop(when=when, times=1)

    with pytest.raises(requests.ConnectionError):
        ask(service, fields)
    assert (1, issued) == (service.token_requests, service.tokens_issued)


def test_redirect(service):
    """
    The token endpoint can answer with a redirect.
    """
    fields = form(service)
    service.redirect("http://127.0.0.1:9/", 308, times=1)
    answer = ask(service, fields)

    assert (308, "http://127.0.0.1:9/") == (
        answer.status_code,
        answer.headers["Location"],
    )
    assert ask(service, fields).ok


@pytest.mark.parametrize(
    ("switch", "arguments", "word"),
    [
        ("fail", {"status": 500, "at": "tokn"}, "tokn"),
        ("drip", {"interval_s": 1, "part": "tail"}, "tail"),
        ("drop", {"when": "later"}, "later"),
    ],
)
def test_unknown_words(box, switch, arguments, word):
    """
    A misspelt place or moment is an error, not a switch that does nothing.
    """
    with pytest.raises(ValueError, match=f"Cannot switch '{word}'. Known: "):
        getattr(box.m2m, switch)(**arguments)


def test_date(service, clock):
    """
    Answers carry the server's date, which may be wrong, or none.
    """
    dates = [call(service, None).headers.get("Date") for _ in range(2)]
    service.skew_s = 3600
    dates.append(call(service, None).headers.get("Date"))
    service.send_date = False
    dates.append(call(service, None).headers.get("Date"))

    right, wrong = "Tue, 14 Nov 2023 22:13:20 GMT", "Tue, 14 Nov 2023 23:13:20 GMT"
    assert [right, right, wrong, None] == dates


def test_heal(service):
    """
    heal() ends denials, skew and a missing Date.
    """
    token = bearer(obtain(service))
    service.deny()
    service.send_date = False
    service.skew_s = 10**6
    service.heal()

    assert "Date" in call(service, token).headers
    assert call(service, token).ok
