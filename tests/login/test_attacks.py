"""What else may reach the port of a login: nothing of it is believed, nothing stops it."""

import socket
from contextlib import closing
from urllib.parse import urlsplit

import pytest
import requests
from login.people import callback_of, get_request, heard, spoken, state_of, status_of

from requests_xauth.login._loopback import _MOST_CALLERS, Loopback
from requests_xauth.login._place import Place

CODE = "the-attackers-own-code"


def good(url, **more):
    """Return the address that the provider would send the browser to, and *more*."""
    query = {"code": CODE, "state": state_of(url), **more}
    pairs = "&".join(f"{name}={value}" for name, value in query.items() if value)
    return f"{callback_of(url)}?{pairs}"


def wrong_state(url):
    """Bring a code of one's own with a state of one's own."""
    return get_request(good(url, state="another"))


def missing_state(url):
    """Bring a code with no state."""
    return get_request(good(url, state=""))


def two_states(url):
    """Bring the right state beside another."""
    return get_request(good(url) + "&state=another")


def forged_error(url):
    """End the login with an error that nobody sent."""
    return get_request(f"{callback_of(url)}?error=access_denied&state=another")


def no_outcome(url):
    """Come with the state and nothing else."""
    return get_request(good(url, code=""))


def many_fields(url):
    """Bring more parameters than anybody needs."""
    return get_request(good(url) + "&a=b" * 60)


def other_path(url):
    """Visit another page."""
    return get_request(good(url).replace("/callback", "/favicon.ico"))


def longer_path(url):
    """Visit a page below."""
    return get_request(good(url).replace("/callback", "/callback/x"))


def other_origin(url):
    """Send another origin's form."""
    fields = {"Origin": "https://evil.example", "Content-Length": "9"}
    return get_request(good(url), **fields).replace(b"GET", b"POST") + b"code=evil"


def head(url):
    """Ask for the head only, as a link checker does."""
    return get_request(good(url)).replace(b"GET", b"HEAD")


def wrong_host(url):
    """Come under another name that was led to this address."""
    port = urlsplit(callback_of(url)).port
    return get_request(good(url), Host=f"evil.example:{port}")


def other_port(url):
    """Come under the right host without its port."""
    return get_request(good(url), Host="127.0.0.1")


def no_host(url):
    """Come with no host at all."""
    return get_request(good(url)).replace(b"Host:", b"X-Host:")


def two_hosts(url):
    """Come under two names."""
    once = get_request(good(url))
    return once.replace(b"\r\n\r\n", b"\r\nHost: evil.example\r\n\r\n")


def proxied(url):
    """Ask as a proxy is asked."""
    return get_request(good(url)).replace(b"GET ", b"GET http://evil.example")


def no_request(url):
    """Say something else."""
    return b"hello\r\n\r\n"


def other_protocol(url):
    """Speak of another protocol."""
    return get_request(good(url)).replace(b"HTTP/1.1", b"SPDY/3")


def folded(url):
    """Fold a header's line (RFC 9112, section 5.2)."""
    return get_request(good(url)).replace(b"Host:", b"A: b\r\n Host:")


def large_head(url):
    """Send a header that does not end."""
    return get_request(good(url), Cookie="a" * 40_000)


ATTACKS = {
    wrong_state: 400,
    missing_state: 400,
    two_states: 400,
    forged_error: 400,
    no_outcome: 400,
    many_fields: 400,
    other_path: 404,
    longer_path: 404,
    other_origin: 405,
    head: 405,
    wrong_host: 421,
    other_port: 421,
    no_host: 421,
    two_hosts: 421,
    proxied: 400,
    no_request: 400,
    other_protocol: 400,
    folded: 400,
    large_head: 431,
}


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_refused(box, xee, browser, attack):
    """
    It is refused, its code is not exchanged, and the person's own login goes on.
    """
    answers = []

    def before(url):
        answers.append(spoken(callback_of(url), attack(url)))

    token = xee.login(open_browser=browser(before=before))

    assert [ATTACKS[attack]] == [status_of(answer) for answer in answers]
    assert token == xee.token
    assert 1 == box.xee.token_requests
    assert CODE not in box.xee.requests[-1].body.decode()


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_nothing_is_repeated(xee, browser, attack):
    """
    The page of a refusal says nothing of what was sent.
    """
    answers = []

    def before(url):
        answers.append(spoken(callback_of(url), attack(url)).decode())

    xee.login(open_browser=browser(before=before))

    for word in (CODE, "evil", "another=", "access_denied"):
        assert word not in answers[0]


def test_second_answer(box, xee, browser):
    """
    Who comes second, with the right state even, finds nobody.
    """
    opener = browser()
    xee.login(open_browser=opener)
    opener.close()

    with pytest.raises(requests.ConnectionError):
        requests.get(opener.answer.url, timeout=20)

    assert 1 == box.xee.token_requests


def test_slow_clients(xee, browser):
    """
    Who connects and says nothing, or little by little, keeps nobody waiting.
    """
    slow = []

    def before(url):
        address = ("127.0.0.1", urlsplit(callback_of(url)).port)
        for said in (b"", b"GET /callback HTTP/1.1\r\nHost"):
            slow.append(socket.create_connection(address, timeout=20))
            slow[-1].sendall(said)

    assert xee.login(open_browser=browser(before=before)) == xee.token

    assert [b"", b""] == [heard(one) for one in slow]
    for one in slow:
        one.close()


def test_more_callers_than_are_heard(xee, browser):
    """
    Many that connect and say nothing give way to those that come later.
    """
    idle = []

    def before(url):
        address = ("127.0.0.1", urlsplit(callback_of(url)).port)
        idle.extend(
            socket.create_connection(address, timeout=20)
            for _ in range(_MOST_CALLERS + 10)
        )

    assert xee.login(open_browser=browser(before=before)) == xee.token

    for one in idle:
        one.close()


def test_patience_ends():
    """
    A caller that says nothing is given up after its time.
    """
    with closing(Loopback(Place("127.0.0.1", 0, "/", ""), caller_s=0.05)) as loopback:
        address = ("127.0.0.1", urlsplit(loopback.redirect_uri).port)
        with socket.create_connection(address, timeout=20) as caller:
            looks = iter([False] * 4)
            far = float("inf")
            assert loopback.wait("s", until=far, stop=lambda: next(looks, True)) is None

            assert b"" == heard(caller)


def test_gone_before_the_answer(xee, browser):
    """
    Who hangs up, politely or not, does no harm.
    """

    def before(url):
        address = ("127.0.0.1", urlsplit(callback_of(url)).port)
        for attack in (b"", large_head(url)):
            with socket.create_connection(address, timeout=20) as caller:
                # Closed like this it is reset, whatever is under way.
                linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
                caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                caller.sendall(attack)

    assert xee.login(open_browser=browser(before=before)) == xee.token


def test_little_by_little(xee, browser):
    """
    A request that comes in pieces is a request all the same.
    """
    answers = []

    def before(url):
        address = ("127.0.0.1", urlsplit(callback_of(url)).port)
        with socket.create_connection(address, timeout=20) as caller:
            caller.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for piece in (other_path(url)[:9], other_path(url)[9:]):
                caller.sendall(piece)
                spoken(callback_of(url), no_request(url))  # the first piece is read
            answers.append(heard(caller))

    xee.login(open_browser=browser(before=before))

    assert [404] == [status_of(answer) for answer in answers]
