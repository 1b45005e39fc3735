"""The source distribution: what distributions and auditors take; what the index checks.

Rule: each check is shown to find what it looks for.
"""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

# Its tests read the sources, the settings and all texts.
HOUSE = "tests/test_house.py"


def files_of(folder: Path) -> dict[str, bytes]:
    """Return the files in *folder* by their relative names."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def differing(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    """Return the names of what is not the same in both."""
    return sorted(n for n in one.keys() | other.keys() if one.get(n) != other.get(n))


def twine(*paths: Path) -> subprocess.CompletedProcess[str]:
    """Let the index's own checks look at *paths*."""
    program = [sys.executable, "-m", "twine", "check", "--strict", *paths]
    return subprocess.run(program, capture_output=True, text=True, check=False)


class TestSdist:
    """What distributions and auditors take."""

    def test_same_whoever_builds_it(self, unpacked, other_unpacked):
        """
        Source distributions of one version hold the same files.
        """
        assert [] == differing(files_of(unpacked), files_of(other_unpacked))

    def test_difference_would_be_found(self, unpacked):
        """
        A file more, a file less and a changed file would be found.
        """
        files = files_of(unpacked)
        changed = files | {"stray.py": b"", "setup.py": b"changed"}
        del changed["LICENSE"]

        assert ["LICENSE", "setup.py", "stray.py"] == differing(files, changed)

    def test_whole_checkout(self, sources, unpacked):
        """
        All of a checkout is there: tests, documents, examples and benchmarks, and no more
        than that and what setuptools writes.
        """
        expected = files_of(sources[0])
        written = {"PKG-INFO", "setup.cfg"}

        found = differing(expected, files_of(unpacked))

        others = {
            n for n in found if not re.match(r"dist/|requests_xauth\.egg-info/", n)
        }
        assert written == others
        assert {
            "LICENSE",
            "tox.ini",
            ".ci/run",
            "tests/loopback.pem",
        } <= expected.keys()

    def test_tests_run_there(self, unpacked):
        """
        The tests run there: the house is in order.
        """
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", HOUSE],
            cwd=unpacked,
            capture_output=True,
            text=True,
            check=False,
        )

        assert 0 == done.returncode, done.stdout


class TestIndex:
    """What the index checks when something is uploaded."""

    def test_accepted(self, wheels, sdists):
        """
        Both are accepted, the description included, without a warning.
        """
        done = twine(wheels[0], sdists[0])

        assert 0 == done.returncode, done.stdout + done.stderr

    def test_bad_description_would_be_found(self, wheels, members, tmp_path):
        """
        A README that cannot be shown would be refused.
        """
        wheel = tmp_path / wheels[0].name
        with zipfile.ZipFile(wheel, "w") as archive:
            for name, content in members.items():
                bad = b"\n`unfinished\n===\n" if name.endswith("/METADATA") else b""
                archive.writestr(name, content + bad)

        assert 1 == twine(wheel).returncode
