"""The command line: its commands, and how each of them ends.

Rule: a command does what a user's program could do with the public names; click and rich
are imported in this folder and nowhere else.
"""

from __future__ import annotations

import click

from .._version import __version__
from .completion import completion
from .curl import curl
from .demo import demo
from .doctor import doctor
from .ending import EPILOG
from .login import login, logout
from .providers import providers
from .request import get, request
from .sandbox import sandbox
from .status import status
from .token import token

__all__ = ["main"]


@click.group(
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


for command in (
    completion,
    curl,
    demo,
    doctor,
    get,
    login,
    logout,
    providers,
    request,
    sandbox,
    status,
    token,
):
    main.add_command(command)
