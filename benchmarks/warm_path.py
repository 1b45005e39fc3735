"""What a warm request costs more than with a static bearer, on a null transport.

Median of interleaved runs in shuffled order, printed as difference and ratio.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from typing import Any

import requests
from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter
from requests.auth import AuthBase

from requests_xauth import Provider, Token, XAuth, grants

URL = "https://api.example.com/v1/things?page=1"
RUNS, CALLS = 60, 400


class Null(BaseAdapter):
    """A transport that answers at once."""

    def send(self, request: PreparedRequest, **kwargs: Any) -> Response:  # noqa: ARG002  # the interface's
        """Return an empty 200."""
        response = requests.Response()
        response.status_code = 200
        response._content = b""  # noqa: SLF001  # as adapters do
        response.request = request
        response.url = request.url
        response.connection = self
        return response

    def close(self) -> None:
        """Have nothing to close."""


class StaticBearer(AuthBase):
    """What a user writes who has a token that never ends."""

    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        """Sign."""
        r.headers["Authorization"] = "Bearer static"
        return r


def warm_auth() -> XAuth:
    """Return an auth object with a fresh token."""
    provider = Provider(
        "Example", "https://auth.example.com/token", hosts=["api.example.com"]
    )
    auth = XAuth(provider, grants.ClientCredentials("id", "secret"))
    token = Token("token", expires_at=time.time() + 36000)
    auth._engine.accept(token, "asked", "client_credentials")  # noqa: SLF001  # no wire here
    return auth


def session_of(auth: AuthBase) -> requests.Session:
    """Return a session on the null transport."""
    session = requests.Session()
    session.trust_env = False
    session.mount("https://", Null())
    session.auth = auth
    return session


def prepare_only(auth: AuthBase) -> Callable[[], None]:
    """Return a call that signs one prepared request."""
    request = requests.Request("GET", URL).prepare()

    def call() -> None:
        request.hooks["response"].clear()
        auth(request)

    return call


def run(call: Callable[[], object]) -> float:
    """Return the microseconds of one call, averaged over one run."""
    began = time.perf_counter()
    for _ in range(CALLS):
        call()
    return (time.perf_counter() - began) / CALLS * 1e6


def compare(name: str, ways: dict[str, Callable[[], object]]) -> None:
    """Print the medians of two ways, side by side."""
    times: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(RUNS):
        for way in random.sample(list(ways), len(ways)):
            times[way].append(run(ways[way]))
    static, ours = (statistics.median(times[way]) for way in ways)
    print(
        f"{name}: static bearer {static:.2f} us, requests-xauth {ours:.2f} us,"
        f" difference {ours - static:+.2f} us, ratio {ours / static:.3f}"
    )


def main() -> None:
    """Measure whole requests, and the signing alone."""
    static, ours = StaticBearer(), warm_auth()
    sessions = [session_of(static), session_of(ours)]
    compare(
        "request",
        {
            "static": lambda: sessions[0].get(URL),
            "ours": lambda: sessions[1].get(URL),
        },
    )
    compare("sign", {"static": prepare_only(static), "ours": prepare_only(ours)})


if __name__ == "__main__":
    main()
