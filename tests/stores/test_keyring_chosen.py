"""Which keyring is good enough: never one in plain text that nobody has asked for."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from stores.with_keyring import KEY, KeyringStore

import requests_xauth

ROOT = Path(requests_xauth.__file__).parents[1]

# A plug-in of keyring's, like those of the package keyrings.alt.
PLAIN = """
from keyring.backend import KeyringBackend

class Plain(KeyringBackend):
    priority = 0.5
    kept = {}
    def get_password(self, *name): return self.kept.get(name)
    def set_password(self, *name_and_text): self.kept[name_and_text[:2]] = name_and_text[2]
    def delete_password(self, *name): del self.kept[name]
"""
SECOND = """
class Plainer(Plain):
    priority = 0.25
"""
ROUND_TRIP = f"""
from requests_xauth.stores import KeyringStore
store = KeyringStore()
store.save({KEY!r}, "text")
print(store.load({KEY!r}))
store.delete({KEY!r})
"""


@pytest.fixture
def place(tmp_path):
    """Return where Python finds a plug-in of keyring's that keeps plain text."""
    (tmp_path / "plain.py").write_text(PLAIN)
    record = tmp_path / "plain-1.dist-info"
    record.mkdir()
    (record / "METADATA").write_text("Metadata-Version: 2.1\nName: plain\nVersion: 1\n")
    (record / "entry_points.txt").write_text("[keyring.backends]\nplain = plain\n")
    return tmp_path


def told(place, code=ROUND_TRIP, **environ):
    """Return what a program says where there is no Secret Service."""
    own = {
        "DBUS_SESSION_BUS_ADDRESS": f"unix:path={place}/nothing",
        "HOME": str(place),
        "XDG_CONFIG_HOME": str(place),
        "XDG_STATE_HOME": str(place),
        "PYTHONPATH": os.pathsep.join([str(place), str(ROOT)]),
    }
    ran = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **own, **environ},
    )
    return ran.stdout + ran.stderr


@pytest.mark.parametrize("more", ["", SECOND])
def test_plain_text_is_refused(place, more):
    """
    A keyring that keyring does not recommend, or a chain of such, is named and refused.
    """
    (place / "plain.py").write_text(PLAIN + more)

    said = told(place)

    assert (
        "StoreError: The only keyring here is plain.Plain, which keyring does" in said
    )
    assert "Install one: gnome-keyring or KWallet on Linux" in said
    assert (
        "To use this one all the same, set PYTHON_KEYRING_BACKEND=plain.Plain." in said
    )


def test_asked_for_by_the_environment(place):
    """
    Whoever asks for it by the environment gets it.
    """
    assert "text\n" == told(place, PYTHON_KEYRING_BACKEND="plain.Plain")


def test_asked_for_by_a_file(place):
    """
    So does who asks by keyring's own file.
    """
    folder = place / "python_keyring"
    folder.mkdir()
    config = "[backend]\ndefault-keyring=plain.Plain\n"
    (folder / "keyringrc.cfg").write_text(config)

    assert "text\n" == told(place)


def test_asked_for_by_code(place):
    """
    So does who chooses another one than keyring would, by keyring.set_keyring().
    """
    (place / "plain.py").write_text(PLAIN + SECOND)
    chooses = "import keyring, plain; keyring.set_keyring(plain.Plainer())"

    # An old keyring complains of the file beside it first or after.
    assert "text" in told(place, chooses + ROUND_TRIP).splitlines()


@pytest.mark.parametrize("more", ["", SECOND])
def test_asked_for_by_code_and_by_nobody_else(place, more):
    """
    So does who chooses by it the kind that keyring would choose as well.
    """
    (place / "plain.py").write_text(PLAIN + more)
    chooses = "import keyring, plain; keyring.set_keyring(plain.Plain())"

    assert "text" in told(place, chooses + ROUND_TRIP).splitlines()


@pytest.mark.parametrize("more", ["", SECOND])
def test_looked_at_by_code(place, more):
    """
    Whoever has only asked which keyring there is has chosen none.
    """
    (place / "plain.py").write_text(PLAIN + more)
    looks = "import keyring, keyring.backend; keyring.get_keyring().priority"
    looks += "; keyring.backend.get_all_keyring()"

    assert "keyring does not recommend" in told(place, looks + ROUND_TRIP)


def test_none():
    """
    Where there is none, the error says what to install.
    """
    said = told("")

    assert "StoreError: There is no system keyring that can be used here." in said
    assert "pip install SecretStorage" in said
    assert "Or keep tokens in files: store='file'." in said


def test_an_empty_chain():
    """
    A chain of none is none.
    """
    said = told("", PYTHON_KEYRING_BACKEND="keyring.backends.chainer.ChainerBackend")

    assert "StoreError: There is no system keyring that can be used here." in said


def test_switched_off():
    """
    A keyring that keeps nothing is never taken for one, though somebody asked for it.
    """
    said = told("", PYTHON_KEYRING_BACKEND="keyring.backends.null.Keyring")

    assert "StoreError: The system keyring is switched off here" in said


@pytest.mark.parametrize("name", ["no.such.Keyring", "keyring.backends.macOS.Keyring"])
def test_one_that_is_not_there(name):
    """
    One that was asked for and is not there says so.
    """
    assert "StoreError: The system keyring cannot be opened:" in told(
        "", PYTHON_KEYRING_BACKEND=name
    )


def test_nothing_is_opened_to_make_a_store(monkeypatch):
    """
    A store can be made, and shown, where there is no keyring.
    """
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "no.such.Keyring")

    assert "KeyringStore('requests-xauth')" == repr(KeyringStore())
