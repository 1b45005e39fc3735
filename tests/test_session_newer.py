"""Which token a new session uses when its auth object has one already."""

import pytest
from helpers import auth_of
from oauth import opened, xee, xee_token

from requests_xauth import XAuthSession, errors
from requests_xauth.stores import MemoryStore


class SharedStore(MemoryStore):
    """A store that outlives the process, as far as the engine knows."""

    private = False


def test_an_older_one_of_the_same_line(box, clock):
    """
    A saved token that was renewed here since is not gone back to.
    """
    auth, saved = xee(box, clock), xee_token(box)
    opened(auth, token=saved).refresh_token()
    newer = auth.token
    box.xee.reset_counters()

    session = opened(auth, token=saved)

    assert 200 == session.get(box.xee.api_url).status_code
    assert newer == auth.token
    assert 0 == box.xee.token_requests


def test_the_same_one(box, clock):
    """
    Of the same token the given moments count, and its refresh token stays.
    """
    auth, saved = xee(box, clock), xee_token(box)
    opened(auth, token=saved)
    refresh_token = saved.pop("refresh_token")

    opened(auth, token={**saved, "expires_at": clock() - 10})

    assert (clock() - 10, refresh_token) == (
        auth.token.expires_at,
        auth.token.refresh_token,
    )


def test_another_persons(box, clock):
    """
    Two people's tokens cannot be in one auth object: the second is refused.
    """
    auth, kari, ola = xee(box, clock), xee_token(box), xee_token(box)
    opened(auth, token=kari)

    with pytest.raises(errors.ConfigError, match="two people cannot share one"):
        XAuthSession(auth, token=ola)

    assert kari["access_token"] == auth.token.access_token


def test_another_person_logs_in(box, clock):
    """
    After another login on the same auth object the first one's token is refused too.
    """
    auth, kari = xee(box, clock), xee_token(box)
    session = opened(auth, token=kari)
    url, _ = session.authorization_url()
    session.fetch_token(authorization_response=box.xee.authorize(url))

    with pytest.raises(errors.ConfigError, match="two people cannot share one"):
        XAuthSession(auth, token=kari)


def test_replaced_on_purpose(box, clock):
    """
    Who sets ``session.token`` has it so.
    """
    auth, kari, ola = xee(box, clock), xee_token(box), xee_token(box)
    session = opened(auth, token=kari)

    session.token = ola

    assert ola == session.token


@pytest.mark.parametrize(("later_s", "given_wins"), [(0, True), (60, False)])
def test_a_machines(box, clock, later_s, given_wins):
    """
    All tokens of a machine are its own: that which ends later is used.
    """
    auth = auth_of(box, "m2m", clock=clock)
    saved = auth.renew().to_dict()
    auth.forget()
    clock.tick(later_s)
    held = auth.renew()

    session = opened(auth, token=saved)

    expected = saved["access_token"] if given_wins else held.access_token
    assert expected == session.access_token


def test_after_one_that_has_ended(box, clock):
    """
    A token that has ended and cannot be renewed gives way to any.
    """
    auth = xee(box, clock)
    opened(auth, token={"access_token": "ended", "expires_in": 0})

    assert "newer" == opened(auth, token={"access_token": "newer"}).access_token


def test_a_shared_store_wins(box, clock):
    """
    What a store that is shared has wins over a saved token, which only seeds it.
    """
    given = {"store": SharedStore(), "account": "kari"}
    first, second = xee_token(box), xee_token(box)

    opened(xee(box, clock, **given), token=first)
    session = opened(xee(box, clock, **given), token=second)

    assert first["access_token"] == session.access_token


def test_a_shared_store_wants_to_know_whose(box, clock):
    """
    A person's token for a shared store needs an account, else others would get it.
    """
    auth = xee(box, clock, store=SharedStore())

    with pytest.raises(errors.ConfigError, match="needs its account="):
        XAuthSession(auth, token={"access_token": "opaque"})

    assert None is auth.token
