"""The command line: its commands, and how each of them ends.

Rule: a command does what a user's program could do with the public names; click and rich
are imported in this folder and nowhere else.
"""

from __future__ import annotations

import click

from .._version import __version__
from .demo import demo
from .ending import EPILOG
from .get import get
from .providers import providers
from .sandbox import sandbox

__all__ = ["main"]


@click.group(
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
)
@click.version_option(__version__, "-V", "--version", prog_name="requests-xauth")
def main() -> None:
    """
    OAuth 2.0 for requests: see it work, try it, and use it from a shell.

    Credentials come from the environment alone, such as XPKIT_CLIENT_ID and
    XPKIT_CLIENT_SECRET; "requests-xauth providers" lists the variables.
    """


for command in (demo, get, providers, sandbox):
    main.add_command(command)
