"""A sandbox that knows all of its secrets, under the real clock."""

import pytest
from command_line import KnownSandbox


@pytest.fixture
def box():
    """A running sandbox."""
    with KnownSandbox() as running:
        yield running
