"""A plug-in that runs quick tests first: most changes are noticed by one of them.

Rule: how long a test takes is what mutmut has measured; nothing else is known here.
"""

from __future__ import annotations

import json
from pathlib import Path


def pytest_collection_modifyitems(items):
    """Sort the tests by the time that they took."""
    measured = Path("mutmut-stats.json")
    if measured.exists():
        took = json.loads(measured.read_text(encoding="utf-8"))["duration_by_test"]
        items.sort(key=lambda item: took.get(item.nodeid, 0.0))
