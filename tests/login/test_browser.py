"""Whether a browser is to be expected, and how it is opened."""

import webbrowser

import pytest

from requests_xauth.login._browser import Opening, is_here, opener_of

DESK = {"DISPLAY": ":0"}
NOBODY = "/nowhere/at/all"


@pytest.mark.parametrize(
    ("environ", "platform", "here"),
    [
        (DESK, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"BROWSER": "firefox"}, "linux", True),
        ({}, "linux", False),
        ({"DISPLAY": ""}, "linux", False),
        ({}, "darwin", True),
        ({}, "win32", True),
        ({"SSH_CONNECTION": "192.0.2.1 1 192.0.2.2 22"}, "darwin", False),
        ({**DESK, "SSH_TTY": "/dev/pts/0"}, "linux", False),
        ({**DESK, "container": "podman"}, "linux", False),
        ({**DESK, "JUPYTERHUB_USER": "ada"}, "linux", False),
    ],
)
def test_is_here(environ, platform, here):
    """
    A desktop has one; a remote shell, a container, a hosted notebook has not.
    """
    assert here is is_here(environ, platform=platform, marks=(NOBODY,))


def test_container_by_its_mark(tmp_path):
    """
    A container that says so by a file has none either.
    """
    assert not is_here(DESK, platform="linux", marks=(NOBODY, str(tmp_path)))


@pytest.mark.parametrize("error", [webbrowser.Error("none"), OSError("none")])
def test_a_system_browser_that_fails(monkeypatch, error):
    """
    A browser that cannot be started is one that did not open.
    """

    class Broken(webbrowser.BaseBrowser):
        def open(self, url, new=0, autoraise=True):  # noqa: FBT002  # its signature
            raise error

    monkeypatch.setattr(webbrowser, "_browsers", {})
    monkeypatch.setattr(webbrowser, "_tryorder", [])
    webbrowser.register("broken", None, Broken("broken"), preferred=True)

    opening = Opening(opener_of(open_browser=True), "http://127.0.0.1/")
    opening.join(20)

    assert opening.no_browser()
