"""What a refusal that was read leaves to the caller."""

import gzip
import io

import pytest
import requests
from urllib3 import HTTPResponse
from urllib3.exceptions import ProtocolError

from requests_xauth._peek import READ_LIMIT, can_read, refill
from requests_xauth._replay import rewind, settle


def streamed(body, **headers):
    """Return a streamed response with that body, as an adapter makes it."""
    response = requests.Response()
    response.status_code = 403
    response.headers.update(headers)
    response.raw = HTTPResponse(
        io.BytesIO(body), headers=headers, status=403, preload_content=False
    )
    return response


@pytest.mark.parametrize("read", [True, False], ids=["judged", "not looked at"])
def test_a_compressed_refusal_can_be_streamed(read):
    """
    After it was read ahead and judged a compressed refusal streams as it was sent.
    """
    packed = gzip.compress(b"denied" * 100)
    length = {"Content-Encoding": "gzip", "Content-Length": str(len(packed))}
    response = streamed(packed, **length)

    assert can_read(response, stream=True)
    assert not read or b"denied" * 100 == response.content
    refill(response)

    assert length == dict(response.raw.headers)
    assert b"denied" * 100 == response.raw.read()


def test_what_is_no_urllib3_response_is_left():
    """
    The raw of a test library's response stays what it is, and is read by whom it is for.
    """
    response = streamed(b"")
    response.raw = raw = io.BytesIO(b"theirs")

    assert not can_read(response, stream=True)
    assert can_read(response, stream=False)
    refill(response)

    assert raw is response.raw
    assert b"theirs" == response.content


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("size", [0, 1, READ_LIMIT, READ_LIMIT + 1, 3 * READ_LIMIT])
@pytest.mark.parametrize("amt", [1000, None])
def test_only_a_short_body_is_read(stream, size, amt):
    """
    A body is read for a verdict only if it is short; whoever reads it finds it all.
    """
    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    response = streamed(body)

    assert (size <= READ_LIMIT) == can_read(response, stream=stream)
    assert (size <= READ_LIMIT) == can_read(response, stream=stream)
    pieces = iter(lambda: response.raw.read(amt), b"")

    assert body == b"".join(pieces)


def test_a_body_that_somebody_has_read():
    """
    What a hook has streamed already is not read again.
    """
    response = streamed(b"x" * 10)
    assert b"x" * 10 == b"".join(response.iter_content(3))

    settle(response, stream=False)

    assert response.raw.closed


class Torn(io.BytesIO):
    """A raw of somebody's own that breaks off."""

    def stream(self, *args, **kwargs):
        """Break off."""
        raise ProtocolError("broke off")


def test_a_raw_of_somebodys_own_that_breaks_off():
    """
    It is closed and hides nothing.
    """
    response = streamed(b"")
    response.raw = Torn()

    settle(response, stream=False)

    assert response.raw.closed


def test_text_needs_no_rewinding():
    """
    Text and bytes are there still; a used iterator is not.
    """
    prepared = requests.Request("POST", "http://127.0.0.1/", data="text").prepare()
    used = requests.Request("POST", "http://127.0.0.1/", data=iter([b"x"])).prepare()

    assert rewind(prepared)
    assert not rewind(used)
