"""For anyone's tests: what keeps them apart.

Rule: everything here may be called from a test that knows nothing of this package.
"""

from __future__ import annotations

from ._state import forget_shared

__all__ = ["reset"]


def reset() -> None:
    """
    Clear what auth objects share in this process, so that no test sees another's.

    Objects that exist keep their token; objects made from now on start anew.
    """
    forget_shared()
