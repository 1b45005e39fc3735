"""Many threads that begin at the same moment.

Rule: what one of them raises is raised here.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")


def in_parallel(count: int, act: Callable[[], Result]) -> list[Result]:
    """Run *act* in *count* threads at once and return what each of them returned."""
    start = Barrier(count)

    def run() -> Result:
        start.wait()
        return act()

    with ThreadPoolExecutor(count) as pool:
        futures = [pool.submit(run) for _ in range(count)]
        return [future.result() for future in futures]
