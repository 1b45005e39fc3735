"""What may stand on curl's command line beside a token.

Rule: curl itself says which of its options take a value; whatever could lead the token to
a second host, or standard input elsewhere, is refused.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping

import click

from ..errors import ConfigError

# A line of `curl --help all`: " -d, --data <data>   HTTP POST data"; some of curl 7 have
# " -x, --proxy [protocol://]host[:port]  Use this proxy".
_LINE = re.compile(r" *(?:(-.), )?(--[\w.-]+)( [<\[])?")
_HELP_S = 10

# Why they are not for here.
_REFUSED: Mapping[str, str] = {
    "--config": "standard input is the configuration already",
    "--insecure": "whoever answers would get the token; name the server's own --cacert",
    "--location-trusted": "it would send the token to whatever host a redirect names",
    "--next": "it begins another request",
    "--oauth2-bearer": "the token is here already",
    "--url": "one URL, and that stands before '--'",
}
# They lead a request elsewhere. Where TLS proves the host that is no harm.
_NOT_IN_PLAIN_HTTP = frozenset(
    {
        "--connect-to",
        "--preproxy",
        "--proxy",
        "--proxy1.0",
        "--resolve",
        "--socks4",
        "--socks4a",
        "--socks5",
        "--socks5-hostname",
    }
)
# For these "-" is standard output.
_WRITTEN = frozenset(
    {
        "--cookie-jar",
        "--dump-header",
        "--etag-save",
        "--libcurl",
        "--output",
        "--stderr",
        "--trace",
        "--trace-ascii",
    }
)
# For these the name of a file is a part of the value: "name=@-;type=text/plain".
_PARTS = frozenset({"--data-urlencode", "--form", "--url-query", "--variable"})
# Standard input, by its names too; curl skips white space around a part's file.
_INPUT = r"(?:-|/+dev/+(?:stdin|fd/+0)|/+proc/+(?:thread-)?self/+fd/+0)"
_READ = re.compile(rf"@?{_INPUT}")
_PART_READ = re.compile(rf'[@<,]\s*"?{_INPUT}"?\s*(?:[;,]|$)')

Options = dict[str, tuple[str, bool]]


def known_options(program: str) -> Options:
    """
    Return curl's options: for each its long name, and whether it takes a value.

    Raises:
        ConfigError: If curl does not tell.
    """
    try:
        told = subprocess.run(  # noqa: S603  # curl itself
            [program, "--disable", "--help", "all"],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_HELP_S,
            check=True,
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise ConfigError(f"{program} does not list its options: {error}.") from error
    found: Options = {}
    for line in told.splitlines():
        match = _LINE.match(line)
        if match:
            short, long, value = match.groups()
            told_of = (long, value is not None)
            found.update({name: told_of for name in (short, long) if name})
    return found


def check(arguments: tuple[str, ...], options: Options, *, plain: bool) -> None:
    """
    Look at what stands on curl's command line.

    Args:
        arguments: What is to stand there.
        options: Those of this curl.
        plain: Whether the URL is of http, without TLS.

    Raises:
        UsageError: If it names another URL, an option that is not for here, or one that
            this curl does not know.
    """
    rest = iter(arguments)
    for one in rest:
        if one in {"-", "--"} or not one.startswith("-"):
            raise click.UsageError(
                f"{one!r} is no option of curl: one URL, before '--', gets the token."
            )
        for name, value in _read(one, options):
            why = _REFUSED.get(name)
            if plain and name in _NOT_IN_PLAIN_HTTP:
                why = "without TLS nothing would prove whom it leads to"
            if why:
                raise click.UsageError(f"{one} is not for here: {why}.")
            if value is not None and _reads_input(name, _taken(one, value, rest)):
                raise click.UsageError(
                    f"{one} cannot read standard input, where the token goes: name a file."
                )


def _read(one: str, options: Options) -> Iterator[tuple[str, str | None]]:
    """Give the long name of each option in *one*; its value, "" if it comes next."""
    if one.startswith("--"):
        name, takes = _long(one, options)
        yield name, "" if takes else None
        return
    for at, letter in enumerate(one[1:], 2):
        name, takes = _known(f"-{letter}", options)
        yield name, one[at:] if takes else None
        if takes:
            return


def _reads_input(name: str, value: str) -> bool:
    if name in _PARTS:
        return _PART_READ.search(value) is not None
    if name == "--upload-file" and value == ".":
        return True  # standard input too, without waiting
    return name not in _WRITTEN and _READ.fullmatch(value) is not None


def _taken(one: str, value: str, rest: Iterator[str]) -> str:
    taken = value or next(rest, None)
    if taken is None:
        raise click.UsageError(f"curl's {one} needs a value.")
    return taken


def _long(one: str, options: Options) -> tuple[str, bool]:
    plain = one.replace("--no-", "--", 1)
    if one not in options and plain in options and not options[plain][1]:
        return options[plain]
    # Whole names only: what begins one that is listed may be the whole of one that is
    # not, as curl's --keepalive, which takes no value, begins --keepalive-time.
    return _known(one, options)


def _known(name: str, options: Options) -> tuple[str, bool]:
    if name not in options:
        raise click.UsageError(f"This curl lists no option {name}.")
    return options[name]
