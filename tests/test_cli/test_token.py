"""``requests-xauth token``, ``status`` and ``logout``: a token's life in a shell."""

import json
import sys
import time

import pytest
from command_line import process, run

from requests_xauth import M2MAuth, XeeAuth, XPKitUserAuth
from requests_xauth._cli import profiles
from requests_xauth._cli.durations import told_s
from requests_xauth._cli.ending import Code
from requests_xauth.stores import FileStore

LEFT_S = 200


def on(service, *args, **how):
    """Return what a command did with a service's sandbox."""
    name = type(service).__name__.lower()
    root = ("--provider", name, "--base-url", service.base_url)
    return how.pop("how", run)(*args, *root, env=service.environ)


def about_to_end(kind, given, lifetime_s):
    """Return an auth object whose clock lets its next token end in 200 s."""
    return kind(**given, store="file", clock=lambda: time.time() - lifetime_s + LEFT_S)


class TestToken:
    """The bearer, alone."""

    @pytest.mark.parametrize("name", ["xpkit", "xmldation", "m2m"])
    def test_alone(self, box, name):
        """
        The bearer is all that is printed, and the API takes it.
        """
        service = getattr(box, name)

        ran = on(service, "token")

        assert (Code.DONE, "") == (ran.exit_code, ran.stderr)
        bearer = ran.stdout.removesuffix("\n")
        assert bearer == bearer.strip() != ""
        assert bearer in service._ledger.secrets

    def test_kept(self, box):
        """
        A second command, a process of its own, prints the same one: no token request.
        """
        first = on(box.m2m, "token")
        second = on(box.m2m, "token", how=process)

        assert first.stdout_bytes == second.stdout
        assert 1 == box.m2m.token_requests

    def test_not_kept(self, box):
        """
        With --store none each command has its own process' memory alone.
        """
        on(box.m2m, "token", "--store", "none", how=process)
        on(box.m2m, "token", "--store", "none", how=process)

        assert 2 == box.m2m.token_requests
        assert () == FileStore().kept()

    def test_renew(self, box):
        """
        With --renew it is a newer one.
        """
        first = on(box.m2m, "token")
        second = on(box.m2m, "token", "--renew")

        assert first.stdout != second.stdout
        assert 2 == box.m2m.token_requests

    def test_ended(self, box):
        """
        A token that has ended, or is about to, is not printed again.
        """
        box.m2m.lifetime_s = 0
        first = on(box.m2m, "token")
        box.m2m.lifetime_s = 3600
        with_document = json.loads(on(box.m2m, "token", "--json").stdout)

        assert with_document["access_token"] != first.stdout.strip()
        assert 2 == box.m2m.token_requests

    def test_about_to_end(self, box):
        """
        A token that whoever uses it later could find ended is renewed before; if that
        fails it is printed with a warning.
        """
        first = about_to_end(M2MAuth, box.m2m.credentials, 3600).renew().bearer
        box.m2m.fail(400, body=b"nonsense")
        held = on(box.m2m, "token")
        box.m2m.heal()
        second = on(box.m2m, "token")

        assert (Code.DONE, f"{first}\n") == (held.exit_code, held.stdout)
        assert held.stderr.startswith("Warning: M2M refused the token request")
        assert " The token ends in 3 min " in held.stderr
        assert (Code.DONE, "") == (second.exit_code, second.stderr)
        assert f"{first}\n" != second.stdout

    def test_of_a_person(self, box):
        """
        A person's token is refreshed in time; where that cannot be, it is printed to its
        end.
        """
        auths = (
            about_to_end(XeeAuth, box.xee.credentials, box.xee.lifetime_s),
            about_to_end(XPKitUserAuth, box.xpkit.user_credentials, 36_000),
        )
        for auth, service in zip(auths, (box.xee, box.xpkit), strict=True):
            url, _ = auth.authorization_url()
            auth.fetch_token(authorization_response=service.authorize(url))

        of_xee = on(box.xee, "token")
        newest = on(box.xee, "token", "--renew")
        of_xpkit = run(
            *("token", "--provider", "xpkit-user", "--base-url", box.xpkit.base_url),
            env={"XPKIT_CLIENT_ID": box.xpkit.user_client_id},
        )

        assert [""] * 3 == [ran.stderr for ran in (of_xee, newest, of_xpkit)]
        first = auths[0].token.bearer
        assert 3 == len({first, of_xee.stdout.strip(), newest.stdout.strip()})
        assert f"{auths[1].token.bearer}\n" == of_xpkit.stdout

    def test_json(self, box):
        """
        The document has the members of a token answer.
        """
        found = json.loads(on(box.xpkit, "token", "--json").stdout)

        assert {
            "access_token",
            "token_type",
            "expires_in",
            "expires_at",
            "scope",
        } == set(found)
        assert "Bearer" == found["token_type"]
        assert 35_990 < found["expires_in"] <= 36_000

    def test_wrong_secret(self, box):
        """
        Where there is none standard output stays empty, for $(...).
        """
        env = {**box.m2m.environ, "M2M_CLIENT_SECRET": "another"}

        ran = run("token", "--provider", "m2m", "--base-url", box.m2m.base_url, env=env)

        assert (Code.CREDENTIALS, "") == (ran.exit_code, ran.stdout)

    def test_scope_of_none(self, box):
        """
        An option that a provider does not have is a usage error.
        """
        ran = on(box.xmldation, "token", "--scope", "read")

        assert Code.USAGE == ran.exit_code
        assert "--scope is not for --provider xmldation." in ran.stderr


class TestStatus:
    """Which tokens there are."""

    def test_rows(self, box, tmp_path):
        """
        A row for each profile, and one for what the environment has; no secret in any.
        """
        token = on(box.m2m, "token").stdout.strip()
        path = profiles.place()
        path.parent.mkdir(parents=True)
        path.write_text(
            "[broken]\nprovider = xmldation\n"
            f"[things]\nprovider = m2m\nbase_url = {box.m2m.base_url}\n",
            encoding="utf-8",
        )

        ran = run("status", "--json", env=box.m2m.environ)
        shown = run("status", env=box.m2m.environ)

        found = json.loads(ran.stdout)
        broken, things, m2m = found["tokens"]
        assert ("broken", "xmldation", None) == (
            broken["profile"],
            broken["provider"],
            broken["store"],
        )
        assert "XMLDATION_USERNAME" in broken["error"]
        assert (None, 0) == (things["error"], found["others"])
        assert things["mark"] == m2m["mark"] is not None
        assert 0 < things["left_s"] <= 3600
        assert m2m["profile"] is None
        assert things["mark"] in shown.stdout
        assert "59 min" in shown.stdout
        assert max(map(len, shown.stdout.splitlines())) <= 80
        assert f"Profiles: {path}\n" == shown.stderr
        for secret in (token, *box.secrets()):
            assert secret not in ran.stdout + shown.stdout

    def test_hostile_names(self):
        """
        What a profile is named moves no cursor, is no markup, and breaks no encoding.
        """
        path = profiles.place()
        path.parent.mkdir(parents=True)
        path.write_text(
            "[\x1b[31mred]\nprovider = m2m\n[[bold]b[/bold]]\nprovider = xee\n"
            "[東京]\nprovider = \x1b]0;x\n",
            encoding="utf-8",
        )

        ran = process("status", env={"PYTHONIOENCODING": "cp1252"})
        named = run("token", "-p", "\x1b[31mblue")

        shown = ran.stdout.decode("cp1252")
        assert (Code.DONE, "Traceback" in ran.stderr.decode()) == (
            ran.returncode,
            False,
        )
        for word in (r"\x1b[31mred", "[bold]b[/bold]", r"\u6771\u4eac"):
            assert word in shown
        assert "\x1b" not in shown + named.stderr
        assert Code.CONFIGURATION == named.exit_code

    def test_nothing(self):
        """
        Where nothing is configured, that is said.
        """
        ran = run("status")

        assert Code.DONE == ran.exit_code
        assert (
            "No profile, and no provider's credentials in the environment.\n"
            == ran.stdout
        )

    def test_others(self, box):
        """
        Tokens of credentials that are not here are counted, with their place.
        """
        on(box.m2m, "token")

        ran = run("status")

        assert f"1 more of other credentials, in {FileStore()!r}.\n" in ran.stdout

    def test_no_token(self, box):
        """
        One choice alone has one row, token or not; nothing is asked of the provider.
        """
        shown = on(box.m2m, "status")
        found = json.loads(on(box.m2m, "status", "--json").stdout)

        assert "none" in shown.stdout
        [row] = found["tokens"]
        assert (None, None, False) == (row["mark"], row["left_s"], row["refreshable"])
        assert 0 == box.m2m.token_requests

    def test_end_unknown(self, box):
        """
        A token without an end is told as such, one that can be refreshed too.
        """
        box.xmldation.lifetime_s = 7200
        on(box.xmldation, "token")

        ran = on(box.xmldation, "status")

        assert "renewable" in ran.stdout

    def test_store_that_fails(self, box, tmp_path):
        """
        A store that cannot be read is a row with the reason.
        """
        folder = FileStore()._folder.path
        folder.parent.mkdir(parents=True)
        folder.write_text("no folder", encoding="utf-8")

        one, every = on(box.m2m, "status"), run("status", env=box.m2m.environ)

        assert [Code.CONFIGURATION, Code.DONE] == [one.exit_code, every.exit_code]
        for ran in (one, every):
            assert "Not a directory" in " ".join(ran.stdout.split())

    @pytest.mark.parametrize(
        ("args", "code", "told"),
        [
            (["--store", "nope"], Code.CONFIGURATION, "No store is named 'nope'"),
            (["--region", "mars"], Code.CONFIGURATION, "XPKit has no region 'mars'"),
            (["--profile", "nope"], Code.CONFIGURATION, "There is no profile 'nope'"),
            (["--profile", ""], Code.CONFIGURATION, "There is no profile ''"),
            (["--provider", "m2m"], Code.CONFIGURATION, "M2M_BASE_URL"),
            (["--provider", "m2m", "--region", "x"], Code.USAGE, "--region is not for"),
        ],
    )
    @pytest.mark.parametrize("more", [[], ["--json"]])
    def test_mistake(self, args, code, told, more):
        """
        An option that cannot be right, or what was asked for alone and is not there, ends
        with its code, and is not told as nothing.
        """
        ran = run("status", *args, *more)

        assert code == ran.exit_code
        assert told in " ".join((ran.stdout + ran.stderr).split())
        assert "No profile, and no provider's" not in ran.stdout

    @pytest.mark.parametrize(
        ("args", "code", "told"),
        [
            (["--region", "emea"], Code.USAGE, "--region is not for --provider m2m"),
            (["--account", ""], Code.CONFIGURATION, "account= of M2M is empty"),
            (["--account", "me"], Code.DONE, "none"),
        ],
    )
    def test_credentials_there(self, box, args, code, told):
        """
        Credentials that are there are told of, though an option does not fit them.
        """
        env = {**box.m2m.environ, "M2M_BASE_URL": box.m2m.base_url}

        ran = run("status", *args, env=env)

        assert code == ran.exit_code
        assert told in " ".join(ran.stdout.split())

    def test_library_missing(self, monkeypatch):
        """
        A store whose extra is missing is told as that.
        """
        monkeypatch.setitem(sys.modules, "requests_xauth.stores.keyring", None)

        ran = run("status", "--store", "keyring")

        assert Code.CONFIGURATION == ran.exit_code
        assert ran.stderr.startswith("Error: ")

    def test_broken_profile(self):
        """
        A profile that is broken is a row, and no error of the list of all.
        """
        path = profiles.place()
        path.parent.mkdir(parents=True)
        path.write_text("[broken]\nprovider = m2m\n", encoding="utf-8")

        one, every = run("status", "--profile", "broken"), run("status")

        assert [Code.CONFIGURATION, Code.DONE] == [one.exit_code, every.exit_code]
        assert "M2M_BASE_URL" in every.stdout


class TestLogout:
    """The token goes."""

    def test_gone(self, box):
        """
        It is gone from the store; a second time there was none.
        """
        on(box.m2m, "token")
        first, second = on(box.m2m, "logout"), on(box.m2m, "logout")

        where = f"{FileStore()!r}.\n"
        assert f"M2M: The token is gone from {where}" == first.stderr
        assert f"M2M: There was no token in {where}" == second.stderr
        assert [Code.DONE] * 2 == [first.exit_code, second.exit_code]
        on(box.m2m, "token")
        assert 2 == box.m2m.token_requests


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "ended"),
        (0.9, "ended"),
        (1, "1 s"),
        (60, "1 min"),
        (3599.9, "59 min 59 s"),
        (3600, "1 h"),
        (3605, "1 h"),
        (36_000 - 1, "9 h 59 min"),
        (90_000, "1 d 1 h"),
        (100 * 86400, "100 d"),
    ],
)
def test_durations(seconds, words):
    """
    A duration is told in two units at most.
    """
    assert words == told_s(seconds)
