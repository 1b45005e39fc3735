"""Which tests run where: those that need no extra in one environment, the rest in another.

Rule: a new file of this folder needs no extra, a new folder may; XAUTH_PART says which of
the two is asked for, and without it everything is.
"""

import os
from pathlib import Path

HERE = Path(__file__).parent
# What these say is another thing with an extra.
BOTH = frozenset({"test_company.py", "test_doors.py", "test_house.py", "test_pins.py"})


def is_elsewhere(path):
    """Tell whether *path* is not for this environment, but for the other of the two."""
    part = os.environ.get("XAUTH_PART")
    if path.parent != HERE:
        return False
    if path.is_dir():
        return part == "core"
    return part == "extras" and path.name not in BOTH
