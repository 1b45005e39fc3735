"""FileStore: where its files are, and who may see them."""

import os
import pickle
import stat
import tempfile
from pathlib import Path

import pytest
from stores.places import (
    KEY,
    NOBODY,
    TEXT,
    as_nobody,
    file_of,
    has_modes,
    is_root,
    modes_below,
)
from stores.with_file import FileStore, platformdirs

from requests_xauth import errors
from requests_xauth.testing import StoreContract


class TestContract(StoreContract):
    """What every store promises."""

    @pytest.fixture(autouse=True)
    def _place(self, tmp_path):
        self._folder = tmp_path / "tokens"

    def make_store(self):
        """Return a store in the test's folder."""
        return FileStore(self._folder)


class TestPlace:
    """Where the files are."""

    def test_the_platforms_own(self, monkeypatch, tmp_path):
        """
        Without a path the store is where the platform wants a user's state.
        """
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
        FileStore().save(KEY, TEXT)

        own = platformdirs.user_state_path("requests-xauth", appauthor=False)

        assert TEXT == FileStore(own).load(KEY)
        assert repr(str(own)) in repr(FileStore())

    def test_a_home(self, monkeypatch, tmp_path):
        """
        A path that begins with ~ is in the user's home.
        """
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("USERPROFILE", str(tmp_path))

        FileStore("~/tokens").save(KEY, TEXT)

        assert TEXT == FileStore(tmp_path / "tokens").load(KEY)

    def test_a_relative_path_stays(self, monkeypatch, tmp_path):
        """
        A relative path means the folder that it meant when the store was made.
        """
        monkeypatch.chdir(tmp_path)
        store = FileStore("tokens")
        store.save(KEY, TEXT)
        monkeypatch.chdir("/")

        assert TEXT == store.load(KEY)
        assert TEXT == pickle.loads(pickle.dumps(store)).load(KEY)

    def test_no_home(self):
        """
        A home that is not there is a ConfigError that says what to give.
        """
        with pytest.raises(errors.ConfigError, match=r"no home .*FileStore\(path\)"):
            FileStore("~nobody-has-this-name/tokens")

    def test_no_path(self):
        """
        An empty path is a ConfigError, and not the working folder.
        """
        with pytest.raises(errors.ConfigError, match="path is empty"):
            FileStore("")

    @pytest.mark.parametrize(
        ("path", "words"),
        [
            (123, "is the name of a folder, .* not int"),
            (b"/pa55", "is the name of a folder, .* not bytes"),
            (["pa55"], "is the name of a folder, .* not list"),
            ("pa55\0", "has a character that no file system takes"),
            # Windows takes this one.
            pytest.param("pa55\ud800", "has a character that", marks=has_modes),
        ],
    )
    def test_no_name(self, path, words):
        """
        What cannot name a folder is a ConfigError at once, and never looked for.
        """
        with pytest.raises(errors.ConfigError, match=f"FileStore's path {words}"):
            FileStore(path)

    def test_nothing_is_made_to_look(self, folder, store):
        """
        To make a store and to load from it makes no folder.
        """
        assert store.load(KEY) is None
        store.delete(KEY)
        assert not folder.exists()

    def test_a_file_for_each_key(self, folder, store):
        """
        A key of the engine's is its file's name.
        """
        store.save(KEY, TEXT)

        assert [f"{KEY}.token"] == [path.name for path in folder.iterdir()]

    def test_repr(self, folder, store):
        """
        A repr shows the folder.
        """
        assert f"FileStore({str(folder)!r})" == repr(store)


@has_modes
class TestModes:
    """Who may see what."""

    @pytest.fixture(params=[0o000, 0o022, 0o077], ids=oct)
    def _umask(self, request):
        before = os.umask(request.param)
        yield
        os.umask(before)

    @pytest.mark.usefixtures("_umask")
    def test_for_one_user(self, tmp_path):
        """
        All folders have mode 0700 and all files 0600, whatever the umask.
        """
        store = FileStore(tmp_path / "made" / "too" / "tokens")
        with store.hold(KEY, wait_s=1):
            store.save(KEY, TEXT)
        file_of(tmp_path / "made" / "too" / "tokens").write_text("damaged")
        store.load(KEY)
        store.save(KEY, TEXT)

        assert {
            "made": 0o700,
            "made/too": 0o700,
            "made/too/tokens": 0o700,
            f"made/too/tokens/{KEY}.lock": 0o600,
            f"made/too/tokens/{KEY}.token": 0o600,
            f"made/too/tokens/{KEY}.token.damaged": 0o600,
        } == modes_below(tmp_path)

    def test_made_with_its_mode(self, folder, store, monkeypatch):
        """
        A token's file is made with its mode: nobody can look before a chmod.
        """
        made, really_open = {}, os.open

        def noted(path, flags, mode=0o777, **more):
            descriptor = really_open(path, flags, mode, **more)
            made[str(path)] = stat.S_IMODE(os.fstat(descriptor).st_mode)
            return descriptor

        monkeypatch.setattr(os, "open", noted)
        store.save(KEY, TEXT)

        temporary = {n: m for n, m in made.items() if n.endswith(".tmp")}
        assert [0o600] == list(temporary.values())

    @pytest.mark.parametrize("mode", [0o777, 0o770, 0o702, 0o1777], ids=oct)
    def test_others_may_not_write(self, folder, store, mode):
        """
        A folder that others may write to is refused, with its mode and what to do.
        """
        folder.mkdir()
        folder.chmod(mode)

        with pytest.raises(
            errors.StoreError, match=f"{folder} .mode {mode:04o}.*chmod"
        ):
            store.save(KEY, TEXT)
        with (
            pytest.raises(errors.StoreError, match="Others may write"),
            store.hold(KEY, wait_s=1),
        ):
            pass
        assert [] == list(folder.iterdir())

    def test_what_others_could_have_written(self, folder, store):
        """
        What is in a folder that others may write to is not taken for a token.
        """
        store.save(KEY, TEXT)
        folder.chmod(0o777)

        for key in (KEY, "another"):
            with pytest.raises(
                errors.StoreError, match=f"{folder} .mode 0777.*chmod 700"
            ):
                store.load(key)

        folder.chmod(0o700)
        assert TEXT == store.load(KEY)

    @pytest.mark.parametrize("mode", [0o700, 0o755], ids=oct)
    def test_somebody_elses(self, folder, store, monkeypatch, mode):
        """
        A folder of another user's is refused, and what is in it is not read.
        """
        store.save(KEY, TEXT)
        folder.chmod(mode)
        uid = os.geteuid()
        if uid == 0:
            os.chown(folder, NOBODY, NOBODY)
        else:
            monkeypatch.setattr(os, "geteuid", lambda: uid + 1)
        words = (
            f"{folder} belongs to another user .uid {folder.stat().st_uid}, this one is"
            rf" {os.geteuid()}.*chown.*FileStore\(path\)"
        )

        for act in (
            lambda: store.load(KEY),
            lambda: store.save(KEY, TEXT),
            lambda: store.hold(KEY, wait_s=1).__enter__(),
        ):
            with pytest.raises(errors.StoreError, match=words):
                act()
        assert {f"{KEY}.token": 0o600} == modes_below(folder)

    @pytest.mark.skipif(not is_root, reason="only root can make a folder of root's")
    def test_roots(self):
        """
        A folder of root's is taken by others: root could read and write theirs as well.
        """
        with tempfile.TemporaryDirectory() as name:
            Path(name).chmod(0o755)
            with as_nobody():
                assert FileStore(name).load(KEY) is None

    def test_others_may_look(self, folder, store):
        """
        A folder that others may only look into is taken: its files are for one.
        """
        folder.mkdir(0o755)

        store.save(KEY, TEXT)

        assert {f"{KEY}.token": 0o600} == modes_below(folder)
