"""The engine when its store fails, and when threads and siblings are faster."""

import time
from contextlib import contextmanager
from datetime import datetime, timezone

import pytest
import requests
from helpers import auth_of, in_parallel, renewals_done, session_with

from requests_xauth import Token, XeeAuth, _state, errors
from requests_xauth._newest import Newest
from requests_xauth._patience import patience
from requests_xauth._refusals import Refusals
from requests_xauth._signed import Signed
from requests_xauth._store import Entry
from requests_xauth.stores import MemoryStore


class Failing(MemoryStore):
    """A store that others share, and whose saves can be made to fail."""

    private = False

    def __init__(self):
        super().__init__()
        self.failures = []

    def save(self, key, text, *, expires_at=None):
        """Raise the next failure, or save."""
        failure = self.failures.pop(0) if self.failures else None
        if failure:
            raise failure
        super().save(key, text, expires_at=expires_at)


class Meanwhile(MemoryStore):
    """A store where others act before it is held, or in spite of that after a save."""

    def __init__(self):
        super().__init__()
        self.before_hold, self.after_save, self.waits = [], [], []

    def hold(self, key, *, wait_s):
        """Let the others act, then hold."""
        self.waits.append(wait_s)
        while self.before_hold:
            self.before_hold.pop()()
        return super().hold(key, wait_s=wait_s)

    def save(self, key, text, *, expires_at=None):
        """Save, then let the others act."""
        super().save(key, text, expires_at=expires_at)
        while self.after_save:
            self.after_save.pop()()


class Broken(MemoryStore):
    """A store that others share, of which some acts raise an error."""

    private = False

    def __init__(self, error=None):
        super().__init__()
        self.error = error or errors.StoreError("It is out of order.")
        self.broken, self.since = set(), lambda: True

    def _try(self, act):
        if act in self.broken and self.since():
            raise self.error

    def load(self, key):
        """Load, or raise the error."""
        self._try("load")
        return super().load(key)

    def delete(self, key):
        """Delete, or raise the error."""
        self._try("delete")
        super().delete(key)

    def save(self, key, text, *, expires_at=None):
        """Save, or raise the error."""
        self._try("save")
        super().save(key, text, expires_at=expires_at)

    @contextmanager
    def hold(self, key, *, wait_s):
        """Hold, or raise the error; "leave": when it is left."""
        self._try("hold")
        with super().hold(key, wait_s=wait_s):
            yield
        self._try("leave")


def logged_in(box, clock, store):
    """Return Ann's auth object, with a token."""
    seed = box.xee.issue_refresh_token()
    auth = auth_of(
        box, "xee", store=store, account="ann", refresh_token=seed, clock=clock
    )
    auth.renew()
    return auth


@pytest.mark.parametrize(
    "failure", [errors.StoreError("full"), OSError("full"), KeyboardInterrupt()]
)
def test_a_token_that_cannot_be_saved(box, clock, failure):
    """
    Whatever a store raises, the new token is used and the spent one never sent again.
    """
    store = Failing()
    auth = logged_in(box, clock, store)
    first = auth.token
    # The note that the refresh token is about to be sent is saved, its successor not.
    store.failures = [None, failure]
    with pytest.raises(type(failure)):
        auth.renew()
    second = auth.token

    third = auth.renew()

    assert 3 == len({token.bearer for token in (first, second, third)})
    assert 0 == box.xee.reuses


def test_a_login_that_cannot_be_saved(box, clock):
    """
    A code works once: its token is used even if the store is full.
    """
    store = Failing()
    auth = logged_in(box, clock, store)
    old = auth.token
    url, _ = auth.authorization_url()
    back = box.xee.authorize(url)
    # The login under way is deleted, not saved; the token comes first.
    store.failures = [errors.StoreError("full")]

    with pytest.raises(errors.StoreError):
        auth.fetch_token(authorization_response=back)

    assert old.bearer != auth.token.bearer
    assert 200 == requests.get(box.xee.api_url, auth=auth).status_code
    assert auth.renew()
    assert 0 == box.xee.reuses


def test_a_login_remembers_the_last_seed(box, clock):
    """
    A refresh token that was spent before somebody logged in is not tried afterwards.
    """
    store, seed = MemoryStore(), box.xee.issue_refresh_token()

    def script(**more):
        return auth_of(box, "xee", store=store, account="ann", clock=clock, **more)

    script(refresh_token=seed).renew()
    web = script()
    web.fetch_token(
        authorization_response=box.xee.authorize(web.authorization_url()[0])
    )
    box.xee.kill_refresh_tokens()

    with pytest.raises(errors.LoginRequired):
        script(refresh_token=seed).renew()

    assert 0 == box.xee.reuses


def test_a_remembered_rejection_holds_nothing(box, clock):
    """
    What is remembered of a rejection keeps no response and no frame alive.
    """
    session = session_with(auth_of(box, "m2m", clock=clock))
    session.get(box.m2m.api_url)
    box.m2m.expire()
    box.m2m.fail(401, body={"error": "invalid_client"})

    with pytest.raises(errors.CredentialsRejected) as caught:
        session.get(box.m2m.api_url)

    kept, _ = session.auth._state.refusals.rejected
    assert caught.value.refused is not None
    assert (None, None) == (kept.refused, kept.__traceback__)


def test_a_new_token_is_tried_ahead_at_once(box, clock):
    """
    How often renewals ahead of an earlier token's end failed says nothing of the next.
    """
    session = session_with(auth_of(box, "m2m", clock=clock))
    session.get(box.m2m.api_url)
    clock.tick(3600 - 300)
    box.m2m.fail(500)
    for _ in range(30):
        session.get(box.m2m.api_url)
        renewals_done()
        clock.tick(9)
    box.m2m.heal()
    clock.tick(30)
    session.get(box.m2m.api_url)
    clock.tick(3600 - 300)
    box.m2m.fail(500)

    box.m2m.reset_counters()
    for _ in range(3):
        session.get(box.m2m.api_url)
        renewals_done()
        clock.tick(20)

    assert 2 == box.m2m.token_requests


def test_a_refresh_token_that_is_certainly_dead(box, clock):
    """
    One that was refused for good is never sent again, however long ago that was.
    """
    auth = logged_in(box, clock, MemoryStore())
    box.xee.fail(400, body={"error": "invalid_grant"}, times=1)
    with pytest.raises(errors.LoginRequired):
        auth.renew()
    clock.tick(3600)

    with pytest.raises(errors.LoginRequired, match="invalid_grant"):
        auth.renew()

    assert 2 == box.xee.token_requests


def test_a_shared_store_that_comes_back_empty(box, clock):
    """
    It is filled again from the token still in memory: nobody has to log in.
    """
    store = Failing()
    auth = logged_in(box, clock, store)
    store.delete(auth._state.key)

    renewed = auth.renew()

    twin = auth_of(box, "xee", store=store, account="ann", clock=clock)
    assert renewed == twin.token
    assert 0 == box.xee.reuses


def test_a_shared_store_is_believed(box, clock):
    """
    What a shared store has counts, not what this process had before.
    """
    store = Failing()
    auth = logged_in(box, clock, store)
    twin = auth_of(box, "xee", store=store, account="ann", clock=clock)
    newer = twin.renew()

    assert newer == auth.renew()
    assert 2 == box.xee.token_requests


def test_a_refresh_token_that_never_arrived(box, clock):
    """
    That it had been sent before is said of no refresh token that was turned away unread.
    """
    auth = logged_in(box, clock, MemoryStore())
    box.xee.fail(503)
    with pytest.raises(errors.ProviderUnavailable):
        auth.renew()
    box.xee.heal()
    box.xee.kill_refresh_tokens()

    with pytest.raises(errors.LoginRequired) as caught:
        auth.renew()

    assert "sent before" not in str(caught.value)


def test_a_refresh_token_that_was_refused(box, clock):
    """
    Nor of one that was answered: what is told of it again is what was refused.
    """
    auth = logged_in(box, clock, MemoryStore())
    box.xee.client_secret = "another one"
    told = []

    for _ in range(3):
        with pytest.raises(errors.LoginRequired) as caught:
            auth.renew()
        told.append(str(caught.value))
        clock.tick(60)

    assert 4 == box.xee.token_requests
    assert {told[0]} == set(told)
    assert "sent before" not in told[0]


def test_a_refresh_token_whose_answer_was_lost(box, clock):
    """
    When it was sent first is told, however often it is tried again.
    """
    auth = logged_in(box, clock, MemoryStore())
    clock.tick(60)
    box.xee.drop(when="after")
    lost_at = datetime.fromtimestamp(clock(), timezone.utc)
    for _ in range(2):
        with pytest.raises(errors.ProviderUnavailable):
            auth.renew()
        clock.tick(60)
    box.xee.heal()

    with pytest.raises(errors.LoginRequired) as caught:
        auth.renew()

    assert f"sent before, at {lost_at:%Y-%m-%d %H:%M:%S} UTC, by" in str(caught.value)
    assert "got no token for it" in str(caught.value)


@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize(
    ("act", "error"), [("load", None), ("hold", None), ("hold", KeyboardInterrupt())]
)
def test_a_login_while_the_store_is_out_of_order(box, clock, act, error, *, before):
    """
    The token of a code that is spent by now is used, and saved when that can be done:
    never the one that was there before, whoever's it is.
    """
    store = Broken(error)
    if before:
        logged_in(box, clock, store)
    asked = box.xee.token_requests
    auth = auth_of(box, "xee", store=store, account="ann", clock=clock)
    answer = box.xee.authorize(auth.authorization_url()[0])
    store.broken, store.since = {act}, lambda: box.xee.token_requests > asked

    with pytest.raises(type(store.error)):
        auth.fetch_token(authorization_response=answer)
    store.broken = {"load", "hold"}
    store.error = errors.StoreError("It is out of order.")
    assert 200 == session_with(auth).get(box.xee.api_url).status_code
    renewals_done()
    store.broken = set()
    clock.tick(60)
    assert 200 == session_with(auth).get(box.xee.api_url).status_code
    renewals_done()

    twin = auth_of(box, "xee", store=store, account="ann", clock=clock)
    assert auth.token == twin.token


def test_a_login_that_is_saved_before_the_store_is_out_of_order(box, clock):
    """
    What a sibling has made of it meanwhile is not undone when the store is in order again.
    """
    store = Broken()
    auth = auth_of(box, "xee", store=store, account="ann", clock=clock)
    answer = box.xee.authorize(auth.authorization_url()[0])
    store.broken, store.since = {"leave"}, lambda: box.xee.token_requests
    with pytest.raises(errors.StoreError):
        auth.fetch_token(authorization_response=answer)
    store.broken = set()
    twin = auth_of(box, "xee", store=store, account="ann", clock=clock)
    twin.renew()

    assert 200 == session_with(auth).get(box.xee.api_url).status_code
    renewals_done()
    assert (
        twin.token == auth_of(box, "xee", store=store, account="ann", clock=clock).token
    )
    assert twin.token == auth.renew()
    assert 0 == box.xee.reuses


class TestGivenUp:
    """A token that is given up while its store is out of order."""

    def test_forgotten(self, box, clock):
        """
        It signs nothing more here, and the error says that the store still has it.
        """
        store = Broken()
        session = session_with(auth_of(box, "m2m", store=store, clock=clock))
        session.get(box.m2m.api_url)
        store.broken = {"hold"}
        with pytest.raises(errors.StoreError, match="out of order"):
            session.auth.forget()
        store.broken = {"load"}

        with pytest.raises(errors.StoreError, match="out of order"):
            session.get(box.m2m.api_url)

        assert 1 == box.m2m.api_calls

    def test_revoked(self, box, clock):
        """
        It is sent once, by nobody when the store is back, and a new login needs no more.
        """
        store = Broken()
        auth = logged_in(box, clock, store)
        session = session_with(auth)
        box.xee.invalidate()
        said = [{"type": "x", "message": "Token has been revoked", "tip": ""}]
        box.xee.fail(403, at="api", body=said, times=1)
        store.broken = {"hold"}
        assert 403 == session.get(box.xee.api_url).status_code

        with pytest.raises(errors.StoreError, match="out of order"):
            session.get(box.xee.api_url)
        store.broken = set()
        with pytest.raises(errors.LoginRequired, match="Token has been revoked"):
            session.get(box.xee.api_url)
        twin = auth_of(box, "xee", store=store, account="ann", clock=clock)
        assert twin.token is None

        auth.fetch_token(
            authorization_response=box.xee.authorize(auth.authorization_url()[0])
        )
        assert 200 == session.get(box.xee.api_url).status_code


class TestStrangers:
    """A store that raises what is no error of ours."""

    @pytest.mark.parametrize("act", ["load", "save", "hold", "leave"])
    def test_told(self, box, clock, act):
        """
        Whoever sends a request hears of it as of any store's trouble, with its cause; what
        it says may be what was to be kept, and is not repeated.
        """
        store = Broken(TimeoutError("words") if act == "load" else OSError("words"))
        store.broken = {act}
        auth = auth_of(box, "m2m", store=store, clock=clock)

        with pytest.raises(
            errors.StoreError, match=r"^MemoryStore\(\) failed: "
        ) as caught:
            requests.get(box.m2m.api_url, auth=auth)

        assert store.error is caught.value.__cause__
        assert "words" not in str(caught.value)

    @pytest.mark.parametrize("act", ["load", "save", "hold", "leave"])
    def test_a_login_begun(self, box, clock, act):
        """
        So does whoever begins a login.
        """
        store = Broken(OSError("words"))
        store.broken = {act}
        auth = auth_of(box, "xee", store=store, account="ann", clock=clock)

        with pytest.raises(
            errors.StoreError, match=r"^MemoryStore\(\) failed: OSError"
        ):
            auth.authorization_url()

    def test_a_login_ended(self, box, clock):
        """
        So does whoever ends one.
        """
        store = Broken(OSError("words"))
        auth = auth_of(box, "xee", store=store, account="ann", clock=clock)
        url, _ = auth.authorization_url()
        store.broken = {"delete"}

        with pytest.raises(
            errors.StoreError, match=r"^MemoryStore\(\) failed: OSError"
        ):
            auth.fetch_token(authorization_response=box.xee.authorize(url))

    def test_left_in_trouble(self, box, clock):
        """
        A hold that is left because of a failure does not hide it.
        """
        box.m2m.fail(400, body={"error": "invalid_scope"})
        auth = auth_of(box, "m2m", store=Broken(), clock=clock)

        with pytest.raises(errors.TokenRequestError, match="invalid_scope"):
            auth.renew()

    @pytest.mark.parametrize("act", ["load", "hold"])
    def test_the_token_at_hand(self, box, clock, act):
        """
        The token at hand is used for its last seconds all the same.
        """
        store = Broken(OSError("gone"))
        auth = auth_of(box, "m2m", store=store, clock=clock)
        auth.renew()
        store.broken = {act}
        clock.tick(auth.token.left_s(clock()) - 5)

        assert 200 == session_with(auth).get(box.m2m.api_url).status_code


@pytest.mark.parametrize("lifetime_s", [3600, 0])
def test_a_sibling_is_faster(box, clock, lifetime_s):
    """
    A token that came while one waited is taken, however old, and is no merit of one's own.
    """
    store = Meanwhile()
    auth = logged_in(box, clock, store)
    sibling = auth_of(box, "xee", store=store, account="ann", clock=clock)
    known, box.xee.lifetime_s = auth.token, lifetime_s
    store.before_hold.append(sibling.renew)

    waited, at_once = (auth._engine.renew(known, "refused") for _ in range(2))

    assert sibling.token == waited.signed.token == at_once.signed.token
    assert [False, False] == [waited.asked, at_once.asked]
    assert 2 == box.xee.token_requests


def test_a_sibling_past_the_hold(box, clock):
    """
    A sibling that did not wait, and spent the refresh token, has its token taken; nobody
    is told of a renewal that was none.
    """
    store, elsewhere, seen = Meanwhile(), MemoryStore(), []
    auth = logged_in(box, clock, store)
    key = auth._state.key
    elsewhere.save(key, store.load(key))
    sibling = auth_of(box, "xee", store=elsewhere, account="ann", clock=clock)

    def overtake():
        sibling.renew()
        store.save(key, elsewhere.load(key))

    auth._engine.listeners.append(seen.append)
    store.after_save.append(overtake)

    outcome = auth._engine.renew(auth.token, "refused")

    assert sibling.token == outcome.signed.token == auth.token
    assert not outcome.asked
    assert [] == seen


@pytest.mark.parametrize(
    ("timeout", "wait_s"), [((5, 30), 125), ((5, 90), 185), (90, 185)]
)
def test_how_long_a_hold_is_waited_for(box, clock, timeout, wait_s):
    """
    Whoever waits waits for two token requests at most, and five seconds.
    """
    store = Meanwhile()
    auth = auth_of(box, "m2m", store=store, clock=clock, timeout=timeout)

    auth.renew()

    assert [wait_s] == store.waits


def test_a_renewal_that_is_not_permitted(box, clock):
    """
    Where there is no budget nobody is asked, and there is no other token.
    """
    auth = logged_in(box, clock, MemoryStore())

    outcome = auth._engine.renew(auth.token, "refused", permit=lambda: False)

    assert (None, False) == outcome
    assert 1 == box.xee.token_requests


class TestGiven:
    """A refresh token that a caller has from elsewhere."""

    def test_in_place_of_the_one_held(self, box, clock):
        """
        It goes with the token at hand, and the next renewal uses it.
        """
        auth = logged_in(box, clock, MemoryStore())
        bearer, given = auth.token.bearer, box.xee.issue_refresh_token()

        auth._engine.give(given)

        assert (bearer, given) == (auth.token.bearer, auth.token.refresh_token)
        assert "given" == auth.explain().source
        assert bearer != auth.renew().bearer

    @pytest.mark.parametrize("at_once", [True, False])
    def test_stays_with_its_process(self, box, clock, at_once):
        """
        One that works only once is not used by a forked child as well.
        """
        given = box.xee.issue_refresh_token()
        seed = given if at_once else None
        auth = XeeAuth(**box.xee.credentials, refresh_token=seed, clock=clock)
        if not at_once:
            auth._engine.give(given)

        auth._state.mend()

        with pytest.raises(errors.LoginRequired, match="works only once"):
            auth.renew()
        assert 0 == box.xee.token_requests

    def test_is_used(self, box, clock):
        """
        In its own process it is.
        """
        auth = XeeAuth(**box.xee.credentials, clock=clock)

        auth._engine.give(box.xee.issue_refresh_token())

        assert auth.renew()
        assert 1 == box.xee.token_requests


class TestDropping:
    """A login that a provider has ended."""

    @pytest.fixture
    def store(self):
        """Return the store that Ann's objects share."""
        return MemoryStore()

    @pytest.fixture
    def make(self, box, clock, store):
        """Make an object of Ann's, as a process of its own would."""
        return lambda **more: auth_of(
            box, "xee", store=store, account="ann", clock=clock, **more
        )

    def test_somebody_has_logged_in(self, box, clock, store, make):
        """
        The token of a new login, or of a sibling, is taken instead of being dropped.
        """
        auth = logged_in(box, clock, store)
        old = auth.token
        newer = make().renew()

        auth._engine.drop(old, "ended")

        assert newer == auth.token == make().token
        assert "store" in str(auth.explain())

    def test_the_seed_stays_spent(self, box, make):
        """
        A seed that was spent before is not tried after the end, whoever noticed that.
        """
        seed = box.xee.issue_refresh_token()
        make(refresh_token=seed).renew()
        session = session_with(make())
        box.xee.revoke()
        session.get(box.xee.api_url)

        with pytest.raises(errors.LoginRequired, match="revoked"):
            make(refresh_token=seed).renew()
        assert 1 == box.xee.token_requests

    def test_within_the_calls_timeout(self, box, clock, store):
        """
        A call that gives up soon waits no longer than that for the store.
        """
        auth = logged_in(box, clock, store)
        auth._engine.endpoint.deadline_s = 10.0

        def drop():
            began_at = time.monotonic()
            with patience(0.1), pytest.raises(errors.ProviderUnavailable, match="Xee"):
                auth._engine.drop(auth.token, "ended")
            return time.monotonic() - began_at

        with auth._state.held(wait_s=1.0, who="another call"):
            [took_s] = in_parallel(1, drop)

        assert took_s < 15


class TestNewest:
    """What is newer, and what was left behind."""

    OLD, NEW = (Token(name, obtained_at=0.0, expires_at=2e9) for name in ("old", "new"))

    @pytest.fixture
    def state(self, clock):
        """A state that has come from the old token to the new one."""
        state = _state.State(
            "k", MemoryStore(), clock, refusals=Refusals(clock), once=True
        )
        state.adopt(Signed(self.OLD), "login")
        state.adopt(Signed(self.NEW), "refresh_token")
        return state

    def test_what_was_left_behind(self, state, clock):
        """
        A store that still has the token before is not believed.
        """
        entry = Entry(self.OLD)

        assert not Newest(state, clock).there(entry, self.NEW, entry)
        assert Newest(state, clock).there(entry, None, entry) is False

    def test_a_slow_thread(self, state, clock):
        """
        A thread that read the store long ago does not bring the old token back.
        """
        assert self.NEW == Newest(state, clock).adopted(Entry(self.OLD)).token
        assert self.NEW == state.signed.token

    def test_a_siblings_token(self, state, clock):
        """
        One that this process never had is newer, unless it is at its end.
        """
        other = Token("other", obtained_at=0.0, expires_at=2e9)
        entry, ended = Entry(other), Entry(other._replace(expires_at=clock()))

        assert Newest(state, clock).there(entry, self.NEW, entry)
        assert not Newest(state, clock).there(ended, self.NEW, ended)
        assert Newest(state, clock).there(ended, self.NEW, Entry())
        assert not Newest(state, clock).there(entry, other, entry)
        assert not Newest(state, clock).there(Entry(), None, Entry())

    def test_at_hand(self, state, clock):
        """
        The token at hand is newer than another until its own end.
        """
        newest = Newest(state, clock)

        assert self.NEW == newest.here(self.OLD).token
        assert newest.here(self.NEW) is None
        clock.tick(2e9)
        assert newest.here(self.OLD) is None
