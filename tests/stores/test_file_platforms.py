"""FileStore on other platforms and file systems, and without its libraries."""

import errno
import os
import stat
import sys

import pytest
from stores.places import KEY, TEXT, has_modes
from stores.with_file import FileStore

from requests_xauth import errors
from requests_xauth.stores import _files, _folder


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
