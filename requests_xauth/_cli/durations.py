"""A duration in words.

Rule: two units at most, so that a column of them can be read.
"""

from __future__ import annotations

_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def told_s(seconds: float) -> str:
    """Return *seconds* in words: "59 min", "9 h 59 min", "ended"."""
    left = int(seconds)
    if left <= 0:
        return "ended"
    words: list[tuple[int, str]] = []
    for size, unit in _UNITS:
        count, left = divmod(left, size)
        if count or words:
            words.append((count, unit))
    return " ".join(f"{count} {unit}" for count, unit in words[:2] if count)
