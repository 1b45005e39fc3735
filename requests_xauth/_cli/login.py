"""``requests-xauth login`` and ``logout``: a person's token comes, and goes.

Rule: what is said goes to standard error; where a person is asked is `XAuth.login`'s.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import click

from ..errors import LoginRequired, XAuthError
from .choice import Choice, chosen
from .durations import told_s
from .ending import EPILOG, Code, told_plainly
from .screen import printable

_EXAMPLE = """\b
For instance, with redirect_uri as the provider's console has it:
  export XEE_CLIENT_ID=... XEE_CLIENT_SECRET=...
  requests-xauth login --provider xee
  requests-xauth get https://cloud.xee.com/v3/users/me --provider xee"""
_INSTEAD = (
    "Run it in a terminal; or, within ten minutes, once more with --no-browser and that"
    " address on standard input."
)
# What `explain` says of a token that no store keeps.
_NOWHERE = "this process"
# What an error of a login says in Python's words, and a shell's for it.
_WORDS = (
    (r"Instead, send the person to auth\..*", _INSTEAD),
    (r"(?i)call login\(\) again, or send the person to auth\..*", "Run it again."),
    (
        r"(?:Call login\(\) again|Begin again with authorization_url\(\))",
        "Run it again",
    ),
    (r", or fetch_token\(code=…\)", ""),
    (r"login\(open_browser=False\)", "--no-browser"),
    (r", or call renew\(\)", ", by requests-xauth get for one"),
    (r"\bpass \w+= or set", "set"),
    (r"\bredirect_uri=", "--redirect-uri"),
)


@click.command(
    epilog=f"{_EXAMPLE}\n\n{EPILOG}",
    short_help="Let a person log in, and keep the token.",
)
@click.option(
    "--redirect-uri",
    metavar="URI",
    help="Where the browser comes back to, as the provider knows it.",
)
@click.option(
    "--browser/--no-browser",
    default=None,
    help="Open the browser here; or print the link, and ask for the address that it came"
    " back to. If not given: whichever suits this machine.",
)
@click.option(
    "--timeout",
    "timeout_s",
    metavar="SECONDS",
    type=click.FloatRange(min=0, min_open=True, max=600),
    default=300,
    show_default=True,
    help="How long the browser is waited for.",
)
@chosen
def login(
    *, choice: Choice, redirect_uri: str | None, browser: bool | None, timeout_s: float
) -> None:
    """
    Let a person log in, and keep the token in the store.

    For Xee, and for XPKit's people (xpkit-user). The others need nobody: their token is
    obtained by the first request.
    """
    with told_plainly(), _in_words_of_a_shell():
        auth = choice.auth(redirect_uri=redirect_uri)
        if auth.explain().store == _NOWHERE:
            raise click.UsageError(
                "Without a store the login would be lost when this command ends. Leave out"
                " --store none (in a profile: store = none), or give --store file."
            )
        token = auth.login(open_browser=browser, timeout_s=timeout_s)
        known = auth.explain()
    left = "" if known.left_s is None else f" for {told_s(known.left_s)}"
    kept = "renewed by itself after that" if token.refresh_token else "not renewed"
    click.echo(
        f"Logged in to {known.provider}. The token is good{left}, {kept}; it is in"
        f" {known.store}.",
        err=True,
    )


@contextmanager
def _in_words_of_a_shell() -> Iterator[None]:
    """
    Let an error say what a shell can do.

    Raises:
        Exit: If it is a `LoginRequired`: the advice to log in would lead here again.
    """
    try:
        yield
    except XAuthError as error:
        words = " ".join(str(error).split())
        for pattern, ours in _WORDS:
            words = re.sub(pattern, ours, words)
        error.args = (words,)
        if not isinstance(error, LoginRequired):
            raise
        click.echo(f"Error: {printable(words)}", err=True)
        raise click.exceptions.Exit(Code.LOGIN) from error


@click.command(epilog=EPILOG, short_help="Drop the token from the store.")
@chosen
def logout(*, choice: Choice) -> None:
    """
    Drop the token from the store.

    The provider is not told: it knows no way. What was handed out by "requests-xauth
    token" stays valid until it ends.
    """
    with told_plainly(choice.options):
        auth = choice.auth()
        known = auth.explain()
        auth.forget()
    had = "The token is gone from" if known.mark else "There was no token in"
    click.echo(f"{known.provider}: {had} {known.store}.", err=True)
