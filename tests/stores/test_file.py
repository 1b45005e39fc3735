"""FileStore: files for one user's eyes, written whole, set aside when damaged."""

import logging
import os
import pickle
import stat
import threading

import pytest
from stores.places import has_modes, modes_below
from stores.with_file import FileStore, platformdirs

from requests_xauth import errors
from requests_xauth.testing import StoreContract

KEY = "m2m-" + "0123456789" * 4
TEXT = '{"v":1,"token":"secret"}'


class TestContract(StoreContract):
    """What every store promises."""

    @pytest.fixture(autouse=True)
    def _place(self, tmp_path):
        self._folder = tmp_path / "tokens"

    def make_store(self):
        """Return a store in the test's folder."""
        return FileStore(self._folder)


@pytest.fixture
def folder(tmp_path):
    """Return where the test's store is; it is not made yet."""
    return tmp_path / "tokens"


@pytest.fixture
def store(folder):
    """Return an empty store."""
    return FileStore(folder)


def file_of(folder, key=KEY):
    """Return the file of *key*."""
    return folder / f"{key}.token"


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

    def test_others_may_look(self, folder, store):
        """
        A folder that others may only look into is taken: its files are for one.
        """
        folder.mkdir(0o755)

        store.save(KEY, TEXT)

        assert {f"{KEY}.token": 0o600} == modes_below(folder)


DAMAGED = {
    "empty": lambda whole: b"",
    "cut": lambda whole: whole[:-5],
    "cut early": lambda whole: whole[:9],
    "zeroed": lambda whole: bytes(len(whole)),
    "changed": lambda whole: whole.replace(b"secret", b"secrets"),
    "foreign": lambda whole: b'{"access_token": "x"}',
    "no number": lambda whole: whole.replace(b" 1 ", b" one "),
}


class TestDamage:
    """What is not whole."""

    @pytest.fixture(params=DAMAGED)
    def damaged(self, request, folder, store):
        """Return a file that has met with something."""
        store.save(KEY, TEXT)
        path = file_of(folder)
        path.write_bytes(DAMAGED[request.param](path.read_bytes()))
        path.chmod(0o644)
        return path

    def test_set_aside(self, store, damaged, caplog):
        """
        A damaged file is renamed and counts as nothing; the log says so once.
        """
        found = damaged.read_bytes()
        with caplog.at_level(logging.WARNING):
            assert store.load(KEY) is None
            assert store.load(KEY) is None

        aside = damaged.with_name(damaged.name + ".damaged")
        assert not damaged.exists()
        assert found == aside.read_bytes()
        assert 0o600 == stat.S_IMODE(aside.stat().st_mode)
        [record] = caplog.records
        assert f"{damaged} is damaged" in record.getMessage()
        assert aside.name in record.getMessage()

    def test_saved_over(self, store, damaged):
        """
        What is saved after that is loaded; the damaged file stays for a look.
        """
        with store.hold(KEY, wait_s=1):
            store.save(KEY, "new")

        assert "new" == store.load(KEY)
        assert damaged.with_name(damaged.name + ".damaged").exists()

    def test_forgotten(self, folder, store, damaged):
        """
        What is deleted leaves no damaged copy: it may hold a live refresh token.
        """
        store.load(KEY)
        store.delete(KEY)

        assert [f"{KEY}.lock"] == [path.name for path in folder.iterdir()]

    def test_not_while_held(self, store, damaged):
        """
        A file that is damaged while somebody holds it is left to whoever comes next.
        """
        whole = damaged.read_bytes()
        damaged.unlink()
        with store.hold(KEY, wait_s=1):
            damaged.write_bytes(whole)

            assert store.load(KEY) is None
            assert damaged.exists()
        with store.hold(KEY, wait_s=1):
            assert not damaged.exists()

    def test_anothers_file(self, folder, store):
        """
        A file that was put in another key's place is not that key's token.
        """
        other = KEY[::-1]
        store.save(KEY, TEXT)
        file_of(folder).rename(file_of(folder, other))

        assert store.load(other) is None

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this platform has no pipes")
    def test_no_file(self, folder, store):
        """
        A pipe in the file's place keeps nobody waiting: it is set aside.
        """
        store.save(KEY, TEXT)
        file_of(folder).unlink()
        os.mkfifo(file_of(folder))

        assert store.load(KEY) is None
        assert not file_of(folder).exists()

    @has_modes
    def test_a_link_is_not_followed(self, tmp_path, folder, store):
        """
        A link in the file's place is neither read through nor written through.
        """
        other = FileStore(tmp_path / "other")
        other.save(KEY, "theirs")
        folder.mkdir(0o700)
        file_of(folder).symlink_to(file_of(tmp_path / "other"))

        assert store.load(KEY) is None
        file_of(folder).symlink_to(file_of(tmp_path / "other"))
        store.save(KEY, "ours")

        assert ("ours", "theirs") == (store.load(KEY), other.load(KEY))
        assert not file_of(folder).is_symlink()

    @has_modes
    def test_a_linked_lock(self, tmp_path, folder, store):
        """
        A link in the lock's place is refused: it could lead anywhere.
        """
        folder.mkdir(0o700)
        (folder / f"{KEY}.lock").symlink_to(tmp_path / "elsewhere")

        with (
            pytest.raises(errors.StoreError, match=f"cannot lock .*{KEY}.lock"),
            store.hold(KEY, wait_s=1),
        ):
            pass
        assert not (tmp_path / "elsewhere").exists()


class TestNewer:
    """What a newer version has written."""

    @pytest.fixture
    def newer(self, folder, store):
        """Return a file in a format that is not known yet."""
        store.save(KEY, TEXT)
        path = file_of(folder)
        path.write_bytes(path.read_bytes().replace(b" 1 ", b" 2 "))
        return path

    def test_refused_politely(self, store, newer):
        """
        A newer format is a StoreError that names the file and says what to do.
        """
        with pytest.raises(
            errors.StoreError, match=rf"{newer} has format 2, .* up to 1: upgrade"
        ):
            store.load(KEY)

    def test_left_alone(self, store, newer):
        """
        A newer file cannot be held, so that nobody writes over it.
        """
        before = newer.read_bytes()

        with (
            pytest.raises(errors.StoreError, match="has format 2"),
            store.hold(KEY, wait_s=1),
        ):
            pass
        assert before == newer.read_bytes()


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
