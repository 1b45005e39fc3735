"""What the tests of files do alike: look at modes, be another user, fill a disk."""

import contextlib
import os
import stat
import subprocess

import pytest

try:
    import resource
except ImportError:  # not on Windows, where it is not asked for either
    resource = None

NOBODY = 65534

# A key as the engine makes them, and a text as it could be.
KEY = "m2m-" + "0123456789" * 4
TEXT = '{"v":1,"token":"secret"}'

is_root = hasattr(os, "geteuid") and os.geteuid() == 0
has_modes = pytest.mark.skipif(
    not hasattr(os, "geteuid"), reason="this platform has no modes"
)


def file_of(folder, key=KEY):
    """Return the file of *key* in a file store's folder."""
    return folder / f"{key}.token"


def modes_below(folder):
    """Return the modes of all that is below *folder*, by name relative to it."""
    return {
        str(path.relative_to(folder)): stat.S_IMODE(path.lstat().st_mode)
        for path in sorted(folder.rglob("*"))
    }


@contextlib.contextmanager
def as_nobody():
    """Be a user who may do nothing special."""
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


def give_to_nobody(*paths):
    """Let *paths* belong to the user that `as_nobody` is."""
    for path in paths:
        if is_root:
            os.chown(path, NOBODY, NOBODY)


@contextlib.contextmanager
def small_files(at_most=8):
    """Let no file grow beyond so many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (at_most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextlib.contextmanager
def small_disk(folder):
    """Put a disk of 16 KiB in the place of *folder*; skip the test if that is not ours."""
    folder.mkdir(0o700)
    command = ["mount", "-t", "tmpfs", "-o", "size=16k,mode=700", "none", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this user may not mount")
    try:
        yield folder
    finally:
        command = ["umount", str(folder)]
        subprocess.run(command, check=True, capture_output=True)


def make_read_only(disk):
    """Let nothing more be written to a `small_disk`."""
    command = ["mount", "-o", "remount,ro", str(disk)]
    subprocess.run(command, check=True, capture_output=True)
