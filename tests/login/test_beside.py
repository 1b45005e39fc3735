"""A request without a state, which any page can send, ends no login."""

import contextlib
import io
import os
import sys
import threading
import time

import pytest
from login.people import (
    WAIT_S,
    callback_of,
    code_of,
    get_request,
    leave_out,
    spoken,
    status_of,
)

from requests_xauth import errors
from requests_xauth.login import _beside, _loopback, _place, _screen

try:
    import pty
except ImportError:  # Windows
    pty = None

CODE = "Paste the code alone"


def forge(url):
    """Do what an image in any page does: come back without a state."""
    answer = spoken(callback_of(url), get_request(f"{callback_of(url)}?code=evil"))
    assert 400 == status_of(answer)


class Shown(io.StringIO):
    """Standard error, for whoever waits until something has been shown."""

    def __init__(self):
        super().__init__()
        self._changed = threading.Condition()

    def write(self, text):
        """Write *text*, and tell."""
        with self._changed:
            super().write(text)
            self._changed.notify_all()
        return len(text)

    def await_text(self, text, times=1):
        """Return when *text* has been shown so often."""
        with self._changed:
            assert self._changed.wait_for(
                lambda: times <= self.getvalue().count(text), WAIT_S
            )


@pytest.fixture
def watched(monkeypatch):
    """Return a function that watches standard error, once pytest has put its own there."""

    def watched():
        found = Shown()
        monkeypatch.setattr(sys, "stderr", found)
        return found

    return watched


@pytest.fixture
def enter(monkeypatch):
    """Let standard input be a terminal; return a function that types into it."""
    if pty is None:
        leave_out("No pseudo-terminals here")
    typing, read = pty.openpty()

    def enter(text):
        os.write(typing, text.encode())

    with os.fdopen(read, encoding="utf-8") as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        # A login that waits for a line alone fails, instead of waiting for ever.
        end = threading.Timer(WAIT_S, enter, ["\x04"])
        end.start()
        yield enter
        end.cancel()
        end.join()
    os.close(typing)


class TestTerminal:
    """On a terminal."""

    @pytest.mark.parametrize("typed", ["", "what is this\n"])
    def test_goes_on(self, box, xee, browser, watched, enter, typed):
        """
        The question is asked, and the browser's own answer taken, with nothing pasted.
        """
        shown = watched()

        def before(url):
            forge(url)
            shown.await_text(CODE)
            enter(typed)
            shown.await_text("Paste the ", 2 if typed else 1)

        opener = browser(before=before)

        token = xee.login(open_browser=opener)
        opener.close()

        assert token == xee.token
        assert "Logged in to Xee" in opener.answer.text
        assert 1 == box.xee.token_requests

    def test_asked_once(self, box, xee, browser, watched, enter):
        """
        However many come, the question is asked once.
        """
        shown = watched()

        def before(url):
            forge(url)
            shown.await_text(CODE)
            for _ in range(10):
                forge(url)

        assert xee.login(open_browser=browser(before=before)) == xee.token

        assert 1 == shown.getvalue().count(CODE)

    def test_code(self, box, xee, browser, watched, enter):
        """
        Where the provider sends none, the code is taken as soon as it is entered.
        """
        box.xee.echo_state = False
        shown, opener = watched(), browser()

        def paste():
            shown.await_text(CODE)
            opener.close()
            enter(f"{code_of(opener.answer.url)}\n")

        person = threading.Thread(target=paste)
        person.start()
        token = xee.login(open_browser=opener)
        person.join()

        assert token == xee.token
        assert "came back without the state" in shown.getvalue()

    def test_end_of_input(self, box, xee, browser, watched, enter):
        """
        Who ends the input ends the login.
        """
        shown = watched()

        def before(url):
            forge(url)
            shown.await_text(CODE)
            enter("\x04")

        with pytest.raises(errors.LoginRequired, match="The input ended"):
            xee.login(open_browser=browser("deny", before=before))


class Person(io.StringIO):
    """Standard input of a person of whom nobody can tell whether a line was entered."""

    def __init__(self, answer):
        super().__init__()
        self._answer = answer

    def isatty(self):
        """Be a terminal."""
        return True

    def readline(self, *args):
        """Answer."""
        return f"{self._answer()}\n"


class TestElsewhere:
    """Where only reading shows a line: on Windows, in a notebook."""

    def test_within_the_grace(self, xee, browser, monkeypatch):
        """
        For some seconds the browser's own answer is taken before anything is read.
        """

        def nobody():
            raise AssertionError("read too early")

        monkeypatch.setattr(_beside, "GRACE_S", 2 * WAIT_S)
        monkeypatch.setattr(sys, "stdin", Person(nobody))

        assert xee.login(open_browser=browser(before=forge)) == xee.token

    def test_after_it(self, box, xee, monkeypatch):
        """
        Then the port is closed, and the address that the browser was sent to can be pasted.
        """
        opened = []

        def opener(url):
            opened.append(url)
            forge(url)

        def paste():
            with pytest.raises(ConnectionRefusedError):
                spoken(callback_of(opened[0]), b"")
            return box.xee.authorize(opened[0])

        monkeypatch.setattr(sys, "stdin", Person(paste))

        assert xee.login(open_browser=opener) == xee.token


class Reader(_screen.Terminal):
    """A screen that tells whether a line was entered."""

    def __init__(self, has_line):
        self.has_line = lambda: has_line


@pytest.mark.parametrize(
    ("has_line", "left_s", "is_open"),
    [
        (True, WAIT_S, True),
        (True, 0.0, True),
        (False, 0.0, False),
        (None, WAIT_S, False),
    ],
)
def test_port(has_line, left_s, is_open):
    """
    Once nobody listens any more the port is closed, and a second question waits for none.
    """
    place = _place.Place("127.0.0.1", 0, "/", "")
    with contextlib.closing(_loopback.Loopback(place)) as loopback:
        until = time.monotonic() + left_s
        listen = _beside.listening(
            loopback, Reader(has_line), state="state", until=until
        )
        for _ in range(2):
            listen()

        assert is_open is bool(loopback._listening)
