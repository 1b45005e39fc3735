"""All four providers on 127.0.0.1, for demonstrations and anyone's tests.

Rule: paths, fields, statuses and bodies are stated here once more, from the providers'
documentation, and nothing else of requests_xauth is imported: a wrong record over there
must fail against this one.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

from ._m2m import M2M
from ._origin import Elsewhere, Record
from ._xee import Xee
from ._xmldation import XMLdation
from ._xpkit import REGIONS, XPKit

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from ._origin import Origin

__all__ = ["M2M", "Elsewhere", "Record", "Sandbox", "XMLdation", "XPKit", "Xee"]

_S = TypeVar("_S", bound="Sandbox")


class Sandbox:
    """
    The four providers in this process, each an origin of its own.

    Args:
        clock: The servers' clock, in seconds since the epoch; whatever expires, expires
            by it.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._regions = {region: XPKit(region, clock) for region in REGIONS}
        self.xpkit = self._regions["emea"]
        self.xee = Xee(clock)
        self.xmldation = XMLdation(clock)
        self.m2m = M2M(clock)
        self.elsewhere = Elsewhere("elsewhere", clock)

    def start(self: _S) -> _S:
        """Listen, each origin on an ephemeral port of 127.0.0.1; return the sandbox."""
        for origin in self._origins():
            origin.start()
        return self

    def close(self) -> None:
        """End every connection and thread; a second call does nothing."""
        for origin in self._origins():
            origin.close()

    def reset(self) -> None:
        """Make tokens, counters and switches as new; credentials and ports stay."""
        for origin in self._origins():
            origin.reset()

    def xpkit_region(self, region: str) -> XPKit:
        """
        Return one region of XPKit.

        Raises:
            ValueError: If there is no such region.
        """
        try:
            return self._regions[region.lower()]
        except KeyError as error:
            raise ValueError(
                f"XPKit has no region named {region!r}. Known: {', '.join(REGIONS)}."
            ) from error

    def __enter__(self: _S) -> _S:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _origins(self) -> tuple[Origin, ...]:
        alone = (self.xee, self.xmldation, self.m2m, self.elsewhere)
        return (*self._regions.values(), *alone)
