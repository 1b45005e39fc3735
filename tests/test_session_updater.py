"""token_updater: who keeps tokens elsewhere hears of every automatic renewal."""

import gc
import logging

import pytest
from helpers import auth_of, renewals_done
from oauth import oauth_of, opened

from requests_xauth import XAuthSession, errors


@pytest.fixture
def told():
    """What the updater was called with."""
    return []


class TestWhen:
    """After which renewals it is called."""

    def test_the_first(self, box, clock, told):
        """
        It is called with the first token, which the first call obtains.
        """
        session = oauth_of(box, "m2m", clock, token_updater=told.append)

        session.get(box.m2m.api_url)
        session.get(box.m2m.api_url)

        assert [session.token] == told

    def test_ahead_of_the_end(self, box, clock, told):
        """
        It is called with a token that was renewed on a thread of its own.
        """
        session = oauth_of(box, "xee", clock, token_updater=told.append)
        session.get(box.xee.api_url)
        clock.tick(box.xee.lifetime_s - 100)

        session.get(box.xee.api_url)
        renewals_done()

        assert 2 == len(told)
        assert session.token == told[1]

    def test_at_the_end(self, box, clock, told):
        """
        It is called with the token that follows one that has ended.
        """
        session = oauth_of(box, "xee", clock, token_updater=told.append)
        session.get(box.xee.api_url)
        clock.tick(box.xee.lifetime_s)

        session.get(box.xee.api_url)

        assert [told[0]["refresh_token"], session.token] != told
        assert session.token == told[1]

    def test_refused(self, box, clock, told):
        """
        It is called with the token that follows a refused one.
        """
        session = oauth_of(box, "m2m", clock, token_updater=told.append)
        session.get(box.m2m.api_url)
        box.m2m.revoke()

        session.get(box.m2m.api_url)

        assert session.token == told[1]

    def test_not_what_was_asked_for(self, box, clock, told):
        """
        It is not called with what the caller asked for and gets back.
        """
        session = oauth_of(box, "xee", clock, token_updater=told.append)
        url, _ = session.authorization_url()

        session.fetch_token(authorization_response=box.xee.authorize(url))
        session.refresh_token()
        session.token = {"access_token": "opaque"}

        assert [] == told

    def test_not_after_a_failure(self, box, clock, told):
        """
        It is not called when there is no new token.
        """
        box.m2m.fail(400)
        session = oauth_of(box, "m2m", clock, token_updater=told.append)

        with pytest.raises(errors.TokenRequestError):
            session.get(box.m2m.api_url)

        assert [] == told


class TestHow:
    """What it may do, and what becomes of it."""

    def test_it_may_use_the_session(self, box, clock):
        """
        It is called outside of the hold: it may send requests, and renew.
        """
        done = []

        def update(token):
            done.append(session.refresh_token())
            done.append(session.get(box.m2m.api_url).status_code)

        session = oauth_of(box, "m2m", clock, token_updater=update)

        assert 200 == session.get(box.m2m.api_url).status_code
        assert [session.token, 200] == done

    def test_what_it_raises(self, box, clock, caplog):
        """
        What it raises is logged, with its name, and the call goes on.
        """

        def full_disk(token):
            raise OSError("no space left")

        session = oauth_of(box, "m2m", clock, token_updater=full_disk)

        with caplog.at_level(logging.ERROR, "requests_xauth"):
            assert 200 == session.get(box.m2m.api_url).status_code

        [record] = caplog.records
        assert "full_disk failed on the renewal of M2M" in record.getMessage()
        assert "no space left" in caplog.text
        assert session.access_token not in caplog.text

    @pytest.mark.parametrize("update", ["save", 7, {}])
    def test_what_cannot_be_called(self, box, clock, update):
        """
        What cannot be called is refused at once.
        """
        with pytest.raises(errors.ConfigError, match="token_updater= must be callable"):
            XAuthSession(auth_of(box, "m2m", clock=clock), token_updater=update)

    def test_it_can_be_changed(self, box, clock, told):
        """
        It can be set later, and unset.
        """
        session = oauth_of(box, "m2m", clock)
        session.token_updater = told.append
        session.get(box.m2m.api_url)
        session.token_updater = None
        box.m2m.revoke()

        session.get(box.m2m.api_url)

        assert 1 == len(told)
        assert None is session.token_updater


class TestSessions:
    """What several sessions on one auth object mean for it."""

    def test_one_for_several(self, box, clock, told):
        """
        The same updater of several sessions is called once, as long as one has it.
        """
        auth, update = auth_of(box, "m2m", clock=clock), told.append
        sessions = [opened(auth, token_updater=update) for _ in range(3)]
        sessions[0].token_updater = None

        sessions[0].get(box.m2m.api_url)

        assert 1 == len(told)

    def test_one_each(self, box, clock, told):
        """
        Different updaters are all called, whichever session caused the renewal.
        """
        auth, others = auth_of(box, "m2m", clock=clock), []
        opened(auth, token_updater=told.append)

        opened(auth, token_updater=others.append).get(box.m2m.api_url)

        assert told == others
        assert 1 == len(told)

    def test_a_session_that_is_gone(self, box, clock, told):
        """
        A renewal that outlives its session is told: the old refresh token is spent.
        """
        auth = auth_of(box, "xee", clock=clock)
        with XAuthSession(auth, token_updater=told.append) as session:
            session.get(box.xee.api_url)
            clock.tick(box.xee.lifetime_s - 100)
            box.xee.slow(30, times=1)
            session.get(box.xee.api_url)
        del session
        gc.collect()

        box.xee.heal()
        renewals_done()

        assert 2 == len(told)
        assert auth.token.refresh_token == told[1]["refresh_token"]

    def test_many_that_are_gone(self, box, clock, told):
        """
        A server that makes a session with a function of its own per request keeps few.
        """
        auth = auth_of(box, "m2m", clock=clock)
        for number in range(50):
            XAuthSession(auth, token_updater=lambda _, n=number: told.append(n)).close()
        gc.collect()
        stays = opened(auth, token_updater=lambda _: told.append("stays"))

        stays.get(box.m2m.api_url)

        assert "stays" == told[-1]
        assert 49 in told
        assert len(told) < 10

    def test_its_name(self, box, clock):
        """
        It is known by its function's name, or its class's.
        """
        auth = auth_of(box, "m2m", clock=clock)

        class Saver:
            def __call__(self, token):
                pass

        opened(auth, token_updater=Saver())
        opened(auth, token_updater=print)

        names = [repr(listener) for listener in auth._engine.listeners]
        assert ["token_updater Saver", "token_updater print"] == names
