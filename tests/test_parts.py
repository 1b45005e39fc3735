"""The parts of the suite: together they are all of it."""

import re

import parts
import pytest

FILES = sorted(parts.HERE.glob("test_*.py"))
FOLDERS = sorted(path.parent for path in parts.HERE.glob("*/test_*.py"))


@pytest.mark.parametrize("path", [*FILES, *FOLDERS], ids=lambda path: path.name)
def test_each_is_run(path, monkeypatch):
    """
    Each file and each folder is in one part, a few files in two.
    """
    found = set()
    for part in parts.PARTS:
        monkeypatch.setenv("XAUTH_PART", part)
        found |= set() if parts.is_elsewhere(path) else {part}

    if path.name in parts.BOTH:
        assert {"core", "extras"} == found
    else:
        assert 1 == len(found)
        assert ("core" in found) is path.is_file()


def test_all_without_a_part(monkeypatch):
    """
    Without a part there is nothing elsewhere.
    """
    monkeypatch.delenv("XAUTH_PART", raising=False)

    assert not any(map(parts.is_elsewhere, [*FILES, *FOLDERS]))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_extra_is_missed(path):
    """
    What is skipped for want of a library is run where the libraries are.
    """
    text = path.read_text("utf-8")
    skips = re.search(r"importorskip\(|leave_out\(|pytest\.skip\(str", text)

    assert not skips or path.name in {*parts.BOTH, "test_parts.py"}
