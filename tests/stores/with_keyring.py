"""Real Secret Services for tests, which are skipped where there are no such programs."""

import contextlib
import os
import shutil
import subprocess
import time

import pytest

if "XAUTH_REQUIRE_ALL" not in os.environ:
    for library in ("keyring", "secretstorage", "filelock", "platformdirs"):
        pytest.importorskip(library, reason="needs requests-xauth[keyring]")
    if not all(map(shutil.which, ("dbus-daemon", "gnome-keyring-daemon"))):
        pytest.skip("needs Debian's dbus and gnome-keyring", allow_module_level=True)

import keyring
import secretstorage
from keyring.backend import KeyringBackend
from keyring.backends import SecretService

from requests_xauth.stores import KeyringStore

__all__ = [
    "KEY",
    "Drawer",
    "KeyringStore",
    "chosen",
    "keyring",
    "own_session",
    "secretstorage",
    "session",
    "session_in",
]

KEY = "m2m-" + "0123456789" * 4


# The usual session, but that no program is started by asking for it: a second daemon, which
# nobody has unlocked, could be faster than ours.
_BUS = """
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir={}</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


@contextlib.contextmanager
def secret_service(folder):
    """
    Run a D-Bus session with gnome-keyring, soon unlocked; give its environment.

    Args:
        folder: An empty folder, which is its user's home.
    """
    homes = ("HOME", "XDG_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_STATE_HOME")
    own = dict.fromkeys(homes, str(folder))
    with contextlib.ExitStack() as stack:
        (folder / "bus.conf").write_text(_BUS.format(folder))
        bus = ["dbus-daemon", f"--config-file={folder}/bus.conf", "--print-address=1"]
        session = stack.enter_context(_running([*bus, "--nofork"], own))
        own["DBUS_SESSION_BUS_ADDRESS"] = session.stdout.readline().strip()
        place = ["--foreground", "--components=secrets", "--control-directory", folder]
        daemon = stack.enter_context(
            _running(["gnome-keyring-daemon", "--unlock", *place], own)
        )
        daemon.stdin.write("the keyring's password")
        daemon.stdin.close()
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


@contextlib.contextmanager
def session_in(folder):
    """Put this process, and its children, in a session of their own in *folder*."""
    with secret_service(folder) as own, pytest.MonkeyPatch.context() as patch:
        for name, value in own.items():
            patch.setenv(name, value)
        _wait_until_unlocked()
        with chosen(SecretService.Keyring()):
            yield own


def _wait_until_unlocked():
    default = "/org/freedesktop/secrets/aliases/default"
    ends_at = time.monotonic() + 60
    while time.monotonic() < ends_at:
        with (
            contextlib.suppress(secretstorage.exceptions.SecretStorageException),
            secretstorage.dbus_init() as connection,
        ):
            if not secretstorage.Collection(connection, default).is_locked():
                return
    raise AssertionError("gnome-keyring does not unlock its keyring")


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    """Let the tests of a file, and their children, be in a session of their own."""
    with session_in(tmp_path_factory.mktemp("session")) as own:
        yield own


@pytest.fixture
def own_session(tmp_path):
    """Let one test be in a session that it may do anything to."""
    with session_in(tmp_path) as own:
        yield own


@contextlib.contextmanager
def chosen(backend):
    """Let *backend* be this process's keyring meanwhile, as a user's code can."""
    before = keyring.get_keyring()
    keyring.set_keyring(backend)
    try:
        yield backend
    finally:
        keyring.set_keyring(before)


class Drawer(KeyringBackend):
    """
    A keyring in memory, of the kind of Windows': for small entries.

    Attributes:
        kept: What is in it, by service and user.
        left: So many more changes are made before the process "is killed"; None: all.
        at_read: Called before each look, with the service looked for.
    """

    priority = 9
    # CRED_MAX_CREDENTIAL_BLOB_SIZE, for UTF-16 with a byte order mark.
    most_bytes = 2560

    def __init__(self):
        self.kept = {}
        self.left = None
        self.at_read = lambda service: None
        super().__init__()

    def get_password(self, service, username):
        """Return a password, or None."""
        self.at_read(service)
        return self.kept.get((service, username))

    def set_password(self, service, username, password):
        """Keep a password."""
        if len(password.encode("utf-16")) > self.most_bytes:
            raise OSError(1783, f"The stub received bad data: {password}")
        self._change()
        self.kept[service, username] = password

    def delete_password(self, service, username):
        """Drop a password."""
        self._change()
        try:
            del self.kept[service, username]
        except KeyError:
            raise keyring.errors.PasswordDeleteError("No such password!") from None

    def _change(self):
        if self.left == 0:
            raise KeyboardInterrupt
        self.left = self.left and self.left - 1
