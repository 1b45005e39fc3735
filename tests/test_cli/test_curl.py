"""``requests-xauth curl``: the token reaches curl by its standard input, for one host."""

import json
import os
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from command_line import command, environ, process, run

from requests_xauth._cli import curl_options
from requests_xauth._cli.ending import Code
from requests_xauth.errors import ConfigError

CURL = shutil.which("curl")

if CURL is None and "XAUTH_REQUIRE_ALL" not in os.environ:
    pytest.skip("needs curl", allow_module_level=True)


def curl(box, *args, url=None, env=None):
    """Return what ``curl`` did with M2M's sandbox."""
    root = ("--provider", "m2m", "--base-url", box.m2m.base_url)
    given = {**box.m2m.environ, **(env or {})}
    return process("curl", *root, url or box.m2m.api_url, "--", "-sS", *args, env=given)


def test_signed(box):
    """
    Curl sends the token; its options do what they do.
    """
    ran = curl(box, "-X", "PUT", "-d", "a=1", "-w", "%{http_code}")

    assert (0, b"") == (ran.returncode, ran.stderr)
    assert b"}200" == ran.stdout[-4:]
    request = box.m2m.requests[-1]
    assert ("PUT", b"a=1") == (request.method, request.body)


def test_token_kept(box):
    """
    Its token is that of the other commands: one token request for all.
    """
    curl(box)
    ran = process(
        *("get", box.m2m.api_url, "--provider", "m2m"),
        *("--base-url", box.m2m.base_url),
        env=box.m2m.environ,
    )

    assert 0 == ran.returncode
    assert 1 == box.m2m.token_requests


def test_command_line(box, tmp_path):
    """
    Curl's command line holds no token; its standard input does.
    """
    shown = tmp_path / "shown"
    fake = tmp_path / "curl"
    fake.write_text(
        f"#!{sys.executable}\n"
        "import json, os, subprocess, sys\n"
        "if '--help' in sys.argv:\n"
        f"    raise SystemExit(subprocess.call([{CURL!r}, *sys.argv[1:]]))\n"
        f"with open({str(shown)!r}, 'w') as file:\n"
        "    json.dump([sys.argv[1:], sys.stdin.read(), dict(os.environ)], file)\n",
        encoding="utf-8",
    )
    fake.chmod(0o700)

    ran = curl(box, "-v", env={"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"})

    assert (0, b"", b"") == (ran.returncode, ran.stdout, ran.stderr)
    arguments, config, environ = json.loads(shown.read_text(encoding="utf-8"))
    assert ["--disable", "-sS", "-v", "--globoff", "--config", "-"] == arguments
    [bearer] = [s for s in box.m2m._ledger.secrets if s in config]
    assert f'header = "Authorization: Bearer {bearer}"' in config.splitlines()
    assert bearer not in json.dumps(environ)


def test_exit_code(box):
    """
    The exit code is curl's.
    """
    box.m2m.deny()

    assert 22 == curl(box, "--fail").returncode


def test_option_too_early(box):
    """
    An option of curl's among ours is told where it has to stand.
    """
    ran = run("curl", box.m2m.api_url, "-X", "PUT", "--provider", "m2m")

    assert Code.USAGE == ran.exit_code
    told = " ".join(ran.stderr.split())
    assert "-X" in told.partition("Error: ")[2]
    assert "(Options of curl stand last, after '--'.)" in told


def test_another_host(box):
    """
    Another host gets no token, and the warning says why.
    """
    ran = curl(box, url=box.elsewhere.url("/x"))

    assert b"Name the host with --host, or leave it." in ran.stderr
    assert "authorization" not in box.elsewhere.requests[-1].headers


def test_redirect(box):
    """
    Where curl follows a redirect to another host, the token stays behind.
    """
    box.m2m.redirect(box.elsewhere.url("/x"), at="api")

    ran = curl(box, "-L")

    assert 0 == ran.returncode
    assert "authorization" not in box.elsewhere.requests[-1].headers
    assert "authorization" in box.m2m.requests[-1].headers


def test_own_settings(box, tmp_path):
    """
    A .curlrc is not read: the URL in it would get the token.
    """
    other = box.elsewhere.url("/x")
    (tmp_path / ".curlrc").write_text(f'url = "{other}"\n', encoding="utf-8")

    ran = curl(box, env={"HOME": str(tmp_path), "CURL_HOME": str(tmp_path)})

    assert 0 == ran.returncode
    assert [] == box.elsewhere.requests


def test_no_proxy_in_plain_http(box):
    """
    A proxy of the environment sees no token of this machine.
    """
    root = ("--provider", "m2m", "--base-url", box.m2m.base_url)
    run("token", *root, env=box.m2m.environ)

    ran = curl(box, env={"http_proxy": box.elsewhere.url("")})

    assert 0 == ran.returncode
    assert [] == box.elsewhere.requests
    assert 1 == box.m2m.api_calls


def test_braces(box):
    """
    Braces and brackets of a URL do not stand for several.
    """
    ran = curl(box, "-g", url=f"{box.m2m.api_url}?a=[1-2]&b={{c,d}}")

    assert 0 == ran.returncode
    assert 1 == box.m2m.api_calls


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["http://127.0.0.1:1/"], "is no option of curl: one URL, before '--', gets"),
        (["-s", "evil.example"], "'evil.example' is no option of curl"),
        (["-sd", "a", "evil.example"], "'evil.example' is no option of curl"),
        (["-sda", "evil.example"], "'evil.example' is no option of curl"),
        (["--", "evil.example"], "'--' is no option of curl"),
        (["--url", "evil.example"], "--url is not for here: one URL"),
        (["--url", "-"], "--url is not for here: one URL"),
        (["-K", "file"], "-K is not for here: standard input is"),
        (["-sK", "file"], "-sK is not for here: standard input is"),
        (["--conf", "file"], "This curl lists no option --conf."),
        (["-sk"], "-sk is not for here: whoever answers would get the token"),
        (["-:"], "-: is not for here: it begins another request"),
        (["--location-trusted"], "--location-trusted is not for here: it would send"),
        (["--URL", "evil.example"], "This curl lists no option --URL."),
        (["--expand-url", "evil.example"], "This curl lists no option --expand-url."),
        (["--url=evil.example"], "This curl lists no option --url=evil.example."),
        # curl's own, which takes no value and is not listed
        (["--keepalive", "evil.example"], "This curl lists no option --keepalive."),
        # with a value that looks like an option
        (["-x", "-X", "evil.example"], "-x is not for here: without TLS"),
        (["-d", "-X", "evil.example"], "'evil.example' is no option of curl"),
        (["--connect-to", "::evil.example:80"], "--connect-to is not for here: with"),
        (["-sxevil.example"], "-sxevil.example is not for here: without TLS"),
        (["-F", "a=@-"], "-F cannot read standard input, where the token goes"),
        (["-F", 'a=<"-";type=a/b'], "-F cannot read standard input, where the token"),
        (["--data-urlencode", "a@-"], "--data-urlencode cannot read standard input"),
        (["-b-"], "-b- cannot read standard input, where the token goes"),
        (["--oauth2-bearer", "x"], "--oauth2-bearer is not for here"),
        (["-d", "@-"], "-d cannot read standard input, where the token goes"),
        (["-T-"], "-T- cannot read standard input, where the token goes"),
        (["-sT", "-"], "-sT cannot read standard input, where the token goes"),
        (["--data", "@-"], "--data cannot read standard input, where the token goes"),
        (["-T", "."], "-T cannot read standard input, where the token goes"),
        (["-sT."], "-sT. cannot read standard input, where the token goes"),
        (["-T", "/dev/stdin"], "-T cannot read standard input, where the token goes"),
        (["-d", "@/dev/fd/0"], "-d cannot read standard input, where the token goes"),
        (["-b", "/proc/self/fd/0"], "-b cannot read standard input, where the token"),
        (["-H", "@//dev/stdin"], "-H cannot read standard input, where the token"),
        (["-F", "a=@ -"], "-F cannot read standard input, where the token goes"),
        (["-F", "a=@x,\t- ;type=a/b"], "-F cannot read standard input, where the"),
        (["-F", 'a=< "/dev/stdin"'], "-F cannot read standard input, where the token"),
        (["--data-urlencode", "a@/dev/stdin"], "--data-urlencode cannot read standard"),
        (["--no-such"], "This curl lists no option --no-such."),
        (["--no-data"], "This curl lists no option --no-data."),
        (["-s@"], "This curl lists no option -@."),
        (["-H"], "curl's -H needs a value."),
    ],
)
def test_refused(box, args, told):
    """
    What could lead the token elsewhere is a usage error, before any token is asked for.
    """
    root = ("--provider", "m2m", "--base-url", box.m2m.base_url)

    ran = run("curl", *root, box.m2m.api_url, "--", *args, env=box.m2m.environ)

    assert Code.USAGE == ran.exit_code
    assert told in " ".join(ran.stderr.split())
    assert [] == box.m2m.requests


@pytest.mark.parametrize(
    "args",
    [
        ["-sSfL", "-XPOST", "-H", "A: b", "--compressed"],
        ["--no-progress-meter", "-da", "--no-keepalive", "-d", "-x"],
        ["--max-time", "5", "-u", "a:b", "-o-", "-D", "-", "--trace-ascii", "-"],
        ["-F", "a=-", "-F", "b=@a-", "-F", "c=<a", "--data-urlencode", "a-"],
        ["-T", "./a", "-d", "@/dev/stdin2", "-d", ".", "-F", "a=/dev/stdin"],
        ["-x", "proxy.example:3128", "--resolve", "a:443:127.0.0.1", "-d", ""],
    ],
)
def test_allowed(args):
    """
    What curl can be told in its own ways is left to it.
    """
    options = curl_options.known_options(CURL)

    assert options["--proxy"] == options["-x"] == ("--proxy", True)
    curl_options.check(tuple(args), options, plain=False)


def takes_value(name, folder):
    """Tell whether curl takes the next word for the value of *name*; None if unknown."""
    ran = subprocess.run(
        [CURL, "--disable", name, "--no-such-option"],
        cwd=folder,  # for those to which that is a file to write
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    if "--no-such-option: is unknown" in ran.stderr:
        return False
    return True if "no URL specified" in ran.stderr else None


def test_values(tmp_path):
    """
    Which options take a value is what curl itself does, or a URL could look like one.
    """
    options = dict(curl_options.known_options(CURL).values())
    with ThreadPoolExecutor(4) as pool:
        asked = pool.map(lambda name: takes_value(name, tmp_path), options)
        found = dict(zip(options, asked, strict=True))

    assert sum(value is not None for value in found.values()) > 150
    assert [] == [
        name
        for name, told in options.items()
        if found[name] is not None and found[name] != told
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_signal(box, tmp_path):
    """
    A curl that a signal ends is told as a shell tells it.
    """
    fake = tmp_path / "curl"
    fake.write_text(
        '#!/bin/sh\nif [ "$2" = --help ]; then exec '
        + CURL
        + ' "$@"; fi\nkill -15 $$\n',
        encoding="utf-8",
    )
    fake.chmod(0o700)

    ran = curl(box, env={"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"})

    assert 128 + 15 == ran.returncode


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_sigterm(box, tmp_path):
    """
    SIGTERM ends curl too, not the command alone.
    """
    box.m2m.drip(0.1, at="api")
    root = ("--provider", "m2m", "--base-url", box.m2m.base_url)
    with subprocess.Popen(
        command("curl", *root, box.m2m.api_url, "--", "-sSN"),
        env=environ(**box.m2m.environ),
        stdout=subprocess.PIPE,
    ) as started:
        assert started.stdout.read(1)
        started.send_signal(signal.SIGTERM)
        # A curl that is still there would get the whole document.
        rest = started.stdout.read()

    assert 128 + signal.SIGTERM == started.returncode
    assert not rest.endswith(b"}")


@pytest.mark.skipif(os.name != "posix", reason="needs a program by its mode")
def test_curl_of_a_folder(box, tmp_path, monkeypatch):
    """
    A curl of whatever folder one is in is not run: it would get the token.
    """
    fake = tmp_path / "curl"
    fake.write_text("#!/bin/sh\nexit 0\n", encoding="utf-8")
    fake.chmod(0o700)
    root = ("--provider", "m2m", "--base-url", box.m2m.base_url)
    monkeypatch.chdir(tmp_path)

    ran = run("curl", *root, box.m2m.api_url, env={**box.m2m.environ, "PATH": "."})

    assert Code.CONFIGURATION == ran.exit_code
    assert "There is no curl on this PATH" in ran.stderr


def test_no_curl(box, tmp_path):
    """
    Without curl, or with one that tells nothing, the command ends with 3.
    """
    ran = curl(box, env={"PATH": str(tmp_path)})

    assert Code.CONFIGURATION == ran.returncode
    assert b"There is no curl on this PATH: install it." in ran.stderr
    with pytest.raises(ConfigError, match="does not list its options"):
        curl_options.known_options(str(tmp_path / "curl"))
