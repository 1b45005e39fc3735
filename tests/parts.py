"""Which tests run where: each environment with XAUTH_PART set runs its part of the suite.

Rule: a file of this folder needs no extra, a folder may; a new one is in a part without
being named, and without XAUTH_PART everything runs.
"""

import os
from pathlib import Path

HERE = Path(__file__).parent
PARTS = ("core", "extras", "stores")
# What these say is another thing with an extra.
BOTH = frozenset({"test_company.py", "test_doors.py", "test_house.py", "test_pins.py"})
# Of the folders, those where processes meet: half of the time.
_STORES = frozenset({"stores", "workers"})


def is_elsewhere(path):
    """Tell whether *path* is not for this environment, but for another part's."""
    part = os.environ.get("XAUTH_PART")
    if part is None or path.parent != HERE:
        return False
    if path.is_dir():
        return part != ("stores" if path.name in _STORES else "extras")
    return part == "stores" or (part == "extras" and path.name not in BOTH)
