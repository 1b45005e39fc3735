"""The notebooks: each runs from top to bottom, and shows what its reader is promised."""

import html
import json
import os
import sys
from urllib.parse import quote, quote_plus

import pytest
from notebooks.known import TELL, told
from notebooks.shown import SHOWN, read

import requests_xauth

# Which secrets each sandbox has given, issued or seen.
SECRETS = {
    "xpkit": {"access_token", "client_secret", "code", "code_verifier"},
    "xee": {"Authorization", "access_token", "client_secret", "code", "refresh_token"},
    "xmldation": {
        "Authorization",
        "access_token",
        "client_secret",
        "id_token",
        "password",
        "refresh_token",
    },
    "m2m": {"Authorization", "access_token", "client_secret"},
}


class Reading:
    """A notebook that was read to its end, in a kernel that has ended since."""

    def __init__(self, jupyter, name):
        self.name = name
        notebook = jupyter.notebook_of(name, TELL)
        visit = jupyter.allowed if name == "xee" else jupyter.nobody
        self.reader = jupyter.Reader(notebook, visit)
        jupyter.run(self.reader)
        *self.cells, last = notebook.cells
        self.told = last.outputs
        (self.kernel, *self.place), self.secrets = told(last)

    def outputs(self):
        """Return all that the notebook's own cells show."""
        return [output for cell in self.cells for output in cell.get("outputs", ())]


@pytest.fixture(scope="module", params=SHOWN)
def reading(request, jupyter):
    """Read each of the notebooks, once for all tests."""
    return Reading(jupyter, request.param)


def found(secrets, outputs):
    """Return those of *secrets* that are in *outputs*, in whatever form."""
    text = json.dumps(outputs, ensure_ascii=False)
    forms = (str, html.escape, quote, quote_plus, lambda s: json.dumps(s)[1:-1])
    return {
        secret
        for those in secrets.values()
        for secret in those
        if any(form(secret) in text for form in forms)
    }


def test_shown(reading):
    """
    Each cell shows what is to be seen, and those that show nothing are quiet.
    """
    shown = {cell.id: read(cell) for cell in reading.cells if cell.get("outputs")}

    assert SHOWN[reading.name] == shown


def test_cards(reading):
    """
    The auth objects are shown as tables, with the time left as a bar.
    """
    shown = [
        output.get("data", {}).get("text/html", "") for output in reading.outputs()
    ]
    cards = [text for text in shown if "<table" in text]

    assert len(cards) >= 2
    assert all('<meter min="0" max="1"' in card for card in cards)


def test_no_secret(reading):
    """
    What was given, issued and sent in secret is in no output.
    """
    assert SECRETS[reading.name] <= {*reading.secrets}

    assert set() == found(reading.secrets, reading.outputs())


def test_a_secret_would_be_found(reading):
    """
    The search finds every one of them where it is.
    """
    everything = {secret for those in reading.secrets.values() for secret in those}

    assert len(everything) >= len(SECRETS[reading.name])
    assert everything == found(reading.secrets, reading.told)


def test_the_kernel_ends(reading):
    """
    A notebook leaves no kernel behind.
    """
    assert os.getpid() != reading.kernel
    with pytest.raises(ProcessLookupError):
        os.kill(reading.kernel, 0)


def test_the_package(reading):
    """
    A notebook is run by this Python, with the package that is tested.
    """
    assert [sys.executable, requests_xauth.__file__] == reading.place


def test_who_is_asked(reading):
    """
    Xee's asks its reader once, for the address after the login; the others never ask.
    """
    asked = [prompt[:29] for prompt in reading.reader.prompts]

    assert asked == ["Paste the whole address that "] * (reading.name == "xee")


def test_nobody_to_ask(jupyter):
    """
    Run by a program, Xee's ends at the login, and names the other way.
    """
    notebook = jupyter.notebook_of("xee")

    with pytest.raises(jupyter.CellExecutionError, match="LoginRequired") as caught:
        jupyter.run(jupyter.Program(notebook))

    assert "auth.fetch_token(authorization_response=…)" in str(caught.value)
    run = [cell.id for cell in notebook.cells if cell.get("execution_count")]
    assert "login" == run[-1]
