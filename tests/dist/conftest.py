"""A fresh checkout and a used one, built as for the index by `python -m build`.

Rule: everything is built once for all tests, in folders of their own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = (".ci", "benchmarks", "docs", "examples", "requests_xauth", "tests")
PAGES = (".cfg", ".in", ".ini", ".py", ".rst")
CACHES = ("__pycache__", "*.py[cod]", ".*_cache", ".hypothesis", ".ipynb_checkpoints")
# What work leaves in a checkout.
LITTER = (
    ".git/config",
    ".hypothesis/examples/0",
    ".tox/py/bin/python",
    "build/lib/requests_xauth/gone.py",
    "examples/.ipynb_checkpoints/tour-checkpoint.ipynb",
    "mutants/requests_xauth/_hosts.py",
    "notes.txt",
    "requests_xauth/__pycache__/_auth.cpython-39.pyc",
    "stray.py",
    "tests/__pycache__/helpers.cpython-39.pyc",
)


def checkout(place: Path) -> Path:
    """Return a copy of what a clone has."""
    ignore = shutil.ignore_patterns(*CACHES)
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, place / folder, ignore=ignore)
    for path in ROOT.iterdir():
        if path.name == "LICENSE" or path.suffix in PAGES:
            shutil.copy2(path, place)
    return place


def used(fresh: Path, place: Path) -> Path:
    """Return a copy in which people have worked, and whose files are of another day."""
    shutil.copytree(fresh, place, dirs_exist_ok=True)
    for name in LITTER:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text("left behind")
    for path in place.rglob("*"):
        os.utime(path, (1_600_000_000, 1_600_000_000))
    return place


def start_build(source: Path, umask: int) -> subprocess.Popen[str]:
    """Start to build both, the wheel from the source distribution."""
    return subprocess.Popen(
        [sys.executable, "-m", "build", "--outdir", source / "dist", source],
        env=os.environ | {"SOURCE_DATE_EPOCH": "1700000000"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        umask=umask,
    )


@pytest.fixture(scope="session")
def sources(tmp_path_factory):
    """Return a fresh checkout and a used one, both built."""
    for name in ("build", "twine"):
        pytest.importorskip(name, reason=f"needs {name}: tox run -e dist")
    fresh = checkout(tmp_path_factory.mktemp("fresh"))
    places = fresh, used(fresh, tmp_path_factory.mktemp("used"))
    builds = [start_build(*args) for args in zip(places, (0o022, 0o077), strict=True)]
    # Together: most of a build is waiting for the index.
    told = [build.communicate(timeout=300)[0] for build in builds]
    assert [0, 0] == [build.returncode for build in builds], "\n".join(told)
    return places


@pytest.fixture(scope="session")
def wheels(sources):
    """Return the two wheels."""
    return [next((s / "dist").glob("*-py3-none-any.whl")) for s in sources]


@pytest.fixture(scope="session")
def sdists(sources):
    """Return the two source distributions."""
    return [next((s / "dist").glob("*.tar.gz")) for s in sources]


@pytest.fixture
def members(wheels):
    """Return the wheel's files by name."""
    with zipfile.ZipFile(wheels[0]) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def unpacked(sdists, tmp_path):
    """Return the folder that is in the source distribution."""
    return unpack(sdists[0], tmp_path / "unpacked")


@pytest.fixture
def other_unpacked(sdists, tmp_path):
    """Return the folder that is in the other one."""
    return unpack(sdists[1], tmp_path / "other")


@pytest.fixture(params=LITTER)
def litter(request):
    """Return the name of each thing that work leaves in a checkout."""
    return request.param


def unpack(sdist: Path, place: Path) -> Path:
    """Return the one folder that *sdist* has, unpacked in *place*."""
    with tarfile.open(sdist) as archive:
        # Asked for from Python 3.12 on; Debian's 3.11 has no such argument.
        archive.extraction_filter = getattr(tarfile, "data_filter", None)
        archive.extractall(place)  # noqa: S202  # we made it
    (folder,) = place.iterdir()
    return folder
