"""Processes that start cold at once, on each store that others share."""

import time

import pytest
from stores.programs import all_of, programs


@pytest.fixture(params=["file", "keyring", "redis"])
def more(request, tmp_path_factory):
    """Return what names the store to the programs, with its server running."""
    # Here, so that what one store lacks leaves the others out of it.
    if request.param == "redis":
        from stores.with_redis import Server  # noqa: PLC0415  # see above

        with Server(tmp_path_factory.mktemp("redis")) as server:
            yield {"store": server.url}
    elif request.param == "keyring":
        from stores.with_keyring import session_in  # noqa: PLC0415  # as above

        with session_in(tmp_path_factory.mktemp("session")):
            yield {"store": "keyring"}
    else:
        yield {}


def test_one_token_request(box, folder, more):
    """
    Sixteen of four threads cause one token request; in a second wave, and in processes
    of later, none.
    """
    url, given = box.xpkit.api_url, {**box.xpkit.credentials, **more}
    with programs(16, "xpkit", folder, **given) as first:
        told = all_of(first, "get", url, 4)
        again = all_of(first, "get", url, 4)
    with programs(2, "xpkit", folder, **given) as second:
        later = all_of(second, "get", url, 4)

    assert [[200] * 4] * 16 == told == again
    assert [[200] * 4] * 2 == later
    assert 1 == box.xpkit.token_requests


def test_one_failure(box, folder, more):
    """
    Six that wait for a token request which fails after a second hear of it within three.
    """
    box.m2m.slow(1.0)
    box.m2m.fail(500)
    with programs(6, "m2m", folder, **box.m2m.credentials, **more) as six:
        began_at = time.monotonic()
        told = all_of(six, "get", box.m2m.api_url)
        took_s = time.monotonic() - began_at

    [[said]] = {tuple(one) for one in told}
    assert said.startswith("ProviderUnavailable")
    assert "500" in said
    assert 1 == box.m2m.token_requests
    assert took_s < 3
