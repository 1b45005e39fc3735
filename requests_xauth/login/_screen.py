"""Where a person is spoken to: a terminal, or a notebook's cell.

Rule: IPython is never imported here; if this is a notebook, it is there already. What is
said goes to standard error, since standard output is the program's own.
"""

from __future__ import annotations

import html
import select
import sys
from collections.abc import Callable
from typing import Any

from ..errors import LoginRequired

_ANOTHER_WAY = (
    "send the person to auth.authorization_url() and give that address to"
    " auth.fetch_token(authorization_response=…)."
)
_NOBODY = (
    "Nobody can be asked for the address that the browser came back to: there is no"
    f" terminal to read it from. Instead, {_ANOTHER_WAY}"
)
_ENDED = (
    "The input ended before the address that the browser came back to was pasted. Call"
    f" login() again, or {_ANOTHER_WAY}"
)


def at_once() -> None:
    """Wait for nothing."""


class Terminal:
    """Speaks on standard error, listens on standard input."""

    def say(self, text: str) -> None:
        """Show *text* on a line of its own."""
        out = sys.stderr
        if out is not None:  # a program without a console has none
            out.write(f"{text}\n")
            out.flush()

    def show_link(self, text: str, url: str) -> None:
        """Show *text* and the link, alone on its line so that it can be copied."""
        self.say(f"{text}\n\n    {url}\n")

    def can_ask(self) -> bool:
        """Tell whether somebody is there to answer."""
        return sys.stdin is not None and sys.stdin.isatty()

    def has_line(self) -> bool | None:
        """Tell whether a line has been entered; None where only reading it shows."""
        try:
            return bool(select.select([sys.stdin], [], [], 0)[0])
        # Windows looks at sockets alone; a stream of somebody's own may be no file.
        except (OSError, TypeError, ValueError):
            return None

    def ask(self, prompt: str, *, wait: Callable[[], None] = at_once) -> str:
        """
        Return the line that the person enters.

        Args:
            prompt: What is asked.
            wait: Called before the line is read, as soon as it can be entered; what it
                raises is raised.

        Raises:
            LoginRequired: If there is nobody to ask.
        """
        try:
            line = self._line(prompt, wait)
        # No more input; no input at all (a test runner, a program without a console, a
        # notebook run by a program: a RuntimeError); a closed one.
        except (EOFError, OSError, RuntimeError, ValueError) as error:
            ended = isinstance(error, EOFError) and self.can_ask()
            raise LoginRequired(_ENDED if ended else _NOBODY) from error
        return line.strip()

    def _line(self, prompt: str, wait: Callable[[], None]) -> str:
        # The prompt on a line of its own: input() would write it to standard output.
        self.say(prompt)
        wait()
        line = input()
        _leave_no_history(line)
        return line


class Notebook(Terminal):
    """Speaks in a cell's output, listens in its input field."""

    def __init__(self, display: Any) -> None:
        """Show by *display*, the module IPython.display."""
        self._display = display

    def show_link(self, text: str, url: str) -> None:
        """Show *text* and a link to be clicked, which opens a tab of its own."""
        shown = html.escape(url)
        self._display.display(
            self._display.HTML(
                f"<p>{html.escape(text)}</p>"
                f'<p><a href="{shown}" target="_blank" rel="noopener noreferrer">'
                f"{shown}</a></p>"
            )
        )

    def can_ask(self) -> bool:
        """Tell whether somebody is there to answer: only asking shows."""
        return True

    def has_line(self) -> None:
        """Tell nothing: a line comes by asking."""

    def _line(self, prompt: str, wait: Callable[[], None]) -> str:
        wait()
        return input(f"{prompt} ")


def screen() -> Terminal:
    """Return the notebook if this is one, else the terminal."""
    ipython = sys.modules.get("IPython")
    shell = ipython and ipython.get_ipython()
    # IPython in a terminal has a shell too, but no kernel.
    if ipython is None or getattr(shell, "kernel", None) is None:
        return Terminal()
    return Notebook(ipython.display)


def _leave_no_history(line: str) -> None:
    """Drop *line*, which has a code in it, from what an interactive Python keeps."""
    readline = sys.modules.get("readline")
    if readline is None or not line:
        return
    last = readline.get_current_history_length()
    if last and readline.get_history_item(last) == line:
        readline.remove_history_item(last - 1)
