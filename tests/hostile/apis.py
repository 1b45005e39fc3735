"""What the tests of hostile APIs do alike: a session that knows one scripted server."""

import gzip
import json

from helpers import auth_of, session_with
from servers import http

CHUNKED = {"Transfer-Encoding": "chunked"}
OK = http(200, {"ok": True})


def session_for(box, name, clock, api, **more):
    """Return a session with a token, which *api* may see; the sandbox counts from now."""
    auth = auth_of(box, name, clock=clock, hosts=[api.url.split("//")[1]], **more)
    auth.renew()
    getattr(box, name).reset_counters()
    return session_with(auth)


def denial(message):
    """Return the body of a refusal as Xee writes it."""
    return json.dumps([{"type": "x", "message": message, "tip": ""}]).encode()


def chunked(body, size=7):
    """Return *body* in chunks, as it goes over the wire."""
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(p), p) for p in [*pieces, b""])


def refusal(body, form="length", *, status=403, packed=False):
    """Return a refusal as bytes, its body told by a length, by chunks or by its end."""
    headers = {"Content-Type": "application/json"}
    if packed:
        body = gzip.compress(body)
        headers["Content-Encoding"] = "gzip"
    if form == "chunks":
        return http(status, chunked(body), {**headers, **CHUNKED})
    if form == "end":
        # No length at all: what follows to the connection's end is the body.
        head = http(status, b"", {**headers, "Connection": "close"})
        return head.replace(b"Content-Length: 0\r\n", b"") + body
    return http(status, body, headers)
