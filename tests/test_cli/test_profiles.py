"""Profiles: whose token, by a name; secrets by reference."""

import os
import sys

import pytest
from command_line import run
from login.people import leave_out

from requests_xauth._cli import choice, profiles, references
from requests_xauth._cli.ending import Code
from requests_xauth.errors import ConfigError


@pytest.fixture
def written(folders):
    """Return what writes the file of profiles."""

    def write(text):
        path = profiles.place()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


def lines(box, *more, name="fleet", secret="env:MY_SECRET"):
    """Return a profile for M2M's sandbox."""
    given = box.m2m.credentials
    return "\n".join(
        [
            f"[{name}]",
            "provider = m2m",
            f"base_url = {given['base_url']}",
            f"client_id = {given['client_id']}",
            f"client_secret = {secret}",
            *more,
            "",
        ]
    )


class TestChoice:
    """Which profile is used."""

    def test_by_name(self, box, written):
        """
        A profile has all that is needed but its secret, which a variable has.
        """
        written(lines(box))

        ran = run(
            *("get", box.m2m.api_url, "--profile", "fleet"),
            env={"MY_SECRET": box.m2m.client_secret},
        )

        assert (Code.DONE, "HTTP 200 OK\n") == (ran.exit_code, ran.stderr)

    def test_by_variable(self, box, written):
        """
        A variable names the profile where no option does; an option goes before it.
        """
        written(lines(box) + lines(box, "store = floppy", name="broken"))
        env = {"MY_SECRET": box.m2m.client_secret, "REQUESTS_XAUTH_PROFILE": "fleet"}

        named = run("token", env=env)
        other = run("token", "-p", "broken", env=env)
        provider = run("token", "--provider", "m2m", env=env)

        assert (Code.DONE, "") == (named.exit_code, named.stderr)
        assert "No store is named 'floppy'" in other.stderr
        assert "M2M_BASE_URL" in provider.stderr

    def test_default(self, box, written):
        """
        The profile that is named default needs no option.
        """
        written(lines(box, name="default"))

        ran = run("token", env={"MY_SECRET": box.m2m.client_secret})

        assert Code.DONE == ran.exit_code

    def test_file_elsewhere(self, box, tmp_path, monkeypatch):
        """
        A variable says where the file is, if it is not in the usual place.
        """
        monkeypatch.setenv(profiles.VARIABLE, str(tmp_path / "ours.ini"))
        (tmp_path / "ours.ini").write_text(lines(box), encoding="utf-8")

        ran = run("token", "-p", "fleet", env={"MY_SECRET": box.m2m.client_secret})

        assert Code.DONE == ran.exit_code

    def test_options_go_before(self, box, written):
        """
        An option goes before the profile's line; the rest of the profile stays.
        """
        written(lines(box, "account = ada", "store = none"))
        env = {"MY_SECRET": box.m2m.client_secret}

        ran = run("status", "-p", "fleet", "--account", "bob", "--json", env=env)

        assert '"account": "bob"' in ran.stdout
        assert '"store": "this process"' in ran.stdout

    def test_store_with_a_password(self, box, written):
        """
        A profile's variable may hold an address with a password, which is not shown.
        """
        written(lines(box, "store = env:CACHE"))
        env = {"MY_SECRET": box.m2m.client_secret}

        ran = run("token", "-p", "fleet", env={**env, "CACHE": "floppy://:s3cret@x"})
        option = run(
            *("token", "-p", "fleet", "--store", "env:OTHER"),
            env={**env, "CACHE": "floppy:", "OTHER": "tape://:s3cret@x"},
        )

        assert [Code.CONFIGURATION] * 2 == [ran.exit_code, option.exit_code]
        assert "No store is named 'floppy:'" in ran.stderr
        assert "No store is named 'tape:'" in option.stderr
        assert "s3cret" not in ran.stderr + option.stderr

    @pytest.mark.parametrize("how", ["utf-8-sig", "CRLF"])
    def test_editors_of_windows(self, box, written, how):
        """
        The mark that an editor puts at the file's beginning is none of it, nor is a CR.
        """
        path = written("")
        text = lines(box)
        if how == "CRLF":
            path.write_bytes(text.replace("\n", "\r\n").encode())
        else:
            path.write_text(text, encoding=how)

        assert ["fleet"] == list(profiles.profiles())
        assert "m2m" == profiles.profile("fleet")["provider"]

    def test_nothing_chosen(self):
        """
        Without any of them it is a usage error, which says all the ways.
        """
        ran = run("token")

        assert Code.USAGE == ran.exit_code
        assert "Give --provider or --profile, or make a profile named" in ran.stderr
        assert str(profiles.place()) in ran.stderr.replace("\n", "")

    def test_both_chosen(self, box, written):
        """
        A profile says which provider: another one beside it is a usage error.
        """
        written(lines(box))

        ran = run("token", "--profile", "fleet", "--provider", "xee")

        assert Code.USAGE == ran.exit_code
        assert "--profile says which provider: leave --provider out." in ran.stderr

    def test_hosts_and_store(self, box, written, tmp_path):
        """
        A list of hosts stands in one line.
        """
        written(lines(box, "hosts = api.example.com, *.example.org", "store = none"))
        auth = choice.Choice("fleet", None, {})
        os.environ["MY_SECRET"] = "s3cret"

        try:
            known = auth.auth().explain()
        finally:
            del os.environ["MY_SECRET"]

        assert ("api.example.com", "*.example.org") == known.hosts

    def test_options_again(self):
        """
        The options of a choice can be pasted into another command.
        """
        given = {"base_url": "http://a b", "hosts": ("x", "y"), "store": "none"}

        made = choice.Choice("my fleet", None, given).options

        assert (
            "--profile 'my fleet' --base-url 'http://a b' --host x --host y --store none"
        ) == made


class TestMistakes:
    """What is wrong in the file, said with its place, never with a secret."""

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("", "There is no profile 'fleet' in "),
            ("[other]\n[fleet2]\n", "(there: other, fleet2)"),
            ("[fleet]\n", "Profile 'fleet' has no provider = in it"),
            (
                "[fleet]\nprovider = xpkid\n",
                "has no provider 'xpkid'. Providers: m2m, x",
            ),
            (
                "[fleet]\nprovider = xee\nregion = emea\n",
                "a line 'region', which XeeAuth",
            ),
            ("[fleet]\nprovider = xee\nclock = 1\n", "a line 'clock', which XeeAuth"),
            (
                "[fleet]\nprovider = xee\nclient_id =\n",
                "client_id of profile 'fleet' is empty",
            ),
            ("provider = xee\n", "line 1: MissingSectionHeader."),
            ("[fleet]\nsomething\n", "line 2: Parsing."),
            ("[fleet]\n[fleet]\n", "line 2: DuplicateSection."),
            ("[fleet]\nstore = a\nstore = b\n", "line 3: DuplicateOption."),
            (
                "[fleet]\nprovider = xee\nstore = redis://:s3cret@cache\n",
                "store of profile 'fleet' seems to hold a password",
            ),
            (
                "[fleet]\nprovider = xee\nstore = redis://cache?password=s3cret\n",
                "store of profile 'fleet' seems to hold a password",
            ),
            (
                "[fleet]\nprovider = m2m\nclient_id = a\n  client_secret = s3cret\n",
                "The line after client_id of profile 'fleet' is indented",
            ),
            (
                "[fleet]\nprovider = m2m\n  client_secret = s3cret\n",
                "The line after provider of profile 'fleet' is indented",
            ),
        ],
    )
    def test_text(self, written, text, told):
        """
        A mistake ends with 3 and one line that tells it.
        """
        written(text)

        ran = run("token", "--profile", "fleet")

        assert Code.CONFIGURATION == ran.exit_code
        assert told in ran.stderr
        assert 1 == len(ran.stderr.splitlines())
        assert "s3cret" not in ran.stderr

    def test_no_text(self, written):
        """
        A file that is no text ends with 3, and so does a folder in its place.
        """
        path = written("")
        path.write_bytes(b"\xff\xfe")
        binary = run("token", "--profile", "fleet")
        path.unlink()
        path.mkdir()
        folder = run("token", "--profile", "fleet")

        assert [Code.CONFIGURATION] * 2 == [binary.exit_code, folder.exit_code]
        assert f"{path} is no text in UTF-8." in binary.stderr
        assert f"{path} cannot be read: " in folder.stderr

    def test_no_section_lends(self, box, written):
        """
        A section named DEFAULT is one as any other, and a percent sign is one.
        """
        written("[DEFAULT]\naccount = a%b\n" + lines(box))

        assert {"account": "a%b"} == profiles.profiles()["DEFAULT"]
        assert "account" not in profiles.profiles()["fleet"]

    def test_password_of_an_option(self):
        """
        An address with a password is refused on the command line too.
        """
        ran = run("token", "--provider", "m2m", "--store", "redis://:s3cret@cache")

        assert Code.CONFIGURATION == ran.exit_code
        assert "--store seems to hold a password" in ran.stderr
        assert "s3cret" not in ran.stderr

    def test_store_by_variable(self, box):
        """
        A variable may hold the address, and one that is not set is named.
        """
        ran = run("token", "--provider", "m2m", "--store", "env:NO_SUCH")
        known = run(
            *("status", "--provider", "m2m", "--store", "env:CACHE"),
            env={**box.m2m.environ, "CACHE": "floppy"},
        )

        assert "--store is env:NO_SUCH, which is not set" in ran.stderr
        assert "No store is named 'floppy'" in " ".join(known.stdout.split())


class TestReferences:
    """Where a secret is."""

    def test_variable(self, monkeypatch):
        """
        A variable is read as it is; one that is missing or empty is named.
        """
        monkeypatch.setenv("MY_SECRET", " s3cret ")
        monkeypatch.setenv("EMPTY", "")

        assert " s3cret " == references.looked_up("env:MY_SECRET", "it")
        for name in ("EMPTY", "NO_SUCH"):
            with pytest.raises(
                ConfigError, match=f"it is env:{name}, which is not set"
            ):
                references.looked_up(f"env:{name}", "it")

    @pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
    @pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
    def test_file(self, tmp_path, end, mark):
        """
        A file's line is read without its end, and without an editor's mark before it.
        """
        path = tmp_path / "secret"
        path.write_bytes(mark + "s3crät".encode() + end)

        assert "s3crät" == references.looked_up(f"file:{path}", "it")

    @pytest.mark.parametrize(
        "content", [b"", b"\n", b"two\nlines", b"x" * 70_000, b"\xffs3cret"]
    )
    def test_file_of_another_kind(self, tmp_path, content):
        """
        A file that holds no secret is named, and what it holds is not.
        """
        path = tmp_path / "secret"
        path.write_bytes(content)

        with pytest.raises(ConfigError) as caught:
            references.looked_up(f"file:{path}", "it")

        assert f"it is file:{path}, which " in str(caught.value)
        assert "s3cret" not in str(caught.value)
        assert caught.value.__cause__ is None

    def test_no_file(self, tmp_path):
        """
        A file that is not there is named.
        """
        with pytest.raises(ConfigError, match="which cannot be read: No such file"):
            references.looked_up(f"file:{tmp_path}/none", "it")

    @pytest.mark.parametrize("text", ["s3cret", "s3:cret", "env:", "", "Env:X"])
    def test_no_reference(self, text):
        """
        A secret in the reference's place is refused, and not repeated.
        """
        with pytest.raises(ConfigError, match="it is no reference") as caught:
            references.looked_up(text, "it")

        assert "s3" not in str(caught.value)

    def test_keyring(self, monkeypatch):
        """
        A keyring is asked by service and user; one without it, or without a user, tells.
        """
        keyring = found_keyring()
        from keyring.backend import KeyringBackend  # noqa: PLC0415  # an extra's

        class Known(KeyringBackend):
            """A keyring in memory, as a user may have one of their own."""

            priority = 1

            def get_password(self, service, username):
                """Return the one that is known."""
                if service == "broken":
                    raise OSError("s3cret")
                return {("my/app", "ada"): "s3cret"}.get((service, username))

            def set_password(self, service, username, password):
                """Keep nothing."""

            def delete_password(self, service, username):
                """Drop nothing."""

        before = keyring.get_keyring()
        keyring.set_keyring(Known())
        try:
            assert "s3cret" == references.looked_up("keyring:my/app/ada", "it")
            with pytest.raises(ConfigError, match="keyring set my/app bob"):
                references.looked_up("keyring:my/app/bob", "it")
            with pytest.raises(ConfigError, match="write keyring:service/user"):
                references.looked_up("keyring:my", "it")
            with pytest.raises(ConfigError, match=r"it is keyring:broken/a: OSError\."):
                references.looked_up("keyring:broken/a", "it")
        finally:
            keyring.set_keyring(before)

    def test_no_keyring(self, monkeypatch):
        """
        Where no keyring can be used, that is told; without the library, how to get it.
        """
        keyring = found_keyring()
        from keyring.backends import fail  # noqa: PLC0415  # an extra's

        before = keyring.get_keyring()
        keyring.set_keyring(fail.Keyring())
        try:
            with pytest.raises(
                ConfigError, match="it is keyring:my/ada: No recommended"
            ):
                references.looked_up("keyring:my/ada", "it")
        finally:
            keyring.set_keyring(before)
        monkeypatch.setitem(sys.modules, "keyring", None)
        with pytest.raises(
            ConfigError, match=r"pip install 'requests-xauth\[keyring\]'"
        ):
            references.looked_up("keyring:my/ada", "it")


def found_keyring():
    """Return the keyring library."""
    try:
        import keyring  # noqa: PLC0415  # an extra's
    except ImportError:
        leave_out("needs requests-xauth[keyring]")
    return keyring
