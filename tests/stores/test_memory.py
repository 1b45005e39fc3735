"""MemoryStore: texts in this process, for its threads."""

import copy
import os
import pickle
import re
import signal
import threading

import pytest

from requests_xauth.stores import MemoryStore


@pytest.fixture
def store():
    """An empty store."""
    return MemoryStore()


class TestTexts:
    """What is kept comes back."""

    @pytest.mark.parametrize("key", ["k", "", "ключ", "a/b\\c:d", "\x00", "k" * 10_000])
    @pytest.mark.parametrize(
        "text", ["", "text", "текст\x00", chr(0xD800), "x" * 100_000]
    )
    def test_save_then_load(self, store, key, text):
        """
        Any text comes back from under any key as it was.
        """
        store.save(key, text, expires_at=0.0)

        assert text == store.load(key)

    def test_nothing(self, store):
        """
        Where nothing was saved there is None.
        """
        assert store.load("k") is None

    def test_last_one_wins(self, store):
        """
        What is saved again replaces what was there.
        """
        store.save("k", "old")
        store.save("k", "new")

        assert "new" == store.load("k")

    def test_delete(self, store):
        """
        What is deleted is gone; to delete nothing is no error.
        """
        store.save("k", "text")

        store.delete("k")
        store.delete("k")

        assert store.load("k") is None

    def test_keys_do_not_mix(self, store):
        """
        What happens under one key is nothing to another.
        """
        store.save("k", "text")
        store.save("K", "other")

        store.delete("K")

        assert ("text", None) == (store.load("k"), store.load("K"))

    def test_stores_do_not_mix(self, store):
        """
        Two stores share nothing.
        """
        store.save("k", "text")

        assert MemoryStore().load("k") is None


class TestHold:
    """One at a time."""

    def test_threads_take_turns(self, store):
        """
        Threads that hold one key are never inside at once.
        """
        inside, most, total = [], [], []

        def work():
            for _ in range(50):
                with store.hold("k", wait_s=30):
                    inside.append(1)
                    most.append(len(inside))
                    inside.pop()
                    total.append(1)

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

        assert (400, 1) == (len(total), max(most))

    def test_bounded_wait(self, store):
        """
        Whoever waits in vain is told so after the time that they gave.
        """
        text = "Another thread held the token for 0 s."

        with (
            store.hold("k", wait_s=1),
            pytest.raises(TimeoutError, match=f"^{re.escape(text)}$"),
            store.hold("k", wait_s=0.01),
        ):
            pass

    def test_other_keys(self, store):
        """
        To hold one key keeps nobody out of another.
        """
        with store.hold("k", wait_s=1), store.hold("K", wait_s=0):
            store.save("k", "text")

        assert "text" == store.load("k")

    def test_given_back(self, store):
        """
        A hold ends with its block, by an error too.
        """
        with pytest.raises(KeyError), store.hold("k", wait_s=1):
            raise KeyError

        with store.hold("k", wait_s=0):
            store.save("k", "again")

    @pytest.mark.parametrize("wait_s", [0, 0.0, 1e9, 1e300, float("inf")])
    def test_any_wait(self, store, wait_s):
        """
        A wait of any length will do for a key that is free.
        """
        with store.hold("k", wait_s=wait_s):
            store.save("k", "text")

        assert "text" == store.load("k")


class TestCopies:
    """Where it goes."""

    def test_private(self, store):
        """
        It says that nothing leaves this process.
        """
        assert store.private

    def test_pickle(self, store):
        """
        A pickle is a new, empty store.
        """
        store.save("k", "s3cret")

        text = pickle.dumps(store)

        assert b"s3cret" not in text
        assert pickle.loads(text).load("k") is None

    def test_deepcopy(self, store):
        """
        A deep copy is the store itself: a copy would be another truth.
        """
        assert store is copy.deepcopy(store)
        assert {"k": [store]} == copy.deepcopy({"k": [store]})

    def test_repr(self, store):
        """
        A repr shows nothing of what is kept.
        """
        store.save("s3cret-key", "s3cret")

        assert "MemoryStore()" == repr(store)

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform has no fork")
    # Python 3.12 warns of a fork beside threads: that is what is tested here.
    @pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
    def test_fork(self, store):
        """
        A child forked while another thread holds a key is not locked out of it.
        """
        store.save("k", "text")
        held, done = threading.Event(), threading.Event()

        def hold():
            with store.hold("k", wait_s=1):
                held.set()
                done.wait(30)

        thread = threading.Thread(target=hold)
        thread.start()
        assert held.wait(10)
        pid = os.fork()
        if pid == 0:
            signal.alarm(20)
            with store.hold("k", wait_s=5):
                os._exit(0 if store.load("k") == "text" else 1)
        _, status = os.waitpid(pid, 0)
        done.set()
        thread.join(10)

        assert 0 == os.waitstatus_to_exitcode(status)
        with store.hold("k", wait_s=1):
            assert "text" == store.load("k")
