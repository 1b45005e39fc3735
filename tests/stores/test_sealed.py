"""secret_key=: sealed at rest; a key that does not open is told, and nothing else is."""

import pickle
import sys

import pytest
import requests
from helpers import auth_of
from stores.with_crypto import Fernet, MultiFernet, Sealed
from stores.with_file import FileStore

from requests_xauth import errors
from requests_xauth.stores._sealing import sealing
from requests_xauth.testing import StoreContract

KEY = "xee-" + "0123456789" * 4
TEXT = '{"v":1,"token":"secret"}'
ONE, OTHER = (Fernet.generate_key().decode() for _ in range(2))


class TestContract(StoreContract):
    """What every store promises, a sealed one too."""

    @pytest.fixture(autouse=True)
    def _place(self, tmp_path):
        self._folder = tmp_path / "tokens"

    def make_store(self):
        """Return a sealed store in the test's folder."""
        return FileStore(self._folder, secret_key=ONE)


@pytest.fixture
def store(tmp_path):
    """Return a store that is sealed with ONE and has a text."""
    store = FileStore(tmp_path, secret_key=ONE)
    store.save(KEY, TEXT)
    return store


class TestSealed:
    """What is kept, and who can read it."""

    def test_nothing_is_readable(self, tmp_path, store):
        """
        Neither the text nor the secret key is in a file.
        """
        written = b"".join(path.read_bytes() for path in tmp_path.iterdir())

        assert b"secret" not in written
        assert ONE.encode() not in written
        assert TEXT == store.load(KEY)

    def test_twice_is_not_the_same(self):
        """
        Nobody can tell that the same text was sealed again.
        """
        sealed = Sealed(ONE)

        assert sealed.seal(KEY, TEXT) != sealed.seal(KEY, TEXT)

    @pytest.mark.parametrize("key", [ONE, ONE.encode(), [ONE], (ONE, OTHER)])
    def test_forms_of_a_key(self, tmp_path, store, key):
        """
        A key may be text or bytes, or one of several.
        """
        assert TEXT == FileStore(tmp_path, secret_key=key).load(KEY)

    def test_rotation(self, tmp_path, store):
        """
        The first key seals, all of them open: an old one can be taken out in time.
        """
        rotating = FileStore(tmp_path, secret_key=[OTHER, ONE])

        assert TEXT == rotating.load(KEY)
        rotating.save(KEY, "new")
        assert "new" == FileStore(tmp_path, secret_key=OTHER).load(KEY)
        with pytest.raises(errors.StoreError, match="another key"):
            store.load(KEY)

    def test_a_pickle_opens(self, store):
        """
        A worker that gets a pickle of the store opens what is in it.
        """
        assert TEXT == pickle.loads(pickle.dumps(store)).load(KEY)

    def test_repr(self, store):
        """
        A repr tells that there is a key, and not which.
        """
        assert repr(store).endswith(", secret_key=…)")
        assert ONE not in repr(store)

    def test_a_whole_session(self, box, tmp_path):
        """
        A token that one program sealed signs another's request.
        """
        for _ in range(2):
            auth = auth_of(box, "m2m", store=FileStore(tmp_path, secret_key=ONE))
            assert 200 == requests.get(box.m2m.api_url, auth=auth).status_code

        assert 1 == box.m2m.token_requests


class TestLocked:
    """What a key does not open."""

    @pytest.mark.parametrize(
        ("secret_key", "words"),
        [
            (OTHER, r"sealed with another key \(\w{16}\).* secret_key="),
            (None, "is sealed: open the store with secret_key="),
        ],
        ids=["another", "none"],
    )
    def test_a_wrong_key(self, tmp_path, store, secret_key, words, caplog):
        """
        Without the right key there is a StoreError that names secret_key=.
        """
        wrong = FileStore(tmp_path, secret_key=secret_key)
        before = {path: path.read_bytes() for path in tmp_path.iterdir()}

        with pytest.raises(errors.StoreError, match=words) as caught:
            wrong.load(KEY)

        assert KEY in str(caught.value)
        assert before == {path: path.read_bytes() for path in tmp_path.iterdir()}
        assert "" == caplog.text
        assert not [key for key in (ONE, OTHER) if key in str(caught.value)]

    def test_not_sealed(self, tmp_path):
        """
        A text that anybody could have written is not taken where a key is given.
        """
        FileStore(tmp_path).save(KEY, TEXT)

        with pytest.raises(errors.StoreError, match="is not sealed, and secret_key="):
            FileStore(tmp_path, secret_key=ONE).load(KEY)

    def test_never_a_wrong_token(self, box, tmp_path):
        """
        A program with a wrong key gets the error, and asks for nothing.
        """
        auth_of(box, "m2m", store=FileStore(tmp_path, secret_key=ONE)).renew()
        auth = auth_of(box, "m2m", store=FileStore(tmp_path, secret_key=OTHER))

        with pytest.raises(errors.StoreError, match="secret_key="):
            requests.get(box.m2m.api_url, auth=auth)
        assert 1 == box.m2m.token_requests

    def test_anothers_place(self):
        """
        A text that was sealed for one key of the store does not open as another's.
        """
        kept = Sealed(ONE).seal("account-of-ada", TEXT)

        with pytest.raises(errors.StoreError, match=r"another place: secret_key="):
            Sealed(ONE).unseal("account-of-bob", kept)

    @pytest.mark.parametrize(
        "change",
        [
            lambda kept: kept[:-9],
            lambda kept: kept[:-9] + "A" * 9,
            lambda kept: kept[:-9] + "ä" * 9,
            lambda kept: kept.rpartition(":")[0],
        ],
        ids=["cut", "changed", "no letters of ours", "gone"],
    )
    def test_changed(self, change):
        """
        A sealed text that was changed is told as that.
        """
        kept = change(Sealed(ONE).seal(KEY, TEXT))

        with pytest.raises(errors.StoreError, match="secret_key="):
            Sealed(ONE).unseal(KEY, kept)

    def test_newer(self):
        """
        A seal of a newer version is refused politely.
        """
        kept = Sealed(ONE).seal(KEY, TEXT).replace(":1:", ":2:", 1)

        with pytest.raises(errors.StoreError, match=r"newer version .* upgrade"):
            Sealed(ONE).unseal(KEY, kept)


class TestKeys:
    """What is no key."""

    @pytest.mark.parametrize(
        "secret_key",
        [
            "",
            b"",
            [],
            "secret",
            "ö" * 44,
            [ONE, "secret"],
            [None],
            [Fernet(ONE)],
            "A" * 43,
        ],
    )
    def test_no_key(self, tmp_path, secret_key):
        """
        What is no Fernet key is a ConfigError, without the value, at construction.
        """
        with pytest.raises(errors.ConfigError, match="secret_key= has") as caught:
            FileStore(tmp_path, secret_key=secret_key)

        assert not [key for key in ("ööö", ONE) if key in str(caught.value)]

    @pytest.mark.parametrize(
        ("secret_key", "kind"),
        [
            (123, "int"),
            (Fernet(ONE), "Fernet"),
            (MultiFernet([Fernet(ONE)]), "MultiFernet"),
            (iter([ONE]), "list_iterator"),
            ({ONE, OTHER}, "set"),
            ({ONE: OTHER}, "dict"),
        ],
    )
    def test_another_type(self, tmp_path, secret_key, kind):
        """
        What is neither a key nor a list of keys is a ConfigError that names its type.
        """
        words = rf"secret_key= takes .*, or a list of them, not {kind}\."
        with pytest.raises(errors.ConfigError, match=words) as caught:
            FileStore(tmp_path, secret_key=secret_key)

        assert not [key for key in (ONE, OTHER) if key in str(caught.value)]

    def test_how_to_make_one(self, tmp_path):
        """
        The error's text says how to make one.
        """
        with pytest.raises(errors.ConfigError, match=r"Make one: .*generate_key\(\)"):
            FileStore(tmp_path, secret_key="a password")

    def test_without_the_library(self, monkeypatch):
        """
        Without its library secret_key= says how to get it; without a key none is needed.
        """
        monkeypatch.delitem(sys.modules, "requests_xauth.stores._sealed")
        monkeypatch.setitem(sys.modules, "cryptography.fernet", None)

        assert TEXT == sealing(None).unseal(KEY, sealing(None).seal(KEY, TEXT))
        with pytest.raises(
            ImportError, match=r"pip install 'requests-xauth\[crypto\]'"
        ):
            sealing(ONE)
