"""A sandbox that knows all of its secrets, under the real clock."""

import pytest


@pytest.fixture
def box():
    """A running sandbox."""
    # Not above: where the command's libraries are missing its tests are skipped one
    # file at a time, and this file is read before them.
    from command_line import KnownSandbox  # noqa: PLC0415  # see above

    with KnownSandbox() as running:
        yield running
