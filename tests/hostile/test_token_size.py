"""A token endpoint that sends too much: no more than a few MiB are taken."""

import gzip
import json
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
import requests
import servers
from hostile.tokens import (
    AWAY,
    CHUNKED,
    HEAD,
    MIB,
    REFUSED,
    SECRET,
    TOKEN,
    Case,
    all_met,
    check,
    flood,
    leaks,
    told,
)

from requests_xauth import M2MAuth

BLOCK = b" " * 65536
CHUNK = b"10000\r\n" + BLOCK + b"\r\n"
GIB = HEAD + b"Content-Length: 1073741824\r\n"
NINES = HEAD + b"Content-Length: " + b"9" * 99 + b"\r\n\r\n"
START = json.dumps(TOKEN).encode()[:-1] + b', "more": "'
LONG_LINE = b"a" * 100_000


def packed(name, window):
    """Return the answer whose body is the beginning of 1 GiB of zeros, packed."""
    packer = zlib.compressobj(wbits=window)
    body = packer.compress(START) + packer.compress(bytes(16 * MIB))
    body += packer.flush(zlib.Z_SYNC_FLUSH)
    return servers.http(200, body, {"Content-Encoding": name})


def long(answer):
    """Return the case of an answer whose body has no end."""
    return Case(answer, words="(HTTP 200) with more than 1 MiB. Check", arrivals=1)


def headless(answer):
    """Return the case of an answer whose headers have no end."""
    words = "with headers that cannot be read: more than 4 MiB came in."
    return Case(answer, words=words, arrivals=1)


CASES = {
    "length of 1 GiB": long(flood(GIB + b"\r\n" + START, BLOCK)),
    "no length": long(flood(HEAD + b"\r\n" + START, BLOCK)),
    "negative length": long(flood(HEAD + b"Content-Length: -5\r\n\r\n", BLOCK)),
    "length of 99 digits": long(flood(NINES, BLOCK)),
    "chunked": long(flood(CHUNKED, CHUNK)),
    "chunk of 1 GiB": long(flood(CHUNKED + b"40000000\r\n", BLOCK)),
    "chunks of one": long(flood(CHUNKED, b"1\r\n \r\n" * 9999)),
    "endless trailer": long(flood(CHUNKED + b"0\r\n", b"X-More: 1\r\n" * 9999)),
    "gzip": long(packed("gzip", 31)),
    "deflate": long(packed("deflate", 15)),
    "endless gzip": long(
        flood(GIB + b"Content-Encoding: gzip\r\n\r\n", gzip.compress(bytes(MIB)))
    ),
    "negative chunk": Case(flood(CHUNKED + b"-1\r\n", BLOCK), AWAY),
    "very negative chunk": Case(flood(CHUNKED + b"-40000000\r\n", BLOCK), AWAY),
    "endless headers": headless(flood(HEAD, b"X-A: " + LONG_LINE[:65000] + b"\r\n")),
    "100 without end": headless(flood(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 999)),
    "10,000 headers": Case(
        HEAD + b"X-A: 1\r\n" * 10_000 + b"\r\n{}", AWAY, "more than 100 headers"
    ),
    "long header": Case(
        HEAD + b"X-A: " + LONG_LINE + b"\r\n\r\n{}", AWAY, "more than 65536 bytes"
    ),
    "long status line": Case(
        b"HTTP/1.1 200 " + LONG_LINE + b"\r\n\r\n", AWAY, "more than 65536 bytes"
    ),
    "no line at all": Case(LONG_LINE, AWAY, "more than 65536 bytes"),
    "long chunk length": Case(
        CHUNKED + b"0" * 100_000 + b"1\r\n", AWAY, "more than 65536 bytes"
    ),
}


@pytest.fixture(scope="module")
def results():
    """Meet them all."""
    return all_met(CASES)


@pytest.mark.parametrize("name", CASES)
def test_too_much(results, name):
    """What has no end ends at once, in an error that says so; what follows is good."""
    check(results[0][name], CASES[name])


def test_nothing_is_logged(results):
    """No secret and no token is in a log, at DEBUG."""
    assert len(results[1]) > len(CASES)
    assert [] == leaks(results[1])


PROGRAM = Path(__file__).with_name("reader.py")


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's /proc")
def test_memory():
    """
    A program that meets 1 GiB of each kind has 8 MiB more than before at the most.

    The twin: what requests reads of an answer of 64 MiB is seen.
    """
    kinds = ("length of 1 GiB", "no length", "chunked", "negative chunk", "gzip")
    answers = [
        servers.http(400),
        *(CASES[kind].answer for kind in kinds),
        servers.http(body=bytes(64 * MIB)),
    ]

    def numbered(connection, stop):
        answer = answers[int(server.requests[-1].split(b"/")[1])]
        answer(connection, stop) if callable(answer) else connection.sendall(answer)

    with servers.Script(numbered) as server:
        done = subprocess.run(
            [sys.executable, PROGRAM, server.url, str(len(answers))],
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        )
    _, *grown, read_whole = json.loads(done.stdout)
    assert len(grown) == len(kinds)
    assert max(grown) <= 8, grown
    assert read_whole > 60


def test_a_proxy_without_end():
    """A proxy that answers CONNECT with headers without an end is no better off."""
    with servers.Script(flood(HEAD, b"X-More: 1\r\n" * 9999)) as proxy:
        session = requests.Session()
        session.trust_env, session.proxies = False, {"https": proxy.url}
        auth = M2MAuth("https://a.example", "me", SECRET, session=session)
        # Python 3.12 and later count a proxy's headers too.
        with pytest.raises(REFUSED, match=r"more than (4 MiB|100 headers)") as caught:
            auth.renew()
    assert [] == leaks(told(caught.value))
