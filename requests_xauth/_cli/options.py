"""Options that several commands have in common, given to each of them.

Rule: a help lists them in the order in which they stand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

Command = TypeVar("Command", bound=Callable[..., Any])
# What click.option() and click.argument() return.
Option = Callable[[Any], Any]


def with_options(command: Callable[..., Any], options: Sequence[Option]) -> Any:
    """Return *command* with the *options*, as click's decorators give them to it."""
    for option in reversed(options):
        command = option(command)
    return command
