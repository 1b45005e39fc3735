"""What the tests of files do alike: look at modes, fork, be another user."""

import contextlib
import os
import resource
import stat
import subprocess

import pytest

from requests_xauth._contract._forks import in_child

NOBODY = 65534

is_root = hasattr(os, "geteuid") and os.geteuid() == 0
has_modes = pytest.mark.skipif(
    not hasattr(os, "geteuid"), reason="this platform has no modes"
)


def modes_below(folder):
    """Return the modes of all that is below *folder*, by name relative to it."""
    return {
        str(path.relative_to(folder)): stat.S_IMODE(path.lstat().st_mode)
        for path in sorted(folder.rglob("*"))
    }


def as_nobody(call):
    """Return as text what *call* does in a child that may do nothing special."""

    def do():
        if is_root:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        return call()

    return in_child(do)


def give_to_nobody(*paths):
    """Let *paths* be those of the user that `as_nobody` is."""
    for path in paths:
        if is_root:
            os.chown(path, NOBODY, NOBODY)


def with_small_files(call, *, at_most=8):
    """Return as text what *call* does in a child that may write so many bytes only."""

    def do():
        resource.setrlimit(resource.RLIMIT_FSIZE, (at_most, at_most))
        return call()

    return in_child(do)


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
