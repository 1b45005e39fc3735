"""The pages of an API: an echo, and a few that redirect, set a cookie or are large.

Rule: whoever calls has judged the bearer.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from ._wire import Answer, json_answer, redirect_answer

if TYPE_CHECKING:
    from ._wire import Request


def good(page: str, request: Request) -> Answer:
    """Return what a good bearer gets: an echo, or so many bytes at /bytes?n=N."""
    if page == "/bytes":
        count = int(_parameters(request).get("n", "1"))
        return Answer(
            200, b"x" * count, (("Content-Type", "application/octet-stream"),)
        )
    return json_answer(
        200,
        {
            "method": request.method,
            "path": request.path,
            "query": request.query,
            "length": len(request.body),
            "sha256": hashlib.sha256(request.body).hexdigest(),
        },
    )


def redirect(request: Request) -> Answer:
    """Return the redirect that /redirect?to=…&status=… asks for."""
    asked = {"to": "/", "status": "302", **_parameters(request)}
    return redirect_answer(asked["to"], int(asked["status"]))


def with_cookie(answer: Answer, request: Request) -> Answer:
    """Return an answer, refusals too, that sets the cookies of /cookie?name=value."""
    cookies = (
        ("Set-Cookie", f"{name}={value}; Path=/")
        for name, value in _parameters(request).items()
    )
    return answer._replace(headers=(*answer.headers, *cookies))


def not_found() -> Answer:
    """Return the answer of a path that is not there."""
    return json_answer(404, {"error": "Not Found"})


def wrong_method(allowed: str) -> Answer:
    """Return the answer to any other method than the one allowed."""
    return json_answer(405, {"error": "Method Not Allowed"}, {"Allow": allowed})


def _parameters(request: Request) -> dict[str, str]:
    return dict(parse_qsl(request.query, keep_blank_values=True))
