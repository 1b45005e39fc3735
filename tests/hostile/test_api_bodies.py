"""Refusals whose bodies are long, late, broken, packed, or never come."""

import gzip
import time
import tracemalloc

import pytest
import requests
from hostile.apis import (
    CHUNKED,
    OK,
    Api,
    chunked,
    cut,
    denial,
    refusal,
    session_for,
)
from servers import LOOPBACK, drip, http

from requests_xauth import errors
from requests_xauth._peek import READ_LIMIT, can_read

FORMS = ("length", "chunks", "end")
# Short enough to be read, and 20 MiB when unpacked.
BOMB = gzip.compress(bytes(20 << 20))
READERS = {
    "raw": lambda answer: answer.raw.read(),
    "content": lambda answer: answer.content,
    "pieces": lambda answer: b"".join(answer.iter_content(77)),
}


class TestStreamed:
    """What the caller wants to stream, refused for a reason that stands in the body."""

    @pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
    @pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
    @pytest.mark.parametrize("form", FORMS)
    def test_ended_token(self, clock, form, packed, stream):
        """
        A token that has ended is renewed and the call replayed, however the body is sent.
        """
        with Api(refusal(denial("Token has expired"), form, packed=packed), OK) as api:
            session = session_for("xee", clock, api)

            with session.get(api.url, stream=stream) as answer:
                assert {"ok": True} == answer.json()

        assert 1 == session.tokens.number
        assert [denial("Token has expired")] == [r.content for r in answer.history]
        assert (2 if form == "end" else 1) == api.connections

    @pytest.mark.parametrize("read", READERS)
    @pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
    @pytest.mark.parametrize("form", FORMS)
    def test_permission(self, clock, form, packed, read):
        """
        A missing permission is handed out as if nobody had read it, and costs nothing.
        """
        said = denial("Token does not have the required scope")
        with Api(refusal(said, form, packed=packed)) as api:
            session = session_for("xee", clock, api)

            with session.get(api.url, stream=True) as answer:
                assert said == READERS[read](answer)

        assert 1 == len(api.requests)
        assert 0 == session.tokens.number

    @pytest.mark.parametrize("read", READERS)
    @pytest.mark.parametrize("form", FORMS)
    def test_long(self, clock, form, read):
        """
        A body too long to be a refusal's is not judged, and handed out whole.
        """
        said = denial("Token has expired").ljust(2 * READ_LIMIT)
        with Api(refusal(said, form)) as api:
            session = session_for("xee", clock, api)

            with session.get(api.url, stream=True) as answer:
                assert 403 == answer.status_code
                assert said == READERS[read](answer)

        assert 0 == session.tokens.number

    @pytest.mark.parametrize(
        "broken",
        [
            http(403, chunked(denial("Token has expired"))[:-15], CHUNKED),
            http(403, b"no gzip", {"Content-Encoding": "gzip"}),
            http(403, b"no size\r\n", CHUNKED),
        ],
        ids=["cut off", "no gzip", "no chunk"],
    )
    def test_broken(self, clock, broken):
        """
        What is broken is met by whoever reads it, not by the call.
        """
        with Api(cut(broken)) as api:
            session = session_for("xee", clock, api)

            with session.get(api.url, stream=True) as answer:
                assert 403 == answer.status_code
                with pytest.raises(requests.RequestException):
                    answer.content  # noqa: B018  # reads it

    def test_withheld(self, clock):
        """
        A body that is promised and never comes keeps nobody longer than its timeout.
        """
        head = http(403, b"", {"Content-Length": "100"})
        with Api(drip(head, b"")) as api:
            session = session_for("xee", clock, api)
            began_at = time.monotonic()

            with session.get(api.url, stream=True, timeout=(5, 1)) as answer:
                assert 403 == answer.status_code

        assert time.monotonic() - began_at < 10


class TestReplayed:
    """A refusal that nobody will read, since its call is sent again."""

    @pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
    @pytest.mark.parametrize("promised", [{"Content-Length": "1000"}, CHUNKED])
    def test_withheld(self, clock, stream, promised):
        """
        A body that is promised and never comes does not keep the replay.
        """
        with Api(drip(http(401, b"", promised), b""), OK) as api:
            session = session_for("m2m", clock, api)
            began_at = time.monotonic()

            answer = session.get(api.url, stream=stream, timeout=(5, 1))

            assert {"ok": True} == answer.json()
        assert time.monotonic() - began_at < 10

    @pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
    @pytest.mark.parametrize("form", ["length", "chunks", "end"])
    def test_one_gibibyte(self, clock, stream, form):
        """
        Of a body of a gibibyte little is read: no more than the network holds anyway.
        """
        sent = []
        piece = b"x" * (1 << 16)

        def gushes(connection, stop):
            head = refusal(b"", form, status=401)
            connection.sendall(
                head.replace(b"Length: 0", b"Length: %d" % (1 << 30)).replace(
                    b"\r\n0\r\n\r\n", b"\r\n40000000\r\n"
                )
            )
            while sum(sent) < 1 << 30 and not stop.is_set():
                sent.append(connection.send(piece))

        with Api(gushes, OK) as api:
            session = session_for("m2m", clock, api)
            began_at = time.monotonic()

            answer = session.get(api.url, stream=stream)

            assert {"ok": True} == answer.json()
        assert b"" == answer.history[0].content
        assert time.monotonic() - began_at < 10
        assert 0 < sum(sent) < 1 << 25

    @pytest.mark.parametrize(("name", "replayed"), [("m2m", True), ("xee", False)])
    def test_bomb(self, clock, name, replayed):
        """
        What would unpack to a thousand times its length is left packed.

        It is neither judged by what it says nor unpacked to be dropped.
        """
        bomb = refusal(BOMB, status=401 if replayed else 403)
        packed = bomb.replace(b"\r\n", b"\r\nContent-Encoding: gzip\r\n", 1)
        with Api(packed, OK) as api:
            session = session_for(name, clock, api)
            tracemalloc.start()
            with session.get(api.url, stream=True) as answer:
                peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()

        assert replayed is (200 == answer.status_code)
        assert peak < 8 << 20

    @pytest.mark.parametrize("encoding", ["gzip, gzip", "deflate,gzip", "br", "gzip,"])
    def test_packed_in_packed(self, clock, encoding):
        """
        What is packed in another way than once and as usual is left packed, read by nobody.
        """
        bomb = gzip.compress(BOMB)
        packed = http(403, bomb, {"Content-Encoding": encoding})
        with Api(packed, OK) as api:
            session = session_for("xee", clock, api)
            tracemalloc.start()
            with session.get(api.url, stream=True) as answer:
                peak = tracemalloc.get_traced_memory()[1]
                assert bomb == answer.raw.read(decode_content=False)
            tracemalloc.stop()

        assert peak < 1 << 20

    @pytest.mark.parametrize("encoding", ["GZIP", "identity"])
    def test_packed_as_usual(self, clock, encoding):
        """
        The twin: what is packed as usual, in whichever letters, is read and judged.
        """
        said = denial("Token has expired")
        body = said if encoding == "identity" else gzip.compress(said)
        with Api(http(403, body, {"Content-Encoding": encoding}), OK) as api:
            session = session_for("xee", clock, api)

            assert {"ok": True} == session.get(api.url, stream=True).json()

    def test_longest(self, clock):
        """
        The longest refusal that is read is in the history, whole.
        """
        said = b"x" * READ_LIMIT
        with Api(refusal(said, status=401), OK) as api:
            answer = session_for("m2m", clock, api).get(api.url)

        assert [said] == [refused.content for refused in answer.history]

    def test_what_the_renewal_failed_for(self, clock):
        """
        Where no renewal helps a refusal without an end keeps nobody from the error.
        """
        endless = drip(http(401, b"", CHUNKED), b"")
        with Api(endless) as api:
            session = session_for("m2m", clock, api)
            session.tokens.broken = True

            with pytest.raises(errors.TokenRequestError, match="access_token"):
                session.get(api.url, timeout=(5, 1))


def plain_session():
    """Return a session without any auth."""
    session = requests.Session()
    session.trust_env = False
    session.verify = LOOPBACK
    return session


class TestTime:
    """How long a body may take to be looked at."""

    @pytest.mark.parametrize("tls", [False, True], ids=["plain", "TLS"])
    @pytest.mark.parametrize("timeout", [None, 30])
    @pytest.mark.parametrize("piece", [b"", b"x"], ids=["silence", "drips"])
    def test_bounded(self, piece, timeout, tls):
        """
        Nothing comes, or a byte now and then: it ends, and the read timeout is as it was.
        """
        head = http(401, b"x", {"Content-Length": "100000"})
        with Api(drip(head, piece, 0.01), tls=tls) as api, plain_session() as session:
            response = session.get(api.url, stream=True, timeout=timeout)
            began_at = time.monotonic()

            assert not can_read(response, stream=True, within_s=0.1)

            assert 0.1 <= time.monotonic() - began_at < 10
            sock = response.raw.connection.sock
            assert timeout == sock.gettimeout()
            response.raw.flush()
            assert sock.fileno() == response.raw.fileno()
            response.close()

    def test_in_time(self):
        """
        The twin: a body that comes in pieces and in time is read.
        """
        head = http(401, b"{", {"Content-Length": "20"})
        with (
            Api(drip(head, b"x", 0.001)) as api,
            plain_session() as session,
            session.get(api.url, stream=True, timeout=5) as response,
        ):
            assert can_read(response, stream=True, within_s=5)
            assert b"{".ljust(20, b"x") == response.content
