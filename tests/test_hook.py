"""The hook: who is heard, what is replayed, what it may cost."""

import io
import json
import threading
import time

import pytest
import requests
from helpers import PRESETS, auth_of, renewals_done, service_of, session_with
from requests.cookies import RequestsCookieJar

from requests_xauth import errors


@pytest.fixture(params=PRESETS)
def name(request):
    """Return each preset's name in turn."""
    return request.param


def warm(box, name, clock, **more):
    """Return a service, and a session that has a token."""
    service = service_of(box, name)
    session = session_with(auth_of(box, name, clock=clock, **more))
    assert 200 == session.get(service.api_url).status_code
    service.reset_counters()
    return service, session


# What denied calls may cost, beyond the token held: PROVIDERS' own ambiguity decides.
DENIED = {"xpkit": 1, "xmldation": 1, "m2m": 0, "xee": 0}


def test_one_denied_url(box, clock, name):
    """
    Fifty calls to one denied URL cost one token request where it is ambiguous, else none.
    """
    service, session = warm(box, name, clock)
    service.deny()

    statuses = {session.get(service.api_url).status_code for _ in range(50)}

    assert statuses <= {401, 403}
    assert DENIED[name] == service.token_requests


def test_fifty_denied_urls(box, clock, name):
    """
    Fifty denied URLs cost at most three token requests.
    """
    service, session = warm(box, name, clock)
    urls = [service.url(f"/denied/{number}") for number in range(50)]
    for number in range(50):
        service.deny(f"/denied/{number}")

    for url in urls:
        assert session.get(url).status_code in {401, 403}

    assert 3 * DENIED[name] == service.token_requests


def test_a_dead_token_between_denied_calls(box, clock, name):
    """
    Between calls to one denied URL a token that dies is recovered at once, every time.
    """
    service, session = warm(box, name, clock)
    service.deny("/denied")

    for _ in range(25):
        session.get(service.url("/denied"))
        session.get(service.url("/denied"))
        service.invalidate()
        assert 200 == session.get(service.api_url).status_code


def test_a_dead_token_after_minutes_of_denied_calls(box, clock, name):
    """
    So it is when two denied URLs have been tried again and again, for minutes.
    """
    service, session = warm(box, name, clock)
    for place in ("/denied/1", "/denied/2"):
        service.deny(place)

    for _ in range(6):
        session.get(service.url("/denied/1"))
        session.get(service.url("/denied/2"))
        clock.tick(31)
    session.get(service.url("/denied/1"))
    service.invalidate()

    assert 200 == session.get(service.api_url).status_code


def test_a_dead_token_after_the_budget(box, clock, name):
    """
    Once the budget is spent a token that dies is recovered within 30 seconds.
    """
    service, session = warm(box, name, clock)
    for number in range(10):
        service.deny(f"/denied/{number}")
        session.get(service.url(f"/denied/{number}"))
    service.invalidate()

    recovered_after = next(
        seconds
        for seconds in range(60)
        if session.get(service.api_url).status_code == 200 or clock.tick(1)
    )

    assert recovered_after <= 30


def test_a_denied_place_is_tried_again_later(box, clock):
    """
    After 30 seconds a denied place may cost a renewal again.
    """
    service, session = warm(box, "xpkit", clock)
    service.deny()
    session.get(service.api_url)
    clock.tick(31)

    session.get(service.api_url)

    assert 2 == service.token_requests


def test_a_permission_granted_later(box, clock, name):
    """
    A place that was denied works as soon as the provider allows it.
    """
    service, session = warm(box, name, clock)
    service.deny()
    session.get(service.api_url)
    service.allow()

    assert 200 == session.get(service.api_url).status_code


BODY = {"iban": "FI00", "text": "naïve ☃"}


@pytest.mark.parametrize(
    ("send", "expected"),
    [
        ({"json": BODY}, json.dumps(BODY).encode()),
        ({"data": b"\x00\xff" * 1000}, b"\x00\xff" * 1000),
        ({"data": "text"}, b"text"),
        ({"data": {"a": "1"}}, b"a=1"),
        ({"data": bytearray(b"array")}, b"array"),
        ({}, b""),
    ],
    ids=["json", "bytes", "text", "form", "bytearray", "none"],
)
def test_bodies_are_replayed_whole(box, clock, name, send, expected):
    """
    What was sent is sent again, byte for byte.
    """
    service, session = warm(box, name, clock)
    service.expire()

    answer = session.post(service.api_url, **send)

    assert 200 == answer.status_code
    assert [expected] == service.bodies
    assert 1 == len(answer.history)


def test_multipart_is_replayed_whole(box, clock, name):
    """
    An upload of files is sent again with the same boundary and bytes.
    """
    service, session = warm(box, name, clock)
    service.expire()

    answer = session.post(
        service.api_url, files={"f": ("a.xml", io.BytesIO(b"<a/>" * 500))}
    )

    first, second = [r.body for r in service.requests if r.at == "api"][-2:]
    assert 200 == answer.status_code
    assert first == second
    assert b"<a/>" * 500 in second


def test_a_file_is_replayed_from_where_it_stood(box, clock, name, tmp_path):
    """
    A file is sent again from the position that it had at the start.
    """
    service, session = warm(box, name, clock)
    service.expire()
    path = tmp_path / "upload"
    path.write_bytes(b"skipped" + b"x" * 200_000)

    with path.open("rb") as body:
        body.seek(7)
        answer = session.put(service.api_url, data=body)

    assert 200 == answer.status_code
    assert [b"x" * 200_000] == service.bodies


def chunks():
    """Yield a body in parts."""
    yield b"abc"
    yield b"def"


class NoTell(io.RawIOBase):
    """A stream that cannot be rewound, like a pipe."""

    def __init__(self):
        super().__init__()
        self._rest = io.BytesIO(b"once")

    def readable(self):
        """Say that it can be read."""
        return True

    def readinto(self, buffer):
        """Read what is left."""
        return self._rest.readinto(buffer)

    def tell(self):
        """Refuse, as a pipe does."""
        raise OSError("a pipe has no position")


@pytest.mark.parametrize(
    "make", [chunks, NoTell, lambda: iter([b"abc"])], ids=["generator", "pipe", "iter"]
)
def test_a_body_used_up_is_not_replayed(box, clock, name, make):
    """
    A body that cannot be rewound is never sent truncated; the next call has a new token.
    """
    service, session = warm(box, name, clock)
    service.expire()

    refused = session.post(service.api_url, data=make())
    following = session.post(service.api_url, data=b"whole")

    assert refused.status_code in {401, 403}
    assert 200 == following.status_code
    assert [b"whole"] == service.bodies
    assert 1 == service.token_requests


def test_a_closed_file_is_not_replayed(box, clock):
    """
    A file that was closed meanwhile is not sent again: the caller gets the refusal.
    """
    service, session = warm(box, "m2m", clock)
    service.expire()
    body = io.BytesIO(b"gone")
    auth = session.auth

    def close(request):
        auth(request)
        request.hooks["response"].insert(0, lambda r, **k: body.close())
        return request

    refused = session.post(service.api_url, data=body, auth=close)

    assert 401 == refused.status_code
    assert [] == service.bodies


def test_a_generator_is_sent_whole_when_nothing_is_refused(box, clock, name):
    """
    A generator body goes out whole with a good token.
    """
    service, session = warm(box, name, clock)

    assert 200 == session.post(service.api_url, data=chunks()).status_code
    assert [b"abcdef"] == service.bodies


def test_history_and_elapsed(box, clock, name):
    """
    The refusal stands in the history, and elapsed is the replay's own.
    """
    service, session = warm(box, name, clock)
    service.expire()

    answer = session.get(service.api_url)

    assert [401 if name in {"m2m", "xmldation"} else 403] == [
        r.status_code for r in answer.history
    ]
    assert 0 < answer.elapsed.total_seconds() < 5
    assert (
        answer.request.headers["Authorization"]
        != (answer.history[0].request.headers["Authorization"])
    )


def test_replayed_exactly_once(box, clock):
    """
    A replay that is refused too is handed to the caller.
    """
    service, session = warm(box, "xpkit", clock)
    service.deny()

    answer = session.get(service.api_url)

    assert 403 == answer.status_code
    assert 2 == service.api_calls
    assert 1 == len(answer.history)


def test_cookies_of_the_refusal_are_kept(box, clock, name):
    """
    A cookie set by the refusal, and one of the jar, are sent with the replay.
    """
    service, session = warm(box, name, clock)
    session.cookies.set("mine", "1")
    service.expire()

    session.get(service.url("/cookie?name=value"))
    session.get(service.api_url)

    sent = [r.headers.get("cookie", "") for r in service.requests if r.at == "api"]
    assert "mine=1" in sent[1]
    assert "name=value" in sent[-1]


def test_a_handmade_cookie_stays(box, clock):
    """
    A Cookie header written by hand is sent as it was written.
    """
    service, session = warm(box, "m2m", clock)
    service.expire()

    session.get(service.api_url, headers={"Cookie": "by=hand"})

    sent = [r.headers.get("cookie") for r in service.requests if r.at == "api"]
    assert ["by=hand", "by=hand"] == sent


def test_a_cookie_jar_of_the_call(box, clock):
    """
    Cookies given to the call are sent with the replay too.
    """
    service, session = warm(box, "m2m", clock)
    service.expire()
    jar = RequestsCookieJar()
    jar.set("call", "2")

    session.get(service.api_url, cookies=jar)

    sent = [r.headers.get("cookie") for r in service.requests if r.at == "api"]
    assert ["call=2", "call=2"] == sent


class Recording(requests.adapters.HTTPAdapter):
    """An adapter that notes how it was asked to send."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def send(self, request, **kwargs):
        """Note the keywords, then send."""
        self.seen.append(kwargs)
        return super().send(request, **kwargs)


def test_how_it_was_sent_is_how_it_is_replayed(box, clock):
    """
    Timeout, verify, cert, proxies and stream are the same for the replay.
    """
    service, session = warm(box, "m2m", clock)
    session.get_adapter(service.api_url).close()
    session.mount("http://", adapter := Recording())
    service.expire()

    answer = session.get(
        service.api_url,
        timeout=(3, 7),
        verify=False,
        stream=True,
        proxies={"no_proxy": "127.0.0.1"},
    )
    answer.close()

    first, second = adapter.seen
    assert first == second
    assert (3, 7) == second["timeout"]
    assert True is second["stream"]
    assert False is second["verify"]


def test_a_streamed_answer_is_streamed_after_a_replay(box, clock, name):
    """
    stream=True still streams when the request had to be replayed.
    """
    service, session = warm(box, name, clock)
    service.expire()

    with session.get(service.url("/bytes?n=300000"), stream=True) as answer:
        assert not answer._content_consumed
        received = sum(len(part) for part in answer.iter_content(8192))

    assert 300_000 == received


@pytest.mark.parametrize("read", ["raw", "content", "iter"])
def test_a_streamed_refusal_can_still_be_read(box, clock, name, read):
    """
    A refusal that was read to be judged can be streamed by the caller all the same.
    """
    service, session = warm(box, name, clock)
    service.deny()

    answer = session.get(service.api_url, stream=True)

    text = {
        "raw": answer.raw.read,
        "content": lambda: answer.content,
        "iter": lambda: b"".join(answer.iter_content(7)),
    }[read]()
    assert json.loads(text)


def test_session_hooks_see_the_replays_answer(box, clock):
    """
    The user's own hooks get the answer of the replay, once.
    """
    service, session = warm(box, "m2m", clock)
    service.expire()
    seen = []
    session.hooks["response"].append(lambda r, **k: seen.append(r.status_code))

    session.get(service.api_url)

    assert [200] == seen


def test_a_newer_token_costs_no_request(box, clock):
    """
    A refusal of an older token is replayed with the newer one without asking.
    """
    service, session = warm(box, "m2m", clock)
    auth = session.auth
    request = requests.Request("GET", service.api_url, auth=auth).prepare()
    service.expire()
    auth.renew()
    service.reset_counters()

    answer = session.send(request)

    assert 200 == answer.status_code
    assert 0 == service.token_requests


def test_certainly_the_token_and_no_renewal(box, clock):
    """
    When the token was certainly refused and cannot be renewed, the error says why.
    """
    service, session = warm(box, "m2m", clock)
    service.expire()
    service.fail(400, body={"error": "invalid_request"})

    with pytest.raises(errors.TokenRequestError, match="invalid_request") as caught:
        session.get(service.api_url)

    assert 401 == caught.value.refused.status_code


def test_where_only_a_person_helps_every_call_says_so(box, clock):
    """
    A dead token that nothing can renew raises LoginRequired each time, and asks nobody.
    """
    service, session = warm(box, "xee", clock)
    session.auth._state.leave_refresh_token()
    service.invalidate()

    for _ in range(6):
        with pytest.raises(errors.LoginRequired):
            session.get(service.api_url)

    assert 0 == service.token_requests


def test_perhaps_the_token_and_no_renewal(box, clock, caplog):
    """
    When the refusal is ambiguous and the renewal fails, the refusal is returned.
    """
    service, session = warm(box, "xpkit", clock)
    service.expire()
    service.fail(400, body={"error": "Bad Request"})

    answer = session.get(service.api_url)

    assert 403 == answer.status_code
    assert "refusal is returned" in caplog.text


def test_a_refusal_of_someone_elses_header(box, clock):
    """
    A refusal of a header that is not ours says nothing of our token.
    """
    service, session = warm(box, "m2m", clock)
    auth = session.auth

    def other(request):
        auth(request)
        request.headers["Authorization"] = "Bearer somebody-elses"
        return request

    answer = session.get(service.api_url, auth=other)

    assert 401 == answer.status_code
    assert 0 == service.token_requests


def netrc_for(tmp_path, monkeypatch, *hosts):
    """Point requests at a netrc with an entry for each host."""
    path = tmp_path / "netrc"
    path.write_text(
        "".join(
            f"machine {host} login netrc-user password netrc-pass\n" for host in hosts
        )
    )
    path.chmod(0o600)
    monkeypatch.setenv("NETRC", str(path))


@pytest.mark.parametrize("netrc", [True, False], ids=["netrc", "no netrc"])
@pytest.mark.parametrize("status", [302, 307])
def test_a_redirect_elsewhere(box, clock, name, netrc, status, tmp_path, monkeypatch):
    """
    On a redirect to another origin that answers 401 the bearer never arrives there.
    """
    if netrc:
        netrc_for(tmp_path, monkeypatch, "127.0.0.1", "localhost")
    service, session = warm(box, name, clock)
    elsewhere = box.elsewhere.url("/x").replace("127.0.0.1", "localhost")

    answer = session.get(service.url(f"/redirect?to={elsewhere}&status={status}"))

    token = session.auth.token
    arrived = [r.headers.get("authorization", "") for r in box.elsewhere.requests]
    assert 401 == answer.status_code
    assert 1 == len(arrived)
    assert token.bearer not in arrived[0]
    assert netrc is arrived[0].startswith("Basic")
    assert 0 == service.token_requests


def test_a_redirect_to_another_port_of_the_host(box, clock, name):
    """
    Another port is another origin: the bearer does not go there either.
    """
    service, session = warm(box, name, clock)

    session.get(service.url(f"/redirect?to={box.elsewhere.url('/x')}&status=302"))

    assert ["authorization" in r.headers for r in box.elsewhere.requests] == [False]
    assert 0 == service.token_requests


def test_a_redirect_within(box, clock, name):
    """
    A redirect within the origin keeps the bearer.
    """
    service, session = warm(box, name, clock)

    answer = session.get(service.url(f"/redirect?to={service.api_url}&status=302"))

    assert 200 == answer.status_code


def test_a_replay_that_is_a_redirect(box, clock):
    """
    When the replay is redirected, the next hop carries the new token.
    """
    service, session = warm(box, "m2m", clock)
    old = f"Bearer {session.auth.token.bearer}"
    service.fail(401, at="api", times=1)

    answer = session.get(service.url(f"/redirect?to={service.api_url}&status=302"))

    api = [r.headers["authorization"] for r in service.requests if r.at == "api"]
    assert 200 == answer.status_code
    assert old == api[0]
    assert api[1] == api[2] == f"Bearer {session.auth.token.bearer}"


def test_foreign_hosts_get_nothing(box, clock):
    """
    A request to a host that may not see the token goes out unsigned, with one warning.
    """
    service, session = warm(box, "m2m", clock)

    with pytest.warns(errors.UnsignedRequestWarning, match="hosts=") as caught:
        session.get(box.elsewhere.url("/x"))
    session.get(box.elsewhere.url("/y"))

    assert 1 == len(caught)
    assert __file__ == caught[0].filename
    assert all("authorization" not in r.headers for r in box.elsewhere.requests)
    assert 0 == service.token_requests


def test_no_token_is_asked_for_an_unsigned_request(box, clock):
    """
    A request that goes out unsigned needs no token.
    """
    session = session_with(auth_of(box, "m2m", clock=clock))

    with pytest.warns(errors.UnsignedRequestWarning):
        session.get(box.elsewhere.url("/x"))

    assert 0 == box.m2m.token_requests


def test_named_hosts(box, clock):
    """
    hosts= replaces what may see the token.
    """
    elsewhere = box.elsewhere.url("/x")
    host = elsewhere.split("/")[2]
    session = session_with(auth_of(box, "m2m", clock=clock, hosts=[host]))

    box.elsewhere.status = 200
    session.get(elsewhere)

    assert [True] == ["authorization" in r.headers for r in box.elsewhere.requests]
    with pytest.warns(errors.UnsignedRequestWarning):
        session.get(box.m2m.api_url)


def test_many_replays_leave_nothing_behind(box, clock):
    """
    A thousand replays leak no connection: one is kept and used again.
    """
    service, session = warm(box, "m2m", clock)
    before = threading.active_count()
    for _ in range(300):
        service.expire()
        assert 200 == session.get(service.api_url).status_code
    renewals_done()

    pools = session.get_adapter(service.api_url).poolmanager.pools
    connections = [pools[key].num_connections for key in pools.keys()]  # noqa: SIM118  # not a dict
    assert [1] == connections
    until = time.monotonic() + 10
    while threading.active_count() > before + 2 and time.monotonic() < until:
        threading.Event().wait(0.01)
    assert threading.active_count() <= before + 2
