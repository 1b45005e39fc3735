"""FileStore on a disk that says no: the path is named, the token at hand goes on."""

import errno
import os
import stat
import sys
import tempfile
from pathlib import Path

import pytest
import requests
from helpers import auth_of
from stores.places import (
    as_nobody,
    give_to_nobody,
    has_modes,
    make_read_only,
    small_disk,
    small_files,
)
from stores.with_file import FileStore

from requests_xauth import errors
from requests_xauth.stores import _files, _folder

KEY = "m2m-" + "0123456789" * 4
TEXT = '{"v":1}'


def held(store):
    """Hold and leave."""
    with store.hold(KEY, wait_s=1):
        pass


ACTS = {
    "load": lambda store: store.load(KEY),
    "save": lambda store: store.save(KEY, TEXT),
    "hold": held,
}


@pytest.mark.parametrize("act", ACTS)
def test_a_folder_that_is_a_file(tmp_path, act):
    """
    A file in the folder's place is a StoreError that names it, with its cause.
    """
    (tmp_path / "tokens").write_text("a file")

    with pytest.raises(errors.StoreError, match="Not a directory") as caught:
        ACTS[act](FileStore(tmp_path / "tokens"))

    assert str(tmp_path / "tokens") in str(caught.value)
    assert isinstance(caught.value.__cause__, NotADirectoryError)
    assert "a file" == (tmp_path / "tokens").read_text()


@pytest.mark.parametrize("act", ["save", "hold"])
def test_a_folder_in_a_file(tmp_path, act):
    """
    So is a file in the place of a folder above.
    """
    (tmp_path / "file").write_text("a file")

    with pytest.raises(errors.StoreError, match=r"cannot use the folder .*tokens"):
        ACTS[act](FileStore(tmp_path / "file" / "tokens"))


def test_a_folder_in_the_files_place(tmp_path):
    """
    A folder in a file's place is set aside like anything that is damaged.
    """
    (tmp_path / f"{KEY}.token").mkdir()

    assert FileStore(tmp_path).load(KEY) is None


@has_modes
class TestAnotherUser:
    """What this user may not do."""

    @pytest.fixture
    def theirs(self):
        """Return a folder that nobody can get to; it has a token."""
        # Not in pytest's own, which nobody else may even pass.
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            with FileStore(folder).hold(KEY, wait_s=1):
                FileStore(folder).save(KEY, TEXT)
            give_to_nobody(folder, *folder.iterdir())
            yield folder
            folder.chmod(0o700)

    def refused(self, act, store, words):
        """Expect *act* to be refused, with the system's words."""
        with (
            as_nobody(),
            pytest.raises(errors.StoreError, match=words) as caught,
        ):
            ACTS[act](store)
        assert "FileStore(path)" in str(caught.value)
        assert isinstance(caught.value.__cause__, PermissionError)

    @pytest.mark.parametrize("act", ACTS)
    def test_fine(self, theirs, act):
        """
        What is one's own can be used: the tests below are refused for their reasons.
        """
        with as_nobody():
            ACTS[act](FileStore(theirs))

    @pytest.mark.parametrize(
        ("act", "verb"), [("load", "read"), ("save", "write"), ("hold", "lock")]
    )
    def test_no_way_in(self, theirs, act, verb):
        """
        A folder that may not be entered is a StoreError that names the path.
        """
        theirs.chmod(0)

        self.refused(
            act, FileStore(theirs), f"cannot {verb} {theirs}.*: Permission denied"
        )

    def test_nothing_may_be_made(self, theirs):
        """
        So is one in which nothing may be made.
        """
        theirs.chmod(0o500)

        words = f"cannot write {theirs}/{KEY}.token: Permission denied"
        self.refused("save", FileStore(theirs), words)

    @pytest.mark.parametrize("act", ["save", "hold"])
    def test_no_folder_may_be_made(self, theirs, act):
        """
        So is a folder that may not be made.
        """
        theirs.chmod(0o500)

        words = f"cannot use the folder {theirs}/tokens: Permission denied"
        self.refused(act, FileStore(theirs / "tokens"), words)

    @pytest.mark.parametrize(("act", "suffix"), [("load", "token"), ("hold", "lock")])
    def test_a_file_of_somebody_else(self, theirs, act, suffix):
        """
        So is a file that belongs to somebody else, such as one made with sudo.
        """
        (theirs / f"{KEY}.{suffix}").chmod(0)

        words = f"{theirs}/{KEY}.{suffix}: Permission denied"
        self.refused(act, FileStore(theirs), words)


@has_modes
class TestFull:
    """What cannot be written to its end."""

    def test_what_was_there_stays(self, tmp_path):
        """
        A text that does not fit leaves the one before in its place, and nothing else.
        """
        store = FileStore(tmp_path)
        store.save(KEY, TEXT)

        with (
            small_files(),
            pytest.raises(
                errors.StoreError,
                match=f"cannot write {tmp_path}/.*File too large. Raise",
            ),
        ):
            store.save(KEY, TEXT * 99)

        assert TEXT == store.load(KEY)
        assert [f"{KEY}.token"] == [path.name for path in tmp_path.iterdir()]

    def test_a_full_disk(self, tmp_path):
        """
        So it is on a disk that is full.
        """
        with small_disk(tmp_path / "disk") as disk:
            store = FileStore(disk)
            store.save(KEY, TEXT)

            with pytest.raises(errors.StoreError, match=r"No space left .* Make room"):
                store.save(KEY, TEXT * 9999)

            assert TEXT == store.load(KEY)

    def test_a_disk_that_is_only_read(self, tmp_path):
        """
        On a disk that cannot be written to, what is there is loaded.
        """
        with small_disk(tmp_path / "disk") as disk:
            store = FileStore(disk)
            store.save(KEY, TEXT)
            make_read_only(disk)

            for act in (held, ACTS["save"], lambda store: store.delete(KEY)):
                with pytest.raises(errors.StoreError, match="Read-only file system"):
                    act(store)
            assert TEXT == store.load(KEY)


class TestSession:
    """What a user's session does meanwhile."""

    def test_the_token_at_hand_goes_on(self, box, clock, tmp_path):
        """
        While the store fails, calls are signed with the token at hand to its end.
        """
        auth = auth_of(box, "m2m", store=FileStore(tmp_path / "tokens"), clock=clock)
        session = requests.Session()
        session.auth = auth
        with session:
            session.get(box.m2m.api_url)
            broken(tmp_path / "tokens")

            clock.tick(box.m2m.lifetime_s - 1)
            assert 200 == session.get(box.m2m.api_url).status_code
            clock.tick(1)
            with pytest.raises(errors.StoreError, match=str(tmp_path / "tokens")):
                session.get(box.m2m.api_url)
            mended(tmp_path / "tokens")
            assert 200 == session.get(box.m2m.api_url).status_code

        assert 2 == box.m2m.token_requests
        assert (
            auth.token
            == auth_of(box, "m2m", store=FileStore(tmp_path / "tokens")).token
        )

    def test_a_one_time_refresh_token_is_not_sent(self, box, clock, tmp_path):
        """
        Where what is about to happen cannot be put on record, nothing is sent.
        """
        store = FileStore(tmp_path / "tokens")
        seed = box.xee.issue_refresh_token()
        auth = auth_of(
            box, "xee", store=store, account="ada", refresh_token=seed, clock=clock
        )
        auth.renew()
        with small_files(), pytest.raises(errors.StoreError, match="File too large"):
            auth.renew()

        assert 1 == box.xee.token_requests
        auth.renew()
        assert (2, 0) == (box.xee.token_requests, box.xee.reuses)

    def test_a_damaged_file_costs_one_token_request(self, box, tmp_path, caplog):
        """
        A program whose token's file is damaged asks for a new token, and goes on.
        """
        folder = tmp_path / "tokens"
        auth_of(box, "m2m", store=FileStore(folder)).renew()
        [path] = folder.glob("*.token")
        path.write_text("damaged")

        answer = requests.get(
            box.m2m.api_url, auth=auth_of(box, "m2m", store=FileStore(folder))
        )

        assert 200 == answer.status_code
        assert 2 == box.m2m.token_requests
        assert "is damaged" in caplog.text
        assert path.exists()


def broken(folder):
    """Put something in the folder's place that is none."""
    folder.rename(folder.with_name("away"))
    folder.write_text("no folder")


def mended(folder):
    """Undo that."""
    folder.unlink()
    folder.with_name("away").rename(folder)


def test_a_folder_that_a_sibling_makes(tmp_path):
    """
    Two processes may make the folder at the same moment.
    """
    _folder._make(tmp_path)

    assert tmp_path.is_dir()


class TestOtherPlatforms:
    """What is different elsewhere."""

    def test_windows_has_no_modes(self, monkeypatch, tmp_path):
        """
        Where there are no modes none is looked at, and no folder is synced.
        """
        monkeypatch.setattr(_files, "HAS_MODES", False)
        monkeypatch.setattr(_folder, "HAS_MODES", False)
        tmp_path.chmod(0o777)

        store = FileStore(tmp_path)
        store.save(KEY, TEXT)

        assert TEXT == store.load(KEY)

    def test_windows_refuses_for_a_moment(self, monkeypatch):
        """
        What is refused since somebody else has the file open is tried again.
        """
        monkeypatch.setattr(_files, "_PAUSES_S", (0, 0, 0))
        refusals = [PermissionError(), PermissionError()]

        def call():
            if refusals:
                raise refusals.pop()
            return "done"

        assert "done" == _files.patiently(call)

    def test_windows_refuses_for_good(self, monkeypatch):
        """
        What is refused again and again is refused.
        """
        monkeypatch.setattr(_files, "_PAUSES_S", (0, 0, 0))
        tries = []

        def call():
            tries.append(1)
            raise PermissionError

        with pytest.raises(PermissionError):
            _files.patiently(call)
        assert 4 == len(tries)

    @has_modes
    def test_a_file_system_without_modes(self, monkeypatch, tmp_path):
        """
        A file system that lets others read what was made for one is refused.
        """
        # As a FAT volume does: the mode that was asked for is not the one that is kept.
        monkeypatch.setattr(_files, "_MODE", 0o644)

        with pytest.raises(errors.StoreError, match=r"lets others read .*mode 0644"):
            FileStore(tmp_path).save(KEY, TEXT)

        assert [] == list(tmp_path.iterdir())

    @has_modes
    @pytest.mark.parametrize(
        ("number", "saved"), [(errno.EINVAL, True), (errno.EIO, False)]
    )
    def test_a_folder_that_cannot_be_synced(self, monkeypatch, tmp_path, number, saved):
        """
        A network file system may know no sync of a folder; a failing disk is told.
        """
        really_sync = os.fsync

        def sync(descriptor):
            if stat.S_ISDIR(os.fstat(descriptor).st_mode):
                raise OSError(number, os.strerror(number))
            really_sync(descriptor)

        monkeypatch.setattr(os, "fsync", sync)
        store = FileStore(tmp_path)

        if saved:
            store.save(KEY, TEXT)
        else:
            with pytest.raises(errors.StoreError, match="Input/output error"):
                store.save(KEY, TEXT)
        assert TEXT == store.load(KEY)


@pytest.mark.parametrize("library", ["filelock", "platformdirs"])
def test_without_its_libraries(monkeypatch, library):
    """
    Without a library of its own the store says how to get it.
    """
    for name in ("file", "_holds"):
        monkeypatch.delitem(sys.modules, f"requests_xauth.stores.{name}")
    monkeypatch.setitem(sys.modules, library, None)

    with pytest.raises(ImportError, match=r"pip install 'requests-xauth\[file\]'"):
        __import__("requests_xauth.stores.file")
