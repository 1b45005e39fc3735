"""``requests-xauth login`` and ``logout``: a person's token comes, and goes.

Rule: what is said goes to standard error; where a person is asked is `XAuth.login`'s.
"""

from __future__ import annotations

import click

from .choice import Choice, chosen
from .durations import told_s
from .ending import EPILOG, told_plainly

_EXAMPLE = """\b
For instance, with redirect_uri as the provider's console has it:
  export XEE_CLIENT_ID=... XEE_CLIENT_SECRET=...
  requests-xauth login --provider xee
  requests-xauth get https://cloud.xee.com/v3/users/me --provider xee"""


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
    with told_plainly(choice.options):
        auth = choice.auth(redirect_uri=redirect_uri)
        token = auth.login(open_browser=browser, timeout_s=timeout_s)
        known = auth.explain()
    left = "" if known.left_s is None else f" for {told_s(known.left_s)}"
    kept = "renewed by itself after that" if token.refresh_token else "not renewed"
    click.echo(
        f"Logged in to {known.provider}. The token is good{left}, {kept}; it is in"
        f" {known.store}.",
        err=True,
    )


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
