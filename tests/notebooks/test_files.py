"""The notebooks as they are kept: what a diff shows is what somebody has written."""

import json
import re
from pathlib import Path

import pytest

from requests_xauth import XeeAuth, _tables

FOLDER = Path(__file__).parents[2] / "examples"
NAMES = _tables.names()
METADATA = {
    "kernelspec": {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}
# A place of some machine; a path below the API's root is none.
ABSOLUTE = re.compile(
    r"(?<![\w.:/*)-])/(?!api/|exports/|things/)\w+/\w|file://|\b[A-Z]:\\"
)


@pytest.fixture(params=NAMES)
def text(request):
    """The text of each provider's notebook."""
    return (FOLDER / f"{request.param}.ipynb").read_text("utf-8")


def test_one_for_each_provider():
    """
    There is one for each provider, and no other.
    """
    assert set(NAMES) == {path.stem for path in FOLDER.glob("*.ipynb")}


def test_without_outputs(text):
    """
    No output is kept, and not how often a cell was run.
    """
    cells = json.loads(text)["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]

    assert code
    assert [] == [c["id"] for c in code if c["outputs"] or c["execution_count"]]


def test_metadata(text):
    """
    Nothing is told of the machine, the Python and the editor it was written with.
    """
    notebook = json.loads(text)

    assert METADATA == notebook["metadata"]
    assert (4, 5) == (notebook["nbformat"], notebook["nbformat_minor"])
    assert [] == [cell["id"] for cell in notebook["cells"] if cell["metadata"]]


def test_ids(text):
    """
    Each cell is called by a word that somebody has chosen, and by no other cell's.
    """
    ids = [cell["id"] for cell in json.loads(text)["cells"]]

    assert len(ids) == len(set(ids))
    assert [] == [
        name for name in ids if not re.fullmatch(r"[a-z]+\d?[a-z]*(-[a-z]+)*", name)
    ]


def test_form(text):
    """
    The file is as Jupyter writes it, so that saving it changes nothing.
    """
    form = {"indent": 1, "ensure_ascii": False, "sort_keys": True}

    assert text == json.dumps(json.loads(text), **form) + "\n"


def test_no_absolute_path(text):
    """
    No place of a machine is named.
    """
    assert not ABSOLUTE.search(text)
    assert ABSOLUTE.search(text.replace("import requests", "open('/srv/things')"))


def test_in_place_of_the_login(box):
    """
    What a reader on another machine runs in place of Xee's login logs in as well.
    """
    cells = json.loads((FOLDER / "xee.ipynb").read_text("utf-8"))["cells"]
    [text] = ["".join(cell["source"]) for cell in cells if cell["id"] == "log-in"]
    code = text.partition("```python")[2].partition("```")[0]
    auth = XeeAuth(**box.xee.credentials)

    exec(code, {"auth": auth, "box": box})  # noqa: S102  # to see that it does

    assert auth.token is not None
