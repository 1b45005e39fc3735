"""For anyone's tests: what keeps them apart, and what their own store has to do.

Rule: everything here may be called from a test that knows nothing of this package, by any
test runner.
"""

from __future__ import annotations

from ._contract import StoreContract
from ._shared import forget_shared

__all__ = ["StoreContract", "reset"]


def reset() -> None:
    """
    Clear what auth objects share in this process, so that no test sees another's.

    Objects that exist keep their token; objects made from now on start anew.
    """
    forget_shared()
