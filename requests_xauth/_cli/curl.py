"""``requests-xauth curl``: curl, with the token kept off its command line.

Rule: curl gets the token on its standard input, for one URL whose host was looked at.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import click
import requests

from ..errors import ConfigError
from .choice import Choice, chosen
from .curl_options import check, known_options
from .ending import told_plainly
from .parameters import http_url
from .request import warnings_in_a_line

_EXAMPLE = """\b
For instance:
  requests-xauth curl --profile fleet https://iot.example.com/api/v1/things
  requests-xauth curl --profile fleet https://iot.example.com/x -- -d @body"""


class _Passing(click.Command):
    """A command that says where another program's options stand."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read *args*; name the place of an option that is not ours."""
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            told = f"{error.format_message()} (Options of curl stand last, after '--'.)"
            raise click.UsageError(told, ctx) from error


@click.command(cls=_Passing, epilog=_EXAMPLE, short_help="Run curl with a token.")
@click.argument("url", callback=http_url)
@click.argument("arguments", nargs=-1, metavar="[-- CURL'S OPTIONS]")
@chosen
def curl(*, choice: Choice, url: str, arguments: tuple[str, ...]) -> None:
    """
    Run curl for URL with a valid token, which no command line shows.

    What stands after "--" goes to curl, whose options are written in full; ~/.curlrc is
    not read. If the API refuses the token, curl shows that: nothing is renewed and sent
    again as by "requests-xauth request".

    The exit code is curl's; 2 to 6 may also be ours, as "requests-xauth --help" lists
    them, and an error of ours begins with "Error:".
    """
    with told_plainly(choice.options, url), warnings_in_a_line():
        program = shutil.which("curl")
        # Not one of the folder that we happen to be in, where Windows looks first.
        if program is None or not Path(program).is_absolute():
            raise ConfigError("There is no curl on this PATH: install it.")
        plain = url.lower().startswith("http:")
        check(arguments, known_options(program), plain=plain)
        signed = requests.Request("GET", url, auth=choice.auth()).prepare()
    # As it was prepared, so that curl and whoever looked at the host read the same.
    lines = {"url": signed.url or url}
    if "Authorization" in signed.headers:
        lines["header"] = f"Authorization: {signed.headers['Authorization']!s}"
        if plain:
            lines["noproxy"] = "*"  # the environment's would read the token
    config = "".join(f'{name} = "{_quoted(lines[name])}"\n' for name in lines)
    ran = subprocess.run(  # noqa: S603  # what the user asked for
        # Not ~/.curlrc, which may name other URLs; that has to stand first. Braces and
        # brackets would stand for several hosts.
        [program, "--disable", *arguments, "--globoff", "--config", "-"],
        input=config.encode(),
        check=False,
    )
    # A signal as a shell tells it.
    code = ran.returncode if ran.returncode >= 0 else 128 - ran.returncode
    click.get_current_context().exit(code)


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
