"""The README's examples: each runs as it stands, and does what the text says."""

import re
import warnings

import pytest
import requests
from helpers import session_with
from readme import BLOCKS, LITERAL, PYTHON, README
from stage import PROFILES

from requests_xauth import XAuth, XPKitAuth, errors

SECTIONS = list(dict.fromkeys(block.section for block in PYTHON))
THREADS = "Threads, processes, pickles"


def test_every_block_is_of_a_kind_that_runs():
    """
    There is no block of code that these tests do not know how to run.
    """
    assert {"python", "shell", "diff", ""} == {block.language for block in BLOCKS}
    assert README.count(".. code-block::") == sum(bool(b.language) for b in BLOCKS)


@pytest.mark.parametrize("section", SECTIONS[1:])
def test_blocks(stage, played, section):
    """
    The blocks under a heading run, and print what their comments say.
    """
    names = played(section)

    for name in [name for name in names if name.startswith("test_")]:
        names[name]()
    text = "".join(block.text for block in PYTHON if block.section == section)
    expected = re.findall(r"(?m)^ *print\(.*\)  # (.+)$", text)
    printed = [line for line in stage.printed() if not line.startswith("Open this")]
    assert expected == printed


def test_the_one_line(stage, played):
    """
    The line that the README opens with makes a session carry a token.
    """
    session = session_with(None)

    played(SECTIONS[0], session=session, XPKitAuth=XPKitAuth)

    assert "session.auth = XPKitAuth(region=" in README.split(".. code-block::")[1]
    assert 200 == session.get(PROFILES).status_code


def test_threads_and_pickles_share_a_token(stage, played):
    """
    The example with threads and a pickle costs one token request, as the text says.
    """
    played(THREADS)

    assert 1 == stage.box.m2m.token_requests
    assert 65 == stage.box.m2m.api_calls


def test_the_contract_is_asked(played, tmp_path):
    """
    The example's suite asks what every store promises, of the store that it makes.
    """
    suite = played("Write your own store")["TestSQLiteStore"]()

    suite.test_what_is_saved_is_loaded()
    suite.test_threads_never_overlap()

    assert (tmp_path / "tokens.sqlite").is_file()
    assert "SQLiteStore" in repr(suite.make_store())


def test_a_file_is_rewound(stage, played):
    """
    The file of the XMLdation example is sent whole when it is sent once more.
    """
    played("XMLdation")
    stage.box.xmldation.expire()

    played("XMLdation")

    assert [b"<Document/>"] * 2 == stage.box.xmldation.bodies
    assert 3 == stage.box.xmldation.api_calls


def test_the_quirk_is_needed(stage, played):
    """
    Acme's refusal renews with the function that reads it, and without it does not.
    """
    names = played("A provider of your own")
    grant = names["session"].auth._setup.grant
    told = XAuth(names["ACME"], grant)
    untold = names["session"].auth
    url = "https://api.acme.example/things"
    told.renew()
    stage.acme.expire()

    answers = [requests.get(url, auth=auth).status_code for auth in (untold, told)]

    assert [403, 200] == answers


def test_certificates_are_lent(stage, played):
    """
    Without session= the token request knows no such certificate, and the error says so.
    """
    session = played("Proxies and certificates")["session"]
    session.auth = XPKitAuth("emea", account="another")

    with pytest.raises(errors.ProviderUnavailable, match="session="):
        session.get(PROFILES)


def test_the_warning(stage, played):
    """
    A request to another host warns in the README's words, and can be made to fail.
    """
    session = played("Hosts and redirects")["session"]
    url = "https://status.example.org/"

    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        assert 401 == session.get(url).status_code

    [one] = warned
    assert LITERAL[1] == f"{one.category.__name__}: {one.message}"
    assert "authorization" not in stage.box.elsewhere.requests[0].headers
