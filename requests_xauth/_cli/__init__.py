"""The command line: its commands, and how each of them ends.

Rule: a command does what a user's program could do with the public names; click and rich
are imported in this folder and nowhere else, and a command's file when it is run.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from .._version import __version__
from .ending import EPILOG, told_plainly, unwound
from .screen import open_output

__all__ = ["main"]

# Each command, and the file that it is in.
_HOMES = {
    "completion": "completion",
    "curl": "curl",
    "demo": "demo",
    "doctor": "doctor",
    "get": "request",
    "login": "login",
    "logout": "login",
    "providers": "providers",
    "request": "request",
    "sandbox": "sandbox",
    "status": "status",
    "token": "token",
}


class _Commands(click.Group):
    """Commands that are imported when they are run: all at once take 0.1 s (measured)."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's
        """Return the names."""
        return sorted(_HOMES)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002  # click's
        cmd_name: str,
    ) -> click.Command | None:
        """Return the command of that name, or None."""
        if cmd_name not in _HOMES:
            return None
        home = import_module(f"{__name__}.{_HOMES[cmd_name]}")
        command: click.Command = getattr(home, cmd_name)
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read *args*; help and version are printed here."""
        with told_plainly():
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; what is left to tell, such as a full disk, is told here."""
        with told_plainly(), open_output(), unwound():
            return super().invoke(ctx)


@click.group(
    cls=_Commands,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
)
@click.version_option(__version__, "-V", "--version", prog_name="requests-xauth")
def main() -> None:
    """
    OAuth 2.0 for requests: see it work, try it, and use it from a shell.

    Credentials come from a profile, in which secrets stand by reference, or from the
    environment, such as XPKIT_CLIENT_ID and XPKIT_CLIENT_SECRET: "requests-xauth
    providers" lists the variables. Tokens are kept in files of this user's, unless
    --store says otherwise.
    """
