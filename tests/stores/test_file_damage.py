"""FileStore: what is not whole is set aside, what is newer is left alone."""

import logging
import os
import stat

import pytest
from stores.places import KEY, TEXT, file_of, has_modes
from stores.with_file import FileStore

from requests_xauth import errors

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
