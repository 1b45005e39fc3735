"""The door of the command line, which says how to get it where it is missing.

Rule: nothing of the commands themselves stands here.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec

_LIBRARIES = ("click", "rich", "filelock", "platformdirs")
# As the command's own exit codes have it, which cannot be imported without click.
_CONFIGURATION = 3


def main() -> None:
    """
    Run the command line, or exit with the pip command that installs it.

    Raises:
        SystemExit: Always: with the command's status, or with what is missing.
    """
    missing = [name for name in _LIBRARIES if find_spec(name) is None]
    if missing:
        words = (
            f"The command requests-xauth needs {', '.join(missing)}:"
            " pip install 'requests-xauth[cli]'\n"
        )
        if sys.stderr is not None:  # as in a program without a console
            sys.stderr.write(words)
        sys.exit(_CONFIGURATION)
    # Only here is it certain that its libraries are there.
    from ._cli import main as run  # noqa: PLC0415  # see above

    run()


if __name__ == "__main__":
    main()
