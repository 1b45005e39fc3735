"""A store that is away, or that could not take what it was given."""

import threading

import pytest
import requests
from helpers import auth_of, in_parallel, renewals_done, service_of, session_with

from requests_xauth import _shelf, errors
from requests_xauth._contract._forks import in_child
from requests_xauth.stores import MemoryStore


class Far(MemoryStore):
    """
    A store that others share, and that can be away.

    Attributes:
        failing: The acts that fail.
        fails_next: The acts that fail when the next text has been saved.
        error: What they raise.
        asked: The acts that were asked for.
    """

    private = False
    every = frozenset({"load", "save", "hold"})

    def __init__(self, *, fallback=False):
        super().__init__()
        self.fallback = fallback
        self.failing = self.fails_next = frozenset()
        self.error = errors.StoreError("It is far away.")
        self.error.away = True
        self.asked = []

    def load(self, key):
        """Load, or fail."""
        self._ask("load")
        return super().load(key)

    def save(self, key, text, *, expires_at=None):
        """Save, or fail."""
        self._ask("save")
        super().save(key, text, expires_at=expires_at)
        self.failing, self.fails_next = self.failing | self.fails_next, frozenset()

    def hold(self, key, *, wait_s):
        """Hold, or fail."""
        self._ask("hold")
        return super().hold(key, wait_s=wait_s)

    def goes(self):
        """Let it be away from now on."""
        self.failing = self.every

    def comes_back(self, *, empty=False):
        """Let it be there again."""
        self.failing = frozenset()
        if empty:
            self._texts.clear()

    def _ask(self, act):
        self.asked.append(act)
        if act in self.failing:
            raise self.error


@pytest.fixture
def store():
    """Return a store that may be done without."""
    return Far(fallback=True)


def calls(box, auth, number=1, name="m2m"):
    """Return the statuses of so many calls, one after the other, and let them settle."""
    url = service_of(box, name).api_url
    statuses = [requests.get(url, auth=auth).status_code for _ in range(number)]
    renewals_done()
    return statuses


class TestWithout:
    """A store that may not be done without."""

    @pytest.mark.parametrize("name", ["m2m", "xpkit", "xmldation"])
    def test_until_its_end(self, box, clock, name):
        """
        A token at hand goes on working until its end; then the store's error is raised.
        """
        store = Far()
        auth = auth_of(box, name, store=store, clock=clock)
        assert [200] == calls(box, auth, name=name)
        store.goes()
        clock.tick(auth.token.left_s(clock()) - 1)

        assert [200, 200] == calls(box, auth, 2, name)
        clock.tick(2)
        with pytest.raises(errors.StoreError, match="far away"):
            calls(box, auth, name=name)
        assert 1 == service_of(box, name).token_requests

    def test_no_first_token(self, box, clock):
        """
        Without a token there is none.
        """
        store = Far()
        store.goes()

        with pytest.raises(errors.StoreError, match="far away"):
            calls(box, auth_of(box, "m2m", store=store, clock=clock))

    @pytest.mark.parametrize("failing", ["load", "save", "hold"])
    def test_wherever_it_fails(self, box, clock, failing):
        """
        Whatever it cannot do, no one-time refresh token is sent, and none is lost.
        """
        store = Far()
        seed = box.xee.issue_refresh_token()
        more = {"store": store, "account": "ada", "clock": clock}
        auth = auth_of(box, "xee", refresh_token=seed, **more)
        auth.renew()
        store.failing = {failing}

        with pytest.raises(errors.StoreError, match="far away"):
            auth.renew()
        assert 1 == box.xee.token_requests
        store.comes_back()
        assert auth.renew()
        assert 2 == box.xee.token_requests

    def test_it_comes_back_empty(self, box, clock):
        """
        A store that came back empty is filled again when the token is renewed.
        """
        store = Far()
        auth = auth_of(box, "m2m", store=store, clock=clock)
        calls(box, auth)
        store.comes_back(empty=True)
        twin = auth_of(box, "m2m", store=store, clock=clock)
        assert twin.token is None
        clock.tick(0.95 * box.m2m.lifetime_s)

        assert [200] == calls(box, auth)
        assert auth.token == twin.token

    def test_a_person_is_still_logged_in(self, box, clock):
        """
        A refresh token in memory survives a store that came back empty.
        """
        store = Far()
        auth = auth_of(
            box,
            "xee",
            store=store,
            account="ada",
            clock=clock,
            refresh_token=box.xee.issue_refresh_token(),
        )
        calls(box, auth, name="xee")
        store.comes_back(empty=True)
        box.xee.expire()

        assert [200] == calls(box, auth, name="xee")
        assert 0 == box.xee.reuses


class TestAlone:
    """A store that may be done without."""

    def test_a_first_token(self, box, clock, store):
        """
        Each process obtains a token of its own, once for all of its threads.
        """
        store.goes()
        session = session_with(auth_of(box, "m2m", store=store, clock=clock))

        told = in_parallel(16, lambda: session.get(box.m2m.api_url).status_code)

        assert [200] * 16 == told
        assert 1 == box.m2m.token_requests

    @pytest.mark.parametrize("failing", ["load", "save", "hold"])
    def test_wherever_it_fails(self, box, clock, store, failing):
        """
        It does not matter what it cannot do.
        """
        store.failing = {failing}
        auth = auth_of(box, "m2m", store=store, clock=clock)

        assert [200, 200] == calls(box, auth, 2)
        clock.tick(box.m2m.lifetime_s + 1)
        assert [200, 200] == calls(box, auth, 2)
        assert 2 == box.m2m.token_requests

    def test_it_is_not_asked_again_at_once(self, box, clock, store):
        """
        A store that is away is asked once, and again after a while.
        """
        store.goes()
        auth = auth_of(box, "m2m", store=store, clock=clock)
        for _ in range(3):
            auth.renew()
        asked = len(store.asked)
        clock.tick(_shelf.AWAY_S)
        auth.renew()

        assert 1 == asked
        assert 2 == len(store.asked)

    def test_a_clock_that_is_set_back(self, box, clock, store):
        """
        A clock that is set back keeps nobody from the store.
        """
        store.goes()
        auth = auth_of(box, "m2m", store=store, clock=clock)
        auth.renew()
        clock.tick(-3600)
        store.comes_back()

        auth.renew()

        assert "save" in store.asked

    def test_it_is_logged(self, box, clock, store, caplog):
        """
        To go on alone is a warning.
        """
        store.goes()
        auth_of(box, "m2m", store=store, clock=clock).renew()

        assert "far away. This process goes on alone meanwhile." in caplog.text

    def test_another_error(self, box, clock, store):
        """
        A store that is there and refuses is not done without.
        """
        store.goes()
        store.error.away = False

        with pytest.raises(errors.StoreError):
            auth_of(box, "m2m", store=store, clock=clock).renew()
        assert 0 == box.m2m.token_requests

    def test_no_person(self, box, clock, store):
        """
        Where a person logs in, nothing goes without the store.
        """
        seed = box.xee.issue_refresh_token()
        more = {"store": store, "account": "ada", "refresh_token": seed}
        auth = auth_of(box, "xee", clock=clock, **more)
        store.goes()

        with pytest.raises(errors.StoreError):
            auth.renew()
        assert 0 == box.xee.token_requests

    def test_no_one_time_refresh_token(self, box, clock, store):
        """
        A machine's one-time refresh token is left alone; its password serves.
        """
        auth = auth_of(box, "xmldation", store=store, clock=clock)
        auth.renew()
        assert auth.token.refresh_token
        store.goes()

        auth.renew()

        assert {"password": 2} == box.xmldation.token_requests_by_grant

    def test_none_that_could_not_be_noted(self, box, clock, store):
        """
        Nor is it sent where the store goes away right before that.
        """
        auth = auth_of(box, "xmldation", store=store, clock=clock)
        auth.renew()
        store.failing = {"save"}

        with pytest.raises(errors.StoreError, match="no refresh token is used"):
            auth.renew()
        assert {"password": 1} == box.xmldation.token_requests_by_grant
        assert auth.renew()
        assert {"password": 2} == box.xmldation.token_requests_by_grant

    def test_a_wait_is_bounded(self, box, clock, store):
        """
        Threads of one process wait for each other, for so long and no longer.
        """
        store.goes()
        shelf = _shelf.Shelf("k", store, clock, machine=True)

        with shelf.held(wait_s=1, who="Acme"):  # noqa: SIM117  # the first is held meanwhile
            with pytest.raises(errors.ProviderUnavailable, match="Acme for 0 s"):
                shelf.held(wait_s=0, who="Acme").__enter__()

    def test_a_forked_child(self, box, clock, store):
        """
        A child that is forked while another thread renews alone is not stuck.
        """
        store.goes()
        auth = auth_of(box, "m2m", store=store, clock=clock)
        held, done = threading.Event(), threading.Event()

        def hold():
            with auth._state.held(wait_s=1, who="Acme"):
                held.set()
                done.wait(30)

        thread = threading.Thread(target=hold)
        thread.start()
        assert held.wait(10)
        told = in_child(lambda: calls(box, auth))
        done.set()
        thread.join()

        assert "[200]" == told


class TestCatchUp:
    """What a store could not take, and is given later."""

    def test_what_was_obtained_alone(self, box, clock, store):
        """
        A token that was obtained alone is everybody's when the store is back.
        """
        store.goes()
        auth = auth_of(box, "m2m", store=store, clock=clock)
        calls(box, auth, 3)
        store.comes_back()
        assert not store._texts
        clock.tick(15)
        calls(box, auth, 2)

        twin = auth_of(box, "m2m", store=store, clock=clock)

        assert auth.token == twin.token
        assert [200] == calls(box, twin)
        assert 1 == box.m2m.token_requests

    def test_it_is_looked_for_now_and_then(self, box, clock, store):
        """
        While the store is away it is looked for now and then, and not at each call.
        """
        store.goes()
        auth = auth_of(box, "m2m", store=store, clock=clock)
        calls(box, auth)
        clock.tick(15)
        store.asked.clear()

        calls(box, auth, 9)

        assert ["hold"] == store.asked

    def test_once_it_is_done(self, box, clock, store):
        """
        A store that has what it was given is left in peace, until the token is due.
        """
        store.goes()
        auth = auth_of(box, "m2m", store=store, clock=clock)
        calls(box, auth, 2)
        store.comes_back()
        clock.tick(15)
        calls(box, auth, 2)
        store.asked.clear()
        clock.tick(60)

        calls(box, auth, 9)

        assert [] == store.asked
        clock.tick(0.95 * box.m2m.lifetime_s)
        calls(box, auth)
        assert "save" in store.asked

    def test_a_sibling_was_faster(self, box, clock, store):
        """
        What a sibling has saved meanwhile stays.
        """
        store.goes()
        auth, sibling = (
            auth_of(box, "m2m", store=store, clock=clock) for _ in range(2)
        )
        calls(box, auth)
        store.comes_back()
        sibling.renew()
        before = dict(store._texts)
        clock.tick(15)

        assert [200, 200] == calls(box, auth, 2)
        assert before == store._texts

    def test_somebody_holds_it(self, box, clock, store):
        """
        Where somebody is at it, it is tried later.
        """
        store.goes()
        auth = auth_of(box, "m2m", store=store, clock=clock)
        calls(box, auth)
        store.comes_back()
        with store.hold(auth._state.key, wait_s=1):
            clock.tick(15)
            calls(box, auth, 2)
            assert not store._texts
        clock.tick(15)
        calls(box, auth, 2)

        assert store._texts

    def test_it_is_due_before_that(self, box, clock, store):
        """
        A token that is due is renewed, wherever the store is; nobody waits for it.
        """
        store.goes()
        auth = auth_of(box, "m2m", store=store, clock=clock)
        calls(box, auth)
        clock.tick(0.95 * box.m2m.lifetime_s)
        old = auth.token

        assert [200] == calls(box, auth)
        assert old != auth.token
        assert "ahead" == auth._state.last.why

    @pytest.mark.parametrize("failing", [{"save"}, Far.every])
    def test_a_persons_newest(self, box, clock, failing):
        """
        A refresh token that could not be saved is saved as soon as it can be, not spent.
        """
        store = Far()
        seed = box.xee.issue_refresh_token()
        more = {"store": store, "account": "ada", "clock": clock}
        auth = auth_of(box, "xee", refresh_token=seed, **more)
        auth.renew()
        # It fails when the refresh token has been noted as sent.
        store.fails_next = failing
        with pytest.raises(errors.StoreError):
            auth.renew()
        store.comes_back()
        calls(box, auth, name="xee")

        assert auth.token == auth_of(box, "xee", **more).token
        assert 2 == box.xee.token_requests

    def test_one_that_was_not_saved_is_used(self, box, clock):
        """
        Nor is the one before it sent again where nothing could be saved meanwhile.
        """
        store = Far()
        seed = box.xee.issue_refresh_token()
        more = {"store": store, "account": "ada", "clock": clock}
        auth = auth_of(box, "xee", refresh_token=seed, **more)
        auth.renew()
        store.fails_next = Far.every
        with pytest.raises(errors.StoreError):
            auth.renew()
        store.comes_back()

        assert auth.renew()
        assert 0 == box.xee.reuses

    def test_whatever_it_raises(self, box, clock):
        """
        A store that raises something else costs a line in the log, and nothing more.
        """
        store = Far(fallback=True)
        store.goes()
        auth = auth_of(box, "m2m", store=store, clock=clock)
        calls(box, auth)
        clock.tick(15)
        store.error = OSError("a bug")

        assert [200, 200] == calls(box, auth, 2)
