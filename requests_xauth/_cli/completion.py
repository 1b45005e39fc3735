"""``requests-xauth completion``: what a shell needs to complete our words.

Rule: the script is click's own; it asks this command, so it never grows old.
"""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

_SHELLS = ("bash", "fish", "zsh")
_PROGRAM, _VARIABLE = "requests-xauth", "_REQUESTS_XAUTH_COMPLETE"
_EXAMPLE = """\b
For instance, in ~/.bashrc, ~/.zshrc or config.fish:
  eval "$(requests-xauth completion bash)"
  eval "$(requests-xauth completion zsh)"
  requests-xauth completion fish | source"""


@click.command(epilog=_EXAMPLE, short_help="Print a shell's completion script.")
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion(context: click.Context, *, shell: str) -> None:
    """Print the script that lets SHELL complete commands, options and profiles."""
    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101  # the choice has none but click's
    root = context.find_root().command
    # Not source(): for bash that would start one to ask for its version.
    made = kind(root, {}, _PROGRAM, _VARIABLE)
    click.echo(made.source_template % made.source_vars())
