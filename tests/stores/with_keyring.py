"""Real Secret Services for tests, which are skipped where there are no such programs."""

import contextlib
import os
import shutil
import subprocess

import pytest

if "XAUTH_REQUIRE_ALL" not in os.environ:
    for library in ("keyring", "secretstorage", "filelock", "platformdirs"):
        pytest.importorskip(library, reason="needs requests-xauth[keyring]")
    if not all(map(shutil.which, ("dbus-daemon", "gnome-keyring-daemon"))):
        pytest.skip("needs Debian's dbus and gnome-keyring", allow_module_level=True)

import keyring
from keyring.backend import KeyringBackend
from keyring.backends import SecretService

from requests_xauth.stores import KeyringStore

__all__ = ["Drawer", "KeyringStore", "keyring", "session"]


@contextlib.contextmanager
def secret_service(folder):
    """
    Run a D-Bus session with gnome-keyring, unlocked; give the environment of its own.

    Args:
        folder: An empty folder, which is its user's home.
    """
    homes = ("HOME", "XDG_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_STATE_HOME")
    own = dict.fromkeys(homes, str(folder))
    with contextlib.ExitStack() as stack:
        bus = [
            "dbus-daemon",
            "--session",
            "--nofork",
            "--nopidfile",
            "--print-address=1",
        ]
        session = stack.enter_context(_running(bus, own))
        own["DBUS_SESSION_BUS_ADDRESS"] = session.stdout.readline().strip()
        place = ["--foreground", "--components=secrets", "--control-directory", folder]
        daemon = stack.enter_context(
            _running(["gnome-keyring-daemon", "--unlock", *place], own)
        )
        daemon.stdin.write("the keyring's password")
        daemon.stdin.close()
        assert daemon.stdout.readline(), "gnome-keyring does not start"
        yield own


@contextlib.contextmanager
def _running(command, own):
    pipes = dict.fromkeys(("stdin", "stdout"), subprocess.PIPE)
    process = subprocess.Popen(
        command,
        **pipes,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **own},
    )
    with process:
        try:
            yield process
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    """Choose the Secret Service of a session of our own, for children as well."""
    before = keyring.get_keyring()
    with (
        secret_service(tmp_path_factory.mktemp("session")) as own,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name, value in own.items():
            patch.setenv(name, value)
        keyring.set_keyring(SecretService.Keyring())
        yield own
        keyring.set_keyring(before)


class Drawer(KeyringBackend):
    """A keyring in memory."""

    priority = 9

    def __init__(self):
        self.kept = {}
        super().__init__()

    def get_password(self, service, username):
        """Return a password, or None."""
        return self.kept.get((service, username))

    def set_password(self, service, username, password):
        """Keep a password."""
        self.kept[service, username] = password

    def delete_password(self, service, username):
        """Drop a password."""
        try:
            del self.kept[service, username]
        except KeyError:
            raise keyring.errors.PasswordDeleteError("No such password!") from None
