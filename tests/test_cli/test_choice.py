"""Whose token a command is about: what is given empty is given."""

import pytest
from command_line import run

from requests_xauth._cli import choice
from requests_xauth._cli.ending import Code


class TestEmpty:
    """A variable that is unset, in quotes, is an option with an empty value."""

    @pytest.mark.parametrize(
        ("option", "told"),
        [
            ("--account", "account= of M2M is empty"),
            (
                "--base-url",
                "base_url= of M2M is empty",
            ),
            ("--store", "No store is named ''"),
            ("--host", "No host name in hosts=: ''"),
        ],
    )
    def test_refused(self, box, option, told):
        """
        It is refused, and no other person's token and no other endpoint is used for it.
        """
        root = ("--provider", "m2m", "--base-url", box.m2m.base_url)
        kept = run("token", *root, env=box.m2m.environ)

        ran = run("token", *root, option, "", env=box.m2m.environ)

        assert Code.DONE == kept.exit_code
        assert (Code.CONFIGURATION, "") == (ran.exit_code, ran.stdout)
        assert told in ran.stderr
        assert 1 == box.m2m.token_requests

    def test_region(self, box):
        """
        An empty region is not the one of the environment.
        """
        env = {**box.xpkit.environ, "XPKIT_REGION": "emea"}

        ran = run("token", "--provider", "xpkit", "--region", "", env=env)

        assert Code.CONFIGURATION == ran.exit_code
        assert "region= of XPKit is empty" in ran.stderr

    def test_redirect_uri(self, box):
        """
        An empty redirect URI is not the usual one.
        """
        root = ("--provider", "xee", "--base-url", box.xee.base_url)

        ran = run("login", *root, "--redirect-uri", "", env=box.xee.environ)

        assert Code.CONFIGURATION == ran.exit_code
        assert " of AuthorizationCode is empty" in ran.stderr

    def test_profile(self, monkeypatch):
        """
        An empty profile is not the one that the environment names.
        """
        monkeypatch.setenv("REQUESTS_XAUTH_PROFILE", "other")

        ran = run("token", "--profile", "")

        assert Code.CONFIGURATION == ran.exit_code
        assert "There is no profile ''" in ran.stderr

    def test_variable(self, monkeypatch):
        """
        The variable that names a profile counts as unset where it is empty, as any does.
        """
        monkeypatch.setenv("REQUESTS_XAUTH_PROFILE", "")

        ran = run("token")

        assert Code.USAGE == ran.exit_code
        assert "Give --provider or --profile" in ran.stderr

    def test_options_again(self):
        """
        What is pasted into another command is empty too.
        """
        assert "--provider m2m --account ''" == (
            choice.Choice(None, "m2m", {"account": ""}).options
        )
