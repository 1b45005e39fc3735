"""A token endpoint that turns hostile and good again, and what a client made of it."""

import base64
import html
import logging
import pickle
import time
from concurrent import futures
from typing import Any, NamedTuple
from urllib.parse import unquote

import requests
import servers
from test_secrets import Heard

from requests_xauth import M2MAuth, Token, errors
from requests_xauth.plugins.pytest import Clock

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
# What the client sends and nobody may read; "/", "&" and "+" are escaped by some.
SECRET = "hush/7&our+secret"
# What the hostile answers hold and nobody may read.
PLANTED = ("AT-PLANTED-1", "RT-PLANTED-2", "ID-PLANTED-3")
NEEDLES = (SECRET, base64.b64encode(f"me:{SECRET}".encode()).decode(), *PLANTED)
TOKEN = {"access_token": PLANTED[0], "token_type": "Bearer", "expires_in": 3600}
GOOD = {**TOKEN, "access_token": "GOOD-1", "id_token": "GOOD-1"}
MIB = 1 << 20

REFUSED, AWAY = errors.TokenRequestError, errors.ProviderUnavailable
WRONG = errors.CredentialsRejected


class Case(NamedTuple):
    """A hostile answer and what has to become of it."""

    answer: Any  # bytes, or a function as servers.Script has it
    kind: type = REFUSED  # of the error, or Token
    words: str = ""  # in the error's text
    deadline_s: float = 30.0
    arrivals: int | None = None  # of token requests; None: one or more


class Fate(NamedTuple):
    """What became of one request that needed a token."""

    got: Any  # a Token or an error
    lasted_s: float
    arrivals: int


class Turncoat(servers.Script):
    """A server whose answer to token requests changes; its API is a good one."""

    def __init__(self, answer, **options):
        self.answer = answer
        super().__init__(self._now, **options)

    def _now(self, connection, stop):
        if self.requests[-1].startswith(b"GET"):
            connection.sendall(servers.http(body={"things": 1}))
        elif callable(self.answer):
            self.answer(connection, stop)
        else:
            connection.sendall(self.answer)


def flood(first, piece):
    """Return an answer that sends *first*, then *piece* as fast as it goes."""

    def answer(connection, stop):
        connection.sendall(first)
        while not stop.is_set():
            connection.sendall(piece)

    return answer


def met(case, preset=M2MAuth, *, tls=False, **credentials):
    """
    Return what becomes of a signed call whose token request gets the case's answer.

    The next token request, a minute later, gets a good one and has to succeed; nothing
    that was sent carried a cookie.
    """
    given = {"client_id": "me", "client_secret": SECRET, **credentials}
    clock = Clock()
    with Turncoat(case.answer, tls=tls) as server, requests.Session() as session:
        # With trust_env a bundle that the environment names would go first.
        session.verify, session.trust_env = servers.LOOPBACK, False
        auth = preset(
            base_url=server.url, clock=clock, timeout=5, session=session, **given
        )
        session.auth = auth
        # No argument makes it shorter than a minute, and nobody waits so long here.
        auth._engine.endpoint.deadline_s = case.deadline_s
        fate = _fate(session, server)
        server.answer = servers.http(body=GOOD)
        clock.tick(61)
        auth._engine.endpoint.deadline_s = 60
        assert auth.renew().bearer == "GOOD-1"
        assert session.get(f"{server.url}/things", timeout=30).ok
        assert server.header("Authorization") == "Bearer GOOD-1"
        cookies = [server.header("Cookie", n) for n in range(len(server.requests))]
        assert set(cookies) == {None}
    return fate


def _fate(session, server):
    began_at = time.monotonic()
    try:
        assert session.get(f"{server.url}/things", timeout=30).ok
        got = session.auth.token
    except requests.RequestException as error:
        got = error
    lasted_s = time.monotonic() - began_at
    arrivals = sum(asked.startswith(b"POST") for asked in server.requests)
    return Fate(got, lasted_s, arrivals)


def all_met(cases):
    """Return the fate of each case, met side by side, and all that was logged."""
    root, handler = logging.getLogger(), Heard()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        with futures.ThreadPoolExecutor(24) as pool:
            fates = dict(zip(cases, pool.map(_judged, cases.values()), strict=True))
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    return fates, handler.texts


def _judged(case):
    try:
        return met(case)
    except Exception as error:  # noqa: BLE001  # of this case alone, for its test to judge
        return Fate(error, 0, 1)


def check(fate, case):
    """Check class, words and time, and that nobody can read a secret or a token."""
    assert type(fate.got) is case.kind, repr(fate.got)
    assert fate.lasted_s < case.deadline_s + 3
    assert fate.arrivals >= 1
    assert case.arrivals in {None, fate.arrivals}
    if isinstance(fate.got, Token):
        assert all("!" <= letter <= "~" for letter in fate.got.bearer)
        assert [] == leaks([repr(fate.got)])
    else:
        assert isinstance(fate.got, errors.XAuthError)
        assert case.words in str(fate.got)
        assert [] == leaks(told(fate.got))


def leaks(texts):
    """Return what of *texts* holds a secret or a planted token, however written."""
    ways = [(text, way) for text in texts for way in _ways(_plain(text))]
    return [(n, text[:500]) for text, way in ways for n in NEEDLES if n in way]


def told(error):
    """Return all that can be read of *error*: its causes, their members, its pickle."""
    texts, pending, seen = [pickle.dumps(error).decode("latin-1")], [error], {}
    while pending:
        part = pending.pop()
        if id(part) in seen:
            continue
        seen[id(part)] = part
        texts += [str(part), repr(part)]
        if isinstance(part, BaseException):
            pending += [part.__cause__, part.__context__, *part.args]
        if isinstance(part, requests.Response):
            texts += [part.text, *part.headers, *part.headers.values()]
        pending += getattr(part, "__dict__", {}).values()
    return texts


def _ways(text):
    return [text, unquote(text), html.unescape(text)]


def _plain(text):
    plain = text.replace("\0", "").replace("\\\\", "\\")
    plain = plain.replace("\\x00", "").replace("\\/", "/")
    for letter in "/&+TPS":
        for form in ("\\u%04x", "\\u%04X"):
            plain = plain.replace(form % ord(letter), letter)
    return plain
