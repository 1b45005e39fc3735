"""auth.login() without a browser: the link is shown, the address after it is pasted."""

import io
import logging
import sys

import pytest
import requests
from login.people import WAIT_S, code_of, link_in

from requests_xauth import XeeAuth, errors
from requests_xauth.login import _screen
from requests_xauth.stores import MemoryStore

TOO_OFTEN = "4 times something else was pasted"


class Person(io.StringIO):
    """Standard input of a person who reads what is shown and answers with lines."""

    def __init__(self, answers, shown, *, terminal=True):
        super().__init__()
        self._answers = iter(answers)
        self._shown = shown
        self._terminal = terminal
        self.seen = ""

    def isatty(self):
        """Be a terminal or none."""
        return self._terminal

    def readline(self, *args):
        """Read the screen, and answer."""
        self.seen += self._shown()
        answer = next(self._answers, None)
        if answer is None:
            return ""
        return (answer(link_in(self.seen)) if callable(answer) else answer) + "\n"


@pytest.fixture
def person(monkeypatch, capsys):
    """Put a person before the terminal, with these answers."""

    def person(*answers, **more):
        there = Person(answers, lambda: capsys.readouterr().err, **more)
        monkeypatch.setattr(sys, "stdin", there)
        return there

    return person


class TestAddress:
    """The address is pasted."""

    def test_xee(self, box, xee, person):
        """
        The link is shown, and the address that it led to logs in.
        """
        there = person(box.xee.authorize)

        token = xee.login(open_browser=False)

        assert token == xee.token
        assert "To log in to Xee, open this link:" in there.seen
        assert 200 == requests.get(box.xee.api_url, auth=xee).status_code

    def test_pkce(self, box, xpkit, person):
        """
        The verifier of PKCE is that of the login.
        """
        person(box.xpkit.authorize)

        assert xpkit.login(open_browser=False) == xpkit.token

    def test_no_secret(self, box, xpkit, person, caplog, capsys):
        """
        The code is in no log at any level, nor shown again.
        """
        caplog.set_level(logging.DEBUG)
        back = []

        def visit(link):
            back.append(box.xpkit.authorize(link))
            return back[-1]

        there = person(visit)
        token = xpkit.login(open_browser=False)

        told = caplog.text + there.seen + "".join(capsys.readouterr())
        assert "renewed XPKit" in told
        for secret in (code_of(back[0]), token.access_token):
            assert secret not in told

    def test_no_desktop(self, box, xee, person):
        """
        Where no browser is to be expected, it is so by itself.
        """
        person(box.xee.authorize)

        assert xee.login() == xee.token

    @pytest.mark.parametrize("uri", ["https://app.example.com/back", None])
    @pytest.mark.parametrize("desktop", [False, True])
    def test_elsewhere(self, box, clock, person, browser, uri, desktop):
        """
        Where the redirect leads elsewhere the address is pasted, whatever is opened.
        """
        box.xee.redirect_uri = uri or "https://app.example.com/registered"
        auth = XeeAuth(**{**box.xee.credentials, "redirect_uri": uri}, clock=clock)
        opener = browser()
        person(box.xee.authorize)

        auth.login(open_browser=opener if desktop else None)

        assert desktop is opener.opened.wait(WAIT_S if desktop else 0)

    @pytest.mark.parametrize(
        "form",
        [
            lambda url: f"  {url} ",
            lambda url: f"'{url}'",
            lambda url: f"<{url}>",
            lambda url: url.removeprefix("http://"),
            lambda url: url.partition("?")[2],
            lambda url: "?" + url.partition("?")[2],
        ],
    )
    def test_forms(self, box, xee, person, form):
        """
        What browsers and people make of an address is read.
        """
        person(lambda link: form(box.xee.authorize(link)))

        assert xee.login(open_browser=False) == xee.token

    def test_begun_before(self, box, clock, person):
        """
        A login begun elsewhere, by a kernel that was restarted say, is finished here.
        """
        given = {**box.xee.credentials, "clock": clock, "store": MemoryStore()}
        url, _ = XeeAuth(**given, account="ada").authorization_url()
        auth = XeeAuth(**given, account="ada")
        person(box.xee.authorize(url))

        assert auth.login(open_browser=False) == auth.token

    def test_begun_here_finished_elsewhere(self, box, clock, person):
        """
        The other way round as well: the link stays good when this process ends.
        """
        given = {**box.xee.credentials, "clock": clock, "store": MemoryStore()}
        there = person()
        with pytest.raises(errors.LoginRequired):
            XeeAuth(**given).login(open_browser=False)
        auth = XeeAuth(**given)

        auth.fetch_token(authorization_response=box.xee.authorize(link_in(there.seen)))

        assert auth.token is not None

    def test_browser_that_does_not_open(self, box, xee, person):
        """
        When the browser cannot be opened, the address is asked for.
        """
        there = person(box.xee.authorize)

        assert xee.login(open_browser=lambda _: False) == xee.token

        assert "No browser could be opened here." in there.seen

    def test_no_browser_at_all(self, box, xee, person, monkeypatch):
        """
        So it is where the system has none.
        """
        monkeypatch.setattr("webbrowser._tryorder", [])
        person(box.xee.authorize)

        assert xee.login(open_browser=True) == xee.token


class TestCode:
    """The code alone is pasted, on purpose."""

    def test_where_no_state_comes_back(self, box, xee, person):
        """
        An address without a state is not taken, but the code alone is.
        """
        box.xee.echo_state = False
        back = []

        def visit(link):
            back.append(box.xee.authorize(link))
            return back[-1]

        there = person(visit, lambda _: code_of(back[0]))

        assert xee.login(open_browser=False) == xee.token

        assert "Xee sent no state back" in there.seen
        assert "Paste the code alone" in there.seen

    def test_pkce(self, box, xpkit, person):
        """
        It is exchanged with the verifier of the login that was begun here.
        """
        person(lambda link: code_of(box.xpkit.authorize(link)))

        assert xpkit.login(open_browser=False) == xpkit.token

    def test_the_browser_came_without(self, box, xee, person, browser):
        """
        Where the browser came back without a state, the code is asked for.
        """
        box.xee.echo_state = False
        opener = browser()

        def code(_):
            opener.close()
            return code_of(opener.answer.url)

        there = person(code)

        assert xee.login(open_browser=opener) == xee.token

        assert "came back without the state" in there.seen
        assert "asks for the code" in opener.answer.text


class TestMisread:
    """What is not it, is told, and asked again."""

    @pytest.mark.parametrize(
        ("wrong", "told"),
        [
            ("", "Nothing was pasted"),
            ("two words", "neither an address nor a code"),
            ("http://127.0.0.1/callback", "neither code nor error"),
            ("http://[", "is no URL"),
            ("state=x&code=", "neither code nor error"),
            ("http://127.0.0.1/?code=a&code=b&state=c", "more than one code"),
            ("http://127.0.0.1/?code=a&state=forged", "belongs to no login under way"),
            ("http://127.0.0.1/?code=a", "sent no state back"),
            (lambda link: link, "This is the link to log in"),
            ("127.0.0.1/callback", "without the code in it"),
            ("127.0.0.1:8912", "without the code in it"),
            (
                lambda link: link.partition("?")[0].removeprefix("http://"),
                "without the code in it",
            ),
            ("y", "too short for a code"),
            ("yes", "too short for a code"),
        ],
    )
    def test_asked_again(self, box, xee, person, wrong, told):
        """
        The next answer may be the right one.
        """
        there = person(wrong, box.xee.authorize)

        assert xee.login(open_browser=False) == xee.token

        assert told in there.seen

    @pytest.mark.parametrize("uri", ["http://[::1]:8912/back", "https://a.example/b"])
    def test_another_redirect_uri(self, box, clock, person, uri):
        """
        So it is with whatever redirect URI the login was begun, port or none.
        """
        box.xee.redirect_uri = uri
        given = {**box.xee.credentials, "clock": clock}
        there = person(uri.partition("://")[2].upper(), box.xee.authorize)

        token = XeeAuth(**given).login(open_browser=False)

        assert "without the code in it" in there.seen
        assert token.access_token

    @pytest.mark.parametrize(
        "code", ["a.example-1", "1.a.example/b", "4/0Ad@b", "abcd"]
    )
    def test_a_code_that_looks_so(self, xee, person, code):
        """
        What may be a code, and it may be nearly anything, is sent as one.
        """
        person(code)

        with pytest.raises(errors.TokenRequestError, match="Invalid authentication"):
            xee.login(
                open_browser=False, redirect_uri="https://a.example/b", timeout_s=1
            )

    def test_not_for_ever(self, box, xee, person):
        """
        After four of them it ends.
        """
        there = person(*["what is this"] * 5)

        with pytest.raises(errors.LoginRequired, match=TOO_OFTEN):
            xee.login(open_browser=False)

        assert 4 == there.seen.count("Paste the whole address")
        assert 0 == box.xee.token_requests

    def test_denied(self, box, xee, person):
        """
        Who has said no is not asked again.
        """
        person(lambda link: box.xee.authorize(link, decision="deny"))

        with pytest.raises(errors.LoginRequired, match="access_denied"):
            xee.login(open_browser=False)

    def test_another_providers(self, box, xee, person, monkeypatch):
        """
        A redirect of another issuer ends it: nothing is sent.
        """
        record = xee._setup.provider._replace(issuer="https://xee.example")
        xee._setup = xee._setup._replace(provider=record)
        person(box.xee.authorize)

        with pytest.raises(errors.LoginRequired, match="does not come from Xee"):
            xee.login(open_browser=False)


class TestNobody:
    """Where nobody can be asked."""

    WAY = r"auth\.fetch_token\(authorization_response=…\)"

    def test_end_of_input(self, xee, person):
        """
        Input that ends names the way without a terminal; whoever has one can try again.
        """
        for terminal, told in (
            (False, "no terminal"),
            (True, "The input ended before"),
        ):
            person(terminal=terminal)

            with pytest.raises(errors.LoginRequired, match=f"{told}.*{self.WAY}"):
                xee.login(open_browser=False)

    def test_input_that_is_piped(self, box, xee, person):
        """
        Input need not be a terminal, as long as there is some.
        """
        person(box.xee.authorize, terminal=False)

        assert xee.login(open_browser=False) == xee.token

    def test_closed(self, xee, monkeypatch):
        """
        So does input that was closed.
        """
        closed = io.StringIO()
        closed.close()
        monkeypatch.setattr(sys, "stdin", closed)

        with pytest.raises(errors.LoginRequired, match=self.WAY):
            xee.login(open_browser=False)

    @pytest.mark.parametrize("missing", ["stdin", "stderr"])
    def test_no_console(self, xee, monkeypatch, missing):
        """
        A program without a console has no streams at all.
        """
        monkeypatch.setattr(sys, "stdin", io.StringIO())
        monkeypatch.setattr(sys, missing, None)

        with pytest.raises(errors.LoginRequired, match=self.WAY):
            xee.login(open_browser=False)


class History:
    """The part of the module readline that keeps lines."""

    def __init__(self, *lines):
        self.lines = list(lines)

    def get_current_history_length(self):
        """Return how many there are."""
        return len(self.lines)

    def get_history_item(self, number):
        """Return one, counted from 1."""
        return self.lines[number - 1]

    def remove_history_item(self, place):
        """Drop one, counted from 0."""
        del self.lines[place]


@pytest.mark.parametrize(
    ("before", "after"),
    [(["1 + 1", "the-code"], ["1 + 1"]), (["1 + 1"], ["1 + 1"]), ([], [])],
)
def test_no_history(xee, person, monkeypatch, before, after):
    """
    An interactive Python does not keep the code among its lines.
    """
    history = History(*before)
    monkeypatch.setitem(sys.modules, "readline", history)
    person("the-code")

    with pytest.raises(errors.TokenRequestError):
        xee.login(open_browser=False)

    assert after == history.lines


class TestNotebook:
    """In a notebook."""

    class Display:
        """What a notebook's frontend is given, as IPython.display has it."""

        def __init__(self):
            self.shown = []

        def HTML(self, text):  # noqa: N802  # IPython's name
            """Return HTML to display."""
            return text

        def display(self, what):
            """Display it."""
            self.shown.append(what)

    class Shell:
        """A shell, with a kernel or without."""

        def __init__(self, **more):
            vars(self).update(more)

    @pytest.fixture
    def notebook(self, monkeypatch):
        """Let this be a notebook, or IPython in a terminal."""

        def notebook(**shell):
            found = self.Shell(
                display=self.Display(), get_ipython=lambda: self.Shell(**shell)
            )
            monkeypatch.setitem(sys.modules, "IPython", found)
            return found.display

        return notebook

    def test_link_and_input(self, box, xpkit, notebook, monkeypatch):
        """
        The link can be clicked and opens a tab of its own; the cell asks for the address.
        """
        display, prompts = notebook(kernel=object()), []

        def answered(prompt):
            prompts.append(prompt)
            link = display.shown[0].split('href="')[1].split('"')[0]
            return box.xpkit.authorize(link.replace("&amp;", "&"))

        monkeypatch.setattr("builtins.input", answered)

        assert xpkit.login() == xpkit.token

        assert 'target="_blank" rel="noopener noreferrer"' in display.shown[0]
        assert "To log in to XPKit" in display.shown[0]
        assert ["Paste the whole address that"] == [p[:28] for p in prompts]

    def test_run_by_a_program(self, xpkit, notebook, monkeypatch):
        """
        A notebook that a program runs has nobody to ask.
        """
        notebook(kernel=object())

        def nobody(prompt):
            raise NotImplementedError("raw_input was called, but ...")

        monkeypatch.setattr("builtins.input", nobody)

        with pytest.raises(errors.LoginRequired, match=TestNobody.WAY):
            xpkit.login()

    def test_asks_when_needed(self, box, xee, notebook, monkeypatch, browser):
        """
        Also where a browser came back without a state.
        """
        box.xee.echo_state = False
        notebook(kernel=object())
        opener = browser()

        def answered(prompt):
            opener.close()
            return code_of(opener.answer.url)

        monkeypatch.setattr("builtins.input", answered)

        assert xee.login(open_browser=opener) == xee.token

    def test_ipython_in_a_terminal(self, notebook):
        """
        IPython in a terminal is a terminal.
        """
        notebook()

        assert type(_screen.screen()) is _screen.Terminal
