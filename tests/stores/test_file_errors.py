"""FileStore on a disk that says no: the path is named, and what to do."""

import tempfile
from pathlib import Path

import pytest
from stores.places import (
    KEY,
    TEXT,
    as_nobody,
    give_to_nobody,
    has_modes,
    make_read_only,
    small_disk,
    small_files,
)
from stores.with_file import FileStore

from requests_xauth import errors


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


@pytest.mark.parametrize("act", ["save", "hold"])
@pytest.mark.parametrize("below", ["tokens", "made/too/tokens", ""])
def test_a_link_that_leads_nowhere(tmp_path, act, below):
    """
    So is a link in the place of the folder, or of one above, that leads nowhere.
    """
    link = tmp_path / "state"
    try:
        link.symlink_to(tmp_path / "nowhere")
    except OSError:
        pytest.skip("this user may not make links")

    words = r"cannot use the folder .*state.*: .* or a link that leads nowhere"
    with pytest.raises(errors.StoreError, match=words) as caught:
        ACTS[act](FileStore(link / below))

    assert str(link / below) in str(caught.value)
    assert isinstance(caught.value.__cause__, FileNotFoundError)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs Linux's /proc")
def test_where_no_folder_can_be_made():
    """
    So is a place that knows no new folders.
    """
    with pytest.raises(errors.StoreError, match=r"cannot use the folder /proc/x/y: "):
        FileStore("/proc/x/y").save(KEY, TEXT)


def test_a_drive_that_is_not_there(monkeypatch, tmp_path):
    """
    So is a path whose topmost folder is missing, as on Windows a drive may be.
    """

    def mkdir(path, mode):
        raise FileNotFoundError(2, "The system cannot find the path specified")

    monkeypatch.setattr(Path, "mkdir", mkdir)

    with pytest.raises(errors.StoreError, match="cannot use the folder"):
        FileStore(tmp_path / "tokens").save(KEY, TEXT)


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
