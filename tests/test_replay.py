"""What a refusal that was read leaves to the caller."""

import gzip
import io

import requests
from urllib3 import HTTPResponse

from requests_xauth._replay import can_read, refill, rewind


def streamed(body, **headers):
    """Return a streamed response with that body, as an adapter makes it."""
    response = requests.Response()
    response.status_code = 403
    response.headers.update(headers)
    response.raw = HTTPResponse(
        io.BytesIO(body), headers=headers, status=403, preload_content=False
    )
    return response


def test_a_compressed_refusal_can_be_read_raw():
    """
    After it was judged, a compressed refusal reads as its plain text.
    """
    packed = gzip.compress(b"denied" * 100)
    response = streamed(
        packed, **{"Content-Encoding": "gzip", "Content-Length": str(len(packed))}
    )
    response.content  # noqa: B018  # read, as for the verdict

    refill(response)

    assert b"denied" * 100 == response.raw.read()


def test_what_is_no_urllib3_response_is_left():
    """
    The raw of a test library's response stays what it is.
    """
    response = streamed(b"")
    response.raw = raw = io.BytesIO(b"theirs")

    refill(response)

    assert raw is response.raw


def test_only_a_short_body_is_read():
    """
    A streamed body is read for a verdict only if it says that it is short.
    """
    assert can_read(streamed(b"x", **{"Content-Length": "1"}))
    assert not can_read(streamed(b"x"))
    assert not can_read(streamed(b"x", **{"Content-Length": "65537"}))
    assert not can_read(streamed(b"x", **{"Content-Length": "9" * 400}))
    assert not can_read(streamed(b"x", **{"Content-Length": "-1"}))


def test_text_needs_no_rewinding():
    """
    Text and bytes are there still; a used iterator is not.
    """
    prepared = requests.Request("POST", "http://127.0.0.1/", data="text").prepare()
    used = requests.Request("POST", "http://127.0.0.1/", data=iter([b"x"])).prepare()

    assert rewind(prepared)
    assert not rewind(used)
