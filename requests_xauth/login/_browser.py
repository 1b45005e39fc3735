"""The browser of the person: whether there is one here, and how it is opened.

Rule: a browser that cannot be opened is no error; the person is shown the link instead.
"""

from __future__ import annotations

import os
import sys
import threading
import webbrowser
from collections.abc import Callable, Mapping
from pathlib import Path

Opener = Callable[[str], object]

# Where the person sits elsewhere: a remote shell, a container, a hosted notebook. Only a
# variable with something in it counts.
_ELSEWHERE = (
    "SSH_CONNECTION",  # sshd sets these
    "SSH_TTY",
    "container",  # podman, systemd-nspawn, flatpak
    "KUBERNETES_SERVICE_HOST",
    "REMOTE_CONTAINERS",  # Visual Studio Code's development containers
    "CODESPACES",
    "JUPYTERHUB_USER",
    "COLAB_RELEASE_TAG",
)
_CONTAINER_MARKS = ("/.dockerenv", "/run/.containerenv")
# On other systems the desktop needs no variable.
_DESKTOP = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")


def is_here(
    environ: Mapping[str, str] = os.environ,
    *,
    platform: str = sys.platform,
    marks: tuple[str, ...] = _CONTAINER_MARKS,
) -> bool:
    """Tell whether a browser in front of the person is to be expected."""
    if any(environ.get(name) for name in _ELSEWHERE):
        return False
    if any(Path(mark).exists() for mark in marks):
        return False
    if platform in {"win32", "darwin", "cygwin"}:
        return True
    # Without a desktop webbrowser would take a text browser, in this very terminal.
    return any(environ.get(name) for name in _DESKTOP)


def opener_of(open_browser: bool | Opener | None) -> Opener | None:  # noqa: FBT001  # the public argument as it is
    """Return what opens an URL, or None if nothing shall."""
    if callable(open_browser):
        return open_browser
    if open_browser is None:
        open_browser = is_here()
    return _system_browser if open_browser else None


def _system_browser(url: str) -> bool:
    try:
        return webbrowser.open(url)
    except (webbrowser.Error, OSError):
        return False


class Opening(threading.Thread):
    """
    A browser being opened, beside: some openers return when the browser is closed.

    Attributes:
        error: What the opener raised, or None.
        failed: Whether there is no browser.
    """

    def __init__(self, opener: Opener, url: str) -> None:
        """Open *url* now."""
        # Such an opener must not keep the program from ending.
        super().__init__(name="xauth-browser", daemon=True)
        self._opener = opener
        self._url = url
        self.error: Exception | None = None
        self.failed = False
        self.start()

    def run(self) -> None:
        """Call the opener; what returns False has not opened anything."""
        try:
            opened = self._opener(self._url)
        except Exception as error:  # noqa: BLE001  # for the thread that waits to raise
            self.error, opened = error, False
        self.failed = opened is False

    def no_browser(self) -> bool:
        """
        Tell whether the browser could not be opened.

        Raises:
            Exception: What the caller's own opener raised.
        """
        if self.error is not None:
            raise self.error
        return self.failed
