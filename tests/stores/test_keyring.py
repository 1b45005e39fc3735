"""KeyringStore with a real Secret Service, gnome-keyring's."""

import gc
import pickle

import pytest
import requests
from helpers import auth_of
from stores.programs import all_of, program, programs
from stores.with_keyring import (
    KEY,
    KeyringStore,
    keyring,
    own_session,
    secretstorage,
    session,
)

from requests_xauth import errors
from requests_xauth.sandbox import Sandbox
from requests_xauth.stores import open_store
from requests_xauth.testing import StoreContract

__all__ = ["own_session", "session"]

pytestmark = pytest.mark.usefixtures("session")


class TestContract(StoreContract):
    """What every store promises."""

    def make_store(self):
        """Return a store in the session's keyring."""
        return KeyringStore()


def test_four_processes_of_four_threads(tmp_path):
    """
    Four processes of four threads that start cold cause one token request.
    """
    with Sandbox() as box:
        url, more = box.xpkit.api_url, {**box.xpkit.credentials, "store": "keyring"}
        with programs(4, "xpkit", tmp_path, **more) as first:
            told = all_of(first, "get", url, 4)
            again = all_of(first, "get", url, 4)
        with programs(2, "xpkit", tmp_path, **more) as second:
            later = all_of(second, "get", url, 4)

        assert [[200] * 4] * 4 == told == again
        assert [[200] * 4] * 2 == later
        assert 1 == box.xpkit.token_requests


def test_what_its_user_sees():
    """
    An entry is found by its service, which names the key, as any program finds it.
    """
    KeyringStore("tokens of ours").save(KEY, "text")

    kept = keyring.get_password(f"tokens of ours/{KEY}", "token")

    assert kept.startswith("requests-xauth 1 ")
    assert kept.endswith('"text"')


def test_services_are_apart():
    """
    What is kept for one service is not there for another.
    """
    KeyringStore().save(KEY, "text")

    assert KeyringStore("another").load(KEY) is None


def test_a_long_text_leaves_nothing():
    """
    A text of many parts is replaced, and deleted, with all of them.
    """
    store, key = KeyringStore(), KEY[::-1]
    before = _labels()
    store.save(key, "x" * 50_000)
    parts = len(_labels() - before)
    store.save(key, "short")
    left = len(_labels() - before)
    store.delete(key)

    assert (5, 1) == (parts, left)
    assert before == _labels()


def test_the_short_form():
    """
    store="keyring" is the store with the usual service.
    """
    assert repr(KeyringStore()) == repr(open_store("keyring"))
    assert repr(KeyringStore()) == repr(pickle.loads(pickle.dumps(KeyringStore())))
    assert "KeyringStore('requests-xauth')" == repr(KeyringStore())


def test_no_service():
    """
    A service without a name is a ConfigError.
    """
    with pytest.raises(errors.ConfigError, match="service is empty"):
        KeyringStore("")


@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
def test_a_locked_keyring(box, clock, own_session):
    """
    A keyring that nobody unlocks says so; the token at hand goes on working.
    """
    auth = auth_of(box, "m2m", store=KeyringStore(), clock=clock)
    auth.renew()
    with secretstorage.dbus_init() as connection:
        secretstorage.get_default_collection(connection).lock()

    with pytest.raises(errors.StoreError, match=r"unlock.*\. Unlock it") as caught:
        auth.renew()

    assert isinstance(caught.value.__cause__, keyring.errors.KeyringLocked)
    assert 200 == requests.get(box.m2m.api_url, auth=auth).status_code
    # keyring leaves its connection to the garbage collector then.
    del caught
    gc.collect()


def test_no_session(monkeypatch, tmp_path):
    """
    Where there is no D-Bus session, nothing is kept in plain text instead.
    """
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/nothing")
    with (
        Sandbox() as box,
        program("m2m", tmp_path, **box.m2m.credentials, store="keyring") as started,
    ):
        [told] = started.tell("get", box.m2m.api_url)

    assert told.startswith("StoreError: There is no system keyring")
    assert "Install one: gnome-keyring or KWallet" in told


def _labels():
    with secretstorage.dbus_init() as connection:
        collection = secretstorage.get_default_collection(connection)
        return {item.get_label() for item in collection.get_all_items()}
