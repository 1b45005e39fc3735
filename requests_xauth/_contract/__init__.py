"""What every store must do: promises in a class that anyone's tests can inherit.

Rule: each promise is one test, kept with any runner; a store is asked by its four methods
alone.
"""

from __future__ import annotations

from ._forks import Forks
from ._processes import Processes
from ._texts import Texts
from ._threads import Threads

__all__ = ["StoreContract"]


class StoreContract(Texts, Threads, Processes, Forks):
    """
    The promises of a store: inherit them, say how yours is made, run pytest.

    ::

        class TestMyStore(StoreContract):
            def make_store(self):
                return MyStore("localhost")

    A store that says ``private = True`` is not asked what only several processes can see.

    Attributes:
        frees_within_s: How soon the hold of a killed process must be free, unless the
            store has such an attribute and says so itself.
    """
