"""The logins under way: many at once, each good once, for ten minutes."""

import json
import re
import threading

import pytest

from requests_xauth._logins import Login, Logins, equal
from requests_xauth.errors import ProviderUnavailable
from requests_xauth.stores import MemoryStore


def login(state, clock, **more):
    """Return a login that begins now."""
    given = {"verifier": "v" * 43, "redirect_uri": None, "begun_at": clock()}
    return Login(state, **{**given, **more})


@pytest.fixture
def store():
    """An empty store."""
    return MemoryStore()


@pytest.fixture
def logins(store, clock):
    """No login under way."""
    return Logins(store, "acme-1", clock)


class TestTaking:
    """A login is found by its state, once."""

    def test_found(self, logins, clock):
        """
        The login of a state comes back whole.
        """
        one = login("s1", clock, redirect_uri="https://app.example/back")
        logins.add(one)
        logins.add(login("s2", clock))

        assert one == logins.take("s1")

    def test_once(self, logins, clock):
        """
        A state is good for one use.
        """
        logins.add(login("s1", clock))

        assert ("s1", None) == (logins.take("s1").state, logins.take("s1"))

    def test_unknown(self, logins, clock):
        """
        An unknown state finds nothing, and uses nothing up.
        """
        logins.add(login("s1", clock))

        assert logins.take("s2") is None
        assert logins.take("") is None
        assert logins.take(chr(0xD800)) is None
        assert "s1" == logins.take("s1").state

    def test_each_finds_its_own(self, logins, clock):
        """
        Logins that overlap do not disturb each other.
        """
        for number in range(5):
            logins.add(login(f"s{number}", clock, verifier=f"verifier-{number}"))

        verifiers = [logins.take(f"s{n}").verifier for n in (3, 0, 4, 1, 2)]

        assert [f"verifier-{n}" for n in (3, 0, 4, 1, 2)] == verifiers

    def test_without_a_state(self, logins, clock):
        """
        A bare code belongs to the only login under way, and to none of several.
        """
        assert logins.take(None) is None
        logins.add(login("s1", clock))
        assert "s1" == logins.take(None).state
        assert logins.take(None) is None

        logins.add(login("s2", clock))
        logins.add(login("s3", clock))
        assert logins.take(None) is None
        assert "s3" == logins.take("s3").state

    def test_same_state_twice(self, logins, clock):
        """
        A state that its caller chose twice is that of the later login.
        """
        logins.add(login("mine", clock, verifier="old" * 20))
        logins.add(login("mine", clock, verifier="new" * 20))

        assert "new" * 20 == logins.take("mine").verifier
        assert logins.take("mine") is None


class TestLimits:
    """How long, and how many."""

    def test_ten_minutes(self, logins, clock):
        """
        A login is good for ten minutes and not a moment longer.
        """
        logins.add(login("s1", clock))
        clock.tick(1)
        logins.add(login("s2", clock))

        clock.tick(600 - 1)

        assert logins.take("s1") is None
        assert "s2" == logins.take("s2").state

    def test_clock_set_back(self, logins, clock):
        """
        A login that begins in the future is not trusted.
        """
        logins.add(login("s1", clock))

        clock.tick(-1)

        assert logins.take("s1") is None

    def test_a_hundred(self, logins, clock):
        """
        A hundred may be under way; the oldest gives way to one more.
        """
        for number in range(102):
            logins.add(login(f"s{number}", clock))

        found = [logins.take(f"s{n}") is not None for n in range(102)]

        assert [False] * 2 + [True] * 100 == found


class TestStoring:
    """Where they are kept."""

    def test_another_process_finishes(self, store, logins, clock):
        """
        Whoever has the same store and key can finish a login.
        """
        logins.add(login("s1", clock))

        assert Logins(store, "acme-2", clock).take("s1") is None
        assert "s1" == Logins(store, "acme-1", clock).take("s1").state

    def test_beside_the_token(self, store, logins, clock):
        """
        The token's own entry is not touched; nothing is left when nobody logs in.
        """
        store.save("acme-1", "the token's")
        logins.add(login("s1", clock))
        assert {"acme-1", "acme-1-logins"} == set(store._texts)

        logins.take("s1")

        assert {"acme-1": "the token's"} == store._texts

    def test_expires(self, clock):
        """
        A store is told when the youngest login ends.
        """
        told = []

        class Watched(MemoryStore):
            def save(self, key, text, *, expires_at=None):
                told.append(expires_at)
                super().save(key, text, expires_at=expires_at)

        logins = Logins(Watched(), "acme-1", clock)
        began_at = clock()

        logins.add(login("s1", clock))
        clock.tick(60)
        logins.add(login("s2", clock))

        assert [began_at + 600, began_at + 660] == told

    @pytest.mark.usefixtures("uncollected")
    @pytest.mark.parametrize(
        "text",
        [
            *("", "x", "{", "null", "5", "{}", "[5]", "[{}]", "[[]]", "[" * 100_000),
            '[{"state": "s1"}]',
            '[{"state": "s1", "verifier": null, "redirect_uri": null, "begun_at": "x"}]',
            '[{"state": "s1", "verifier": 5, "redirect_uri": null, "begun_at": NOW}]',
            '[{"state": "s1", "verifier": null, "redirect_uri": [], "begun_at": NOW}]',
            '[{"state": 5, "verifier": null, "redirect_uri": null, "begun_at": NOW}]',
            '[{"state": null, "verifier": null, "redirect_uri": null, "begun_at": NOW}]',
        ],
    )
    def test_damage(self, store, logins, clock, text):
        """
        What is damaged is as if nobody were logging in; the next one can.
        """
        store.save("acme-1-logins", text.replace("NOW", json.dumps(clock())))

        assert logins.take("s1") is None
        logins.add(login("s2", clock))
        assert "s2" == logins.take("s2").state

    def test_held_for_too_long(self, clock):
        """
        A store that stays held is a reason to try again later, in our own words.
        """

        class Held(MemoryStore):
            def hold(self, key, *, wait_s):
                raise TimeoutError(f"{key} for {wait_s}")

        text = (
            "Somebody else has been changing the logins under way for 10 s in"
            " MemoryStore(): try again later."
        )

        with pytest.raises(ProviderUnavailable, match=f"^{re.escape(text)}$") as caught:
            Logins(Held(), "acme-1", clock).add(login("s1", clock))

        assert "acme-1-logins for 10.0" == str(caught.value.__cause__)

    def test_many_threads(self, logins, clock):
        """
        Logins that begin at once are all there.
        """
        threads = [
            threading.Thread(target=logins.add, args=[login(f"s{n}", clock)])
            for n in range(32)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)

        assert all(logins.take(f"s{n}") for n in range(32))


class TestSecrets:
    """What is shown of a login."""

    def test_repr(self, clock):
        """
        A login shows neither its state nor its verifier.
        """
        assert "Login(redirect_uri=None, begun_at=1800000000.0)" == repr(
            login("s1", clock)
        )

    @pytest.mark.parametrize(
        ("one", "other", "same"),
        [
            ("a", "a", True),
            ("a", "b", False),
            ("", "a", False),
            ("ä", "ä", True),
            (chr(0xD800), chr(0xD800), True),
            (chr(0xD800), "?", False),
        ],
    )
    def test_equal(self, one, other, same):
        """
        Any two texts can be compared.
        """
        assert same is equal(one, other)
