"""FileStore: keeping others out, and what the killed leave behind."""

import os
import threading

import pytest
from stores.places import KEY, TEXT
from stores.with_file import FileStore


class TestHold:
    """Keeping others out."""

    def test_the_lock_stays(self, folder, store):
        """
        The lock's file is never removed: who waits for it waits for the same one.
        """
        with store.hold(KEY, wait_s=1):
            before = (folder / f"{KEY}.lock").stat().st_ino
        with store.hold(KEY, wait_s=1):
            store.delete(KEY)

        assert before == (folder / f"{KEY}.lock").stat().st_ino

    def test_two_stores_of_one_folder(self, folder, store):
        """
        Stores that were made apart keep each other out, on one thread too.
        """
        with (
            store.hold(KEY, wait_s=1),
            pytest.raises(TimeoutError, match=f"Somebody else held {folder}.* 0.1 s"),
            FileStore(folder).hold(KEY, wait_s=0.1),
        ):
            pass

    def test_left_on_another_thread(self, store):
        """
        A hold that is left on another thread is free.
        """
        hold = store.hold(KEY, wait_s=1)
        hold.__enter__()
        thread = threading.Thread(target=hold.__exit__, args=(None, None, None))
        thread.start()
        thread.join()

        with store.hold(KEY, wait_s=1):
            pass

    @pytest.mark.parametrize("wait_s", [float("inf"), 1e300, 0, -1])
    def test_any_wait(self, store, wait_s):
        """
        A hold that is free can be had with any wait.
        """
        with store.hold(KEY, wait_s=wait_s):
            pass


class TestLeftBehind:
    """What a process leaves that is killed while it writes."""

    def leave(self, folder, name, *, age_s):
        """Leave a temporary file of that age."""
        folder.mkdir(0o700, exist_ok=True)
        path = folder / name
        path.write_text("half a token")
        at = path.stat().st_mtime - age_s
        os.utime(path, (at, at))
        return path

    def test_swept(self, folder, store):
        """
        What was left an hour ago is removed with the first save.
        """
        old = self.leave(folder, f"{KEY}.token.0123.tmp", age_s=3700)
        young = self.leave(folder, f"{KEY}.token.4567.tmp", age_s=60)

        store.save(KEY, TEXT)

        assert (False, True) == (old.exists(), young.exists())

    def test_swept_once(self, folder, store):
        """
        A store looks for it once in its life.
        """
        store.save(KEY, TEXT)
        old = self.leave(folder, f"{KEY}.token.0123.tmp", age_s=3700)

        store.save(KEY, TEXT)

        assert old.exists()

    def test_no_token(self, folder, store):
        """
        What was half written is never loaded.
        """
        self.leave(folder, f"{KEY}.token.0123.tmp", age_s=60)

        assert store.load(KEY) is None

    def test_forgotten(self, folder, store):
        """
        What is deleted is gone from there as well, and what is another's is not.
        """
        ours = self.leave(folder, f"{KEY}.token.0123.tmp", age_s=0)
        theirs = self.leave(folder, f"{KEY}-logins.token.0123.tmp", age_s=0)

        store.delete(KEY)

        assert (False, True) == (ours.exists(), theirs.exists())
