"""The versions in tests/constraints, and how those that are installed compare.

Rule: the files are the only list; nothing here knows a library by its name.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
from pathlib import Path

from packaging.version import Version

CONSTRAINTS = Path(__file__).parent / "constraints"


def pinned(which: str) -> dict[str, str]:
    """Return each library's version in *which*, "oldest" or "newest"."""
    lines = (CONSTRAINTS / f"{which}.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if not line.startswith("#"))


def installed(names) -> dict[str, str]:
    """Return the versions of those *names* that are installed."""
    found = {}
    for name in names:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found


def newer(known: dict[str, str]) -> list[str]:
    """Return what is newer here than what is *known*."""
    return [
        f"{name} {version} (known: {known[name]})"
        for name, version in sorted(installed(known).items())
        if Version(version) > Version(known[name])
    ]


def written() -> str:
    """Return newest.txt as it is where everything newest is installed."""
    head = (
        "# The newest versions that the suite is known to pass with: Python 3.13 runs"
        " them, the\n# others what is newest by then. Written by `tox run -e newest`.\n"
    )
    found = installed(pinned("oldest"))
    return head + "".join(f"{name}=={found[name]}\n" for name in sorted(found))


if __name__ == "__main__":
    (CONSTRAINTS / "newest.txt").write_text(written(), encoding="utf-8")
