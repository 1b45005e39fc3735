"""The guide for those who come from requests-oauthlib: what it shows runs."""

import json
import time
from pathlib import Path

import pytest
from blocks import blocks
from names import CERTIFICATE
from stage import on_stage

from requests_xauth import XAuthSession, XeeAuth, errors

PAGE = (Path(__file__).parent.parent / "docs/migration.rst").read_text("utf-8")
[DIFF] = [block for block in blocks(PAGE) if block.language == "diff"]
[SERVER] = [block for block in blocks(PAGE) if block.language == "python"]
ERRORS = (
    *("ConfigError", "CredentialsRejected", "LoginRequired", "ProviderUnavailable"),
    *("TokenRequestError", "UnsignedRequestWarning"),
)


@pytest.fixture
def stage(monkeypatch, tmp_path):
    """A stage in a folder with a saved token that has ended."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", CERTIFICATE)
    with on_stage(monkeypatch) as found:
        refresh_token = found.box.xee.issue_refresh_token()
        token = {
            "access_token": "ended",
            "token_type": "Bearer",
            "refresh_token": refresh_token,
            "expires_at": time.time() - 60,
        }
        Path("token.json").write_text(json.dumps(token), "utf-8")
        found.box.xee.redirect_uri = "https://app.example.com/callback"
        yield found


def side(sign):
    """Return one of the diff's two programs."""
    lines = [line for line in DIFF.text.splitlines() if line[:1] in ("", " ", sign)]
    return "\n".join(line[1:] for line in lines) + "\n"


@pytest.mark.parametrize("sign", "-+")
def test_both_programs(stage, sign):
    """
    The programs before and after do the same: refresh, save, get.
    """
    names = stage.run(side(sign))

    assert ["200"] == stage.printed()
    saved = json.loads(Path("token.json").read_text("utf-8"))
    assert names["session"].token["refresh_token"] == saved["refresh_token"]
    assert {"refresh_token": 1} == stage.box.xee.token_requests_by_grant


def test_when_the_token_is_refused(stage):
    """
    When the API refuses the token the second program goes on; the first cannot.
    """
    url = "https://cloud.xee.com/v3/users/me"
    for sign, status in (("-", 401), ("+", 200)):
        session = stage.run(side(sign))["session"]
        stage.box.xee.invalidate()

        assert status == session.get(url).status_code


def test_the_web_server(stage):
    """
    The web server's three functions serve two people at once, each their own token.
    """
    names, saved = stage.run(SERVER.text, SERVER.line), []
    kari, ola = {}, {}

    urls = {
        person: names["login"](browser) for person, browser in enumerate((kari, ola))
    }
    names["callback"](ola, stage.box.xee.authorize(urls[1]))
    names["callback"](kari, stage.box.xee.authorize(urls[0]))
    pages = [names["page"](browser, saved.append) for browser in (kari, ola)]

    assert ["GET", "GET"] == [page["method"] for page in pages]
    assert kari["token"]["access_token"] != ola["token"]["access_token"]
    assert [] == saved


def test_a_person_in_anothers_place(stage):
    """
    One auth object for everybody, which the page warns of, is an error and no mix-up.
    """
    names, auth, browsers = stage.run(SERVER.text, SERVER.line), XeeAuth(), ({}, {})
    for browser in browsers:
        url = names["login"](browser)
        names["callback"](browser, stage.box.xee.authorize(url))
    XAuthSession(auth, token=browsers[0]["token"]).close()

    with pytest.raises(errors.ConfigError, match="two people cannot share one"):
        XAuthSession(auth, token=browsers[1]["token"])


def test_what_it_names_is_there():
    """
    The errors and the session's attributes that the page names exist.
    """
    for name in ERRORS:
        assert f"``{name}``" in PAGE
        assert hasattr(errors, name)
    for name in ("token", "auth", "authorized", "auto_refresh_url", "token_updater"):
        assert f"``{name}" in PAGE or f"``session.{name}" in PAGE
        assert hasattr(XAuthSession, name)
