"""``requests-xauth request``: any method, any body, and an answer in a file."""

import io
import json
import os
import signal
import stat
import subprocess
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest
from command_line import command, environ, process, run
from login.people import leave_out
from requests import Request, Response
from requests.utils import rewind_body
from servers import Script, http

from requests_xauth._cli import answer
from requests_xauth._cli.body import Body
from requests_xauth._cli.ending import Code

try:
    import pexpect
except ImportError:
    pexpect = None


def sent(box, *args, how=run, **more):
    """Return what ``request`` did with M2M's sandbox."""
    root = ("--provider", "m2m", "--base-url", box.m2m.base_url)
    return how("request", *args, *root, env=box.m2m.environ, **more)


def files(folder):
    """Return the files in a folder, hidden ones too."""
    return [path for path in folder.iterdir() if path.is_file()]


class TestBody:
    """What is sent."""

    def test_text(self, box):
        """
        Text is sent as it is, by the method that is named in any case.
        """
        ran = sent(box, "put", box.m2m.api_url, "--data", "a=ä", "-H", "X-One: 1")

        assert (Code.DONE, "HTTP 200 OK\n") == (ran.exit_code, ran.stderr)
        request = box.m2m.requests[-1]
        assert ("PUT", "1") == (request.method, request.headers["x-one"])
        assert "a=ä".encode() == request.body

    def test_json(self, box, tmp_path):
        """
        A JSON document is sent as such, from the command line or from a file.
        """
        path = tmp_path / "body.json"
        path.write_text('{"b": 2}', encoding="utf-8")

        sent(box, "POST", box.m2m.api_url, "--data-json", '{"a": 1}')
        sent(box, "POST", box.m2m.api_url, "--data-json", f"@{path}")

        first, second = [r for r in box.m2m.requests if r.path.endswith("things")]
        assert [{"a": 1}, {"b": 2}] == [json.loads(r.body) for r in (first, second)]
        assert "application/json" == first.headers["content-type"]

    def test_bytes_of_no_text(self, box):
        """
        What is typed in another encoding than UTF-8 is sent as it was typed.
        """
        other = os.fsdecode(b"\xe4")

        data = sent(box, "POST", box.m2m.api_url, "-d", other, "-H", f"X-One: {other}")
        form = sent(box, "POST", box.m2m.api_url, "-F", f"a={other}")
        name = sent(box, "POST", box.m2m.api_url, "-F", f"{other}=a")

        assert [Code.DONE, Code.DONE, Code.USAGE] == [
            ran.exit_code for ran in (data, form, name)
        ]
        first, second = [r for r in box.m2m.requests if r.path.endswith("things")]
        assert (b"\xe4", "\xe4") == (first.body, first.headers["x-one"])
        assert b"a=%E4" == second.body

    def test_typed(self, box):
        """
        On a terminal it is said that a body is waited for, and one Ctrl-D ends it.
        """
        if pexpect is None:
            leave_out("No pexpect: pip install pexpect")
        root = ("--provider", "m2m", "--base-url", box.m2m.base_url)
        python, *rest = command("request", "POST", box.m2m.api_url, *root, "-d", "@-")
        child = pexpect.spawn(
            python, rest, env=environ(**box.m2m.environ), encoding="utf-8", timeout=20
        )
        child.expect("Type the body; Ctrl-D")
        child.sendline("hello")
        child.sendeof()
        child.expect("HTTP 200 OK")
        child.expect(pexpect.EOF)
        child.close()

        assert 0 == child.exitstatus
        assert b"hello\n" == box.m2m.requests[-1].body

    def test_growing(self, tmp_path):
        """
        What is put behind a file meanwhile is not sent: its length has been told.
        """
        path = tmp_path / "log"
        path.write_bytes(b"before")
        with ExitStack() as files:
            [data] = Body(f"@{path}", None, ()).opened(files).values()
            prepared = Request("POST", "http://127.0.0.1/", data=data).prepare()
            path.write_bytes(b"before and after")

            assert "6" == prepared.headers["Content-Length"]
            assert b"before" == prepared.body.read()
            assert b"" == prepared.body.read(4)
            rewind_body(prepared)
            assert [b"bef", b"ore"] == [prepared.body.read(3) for _ in range(2)]

    def test_header_twice(self, box):
        """
        Fields of one name are sent as one, in their order; an empty one is sent empty.
        """
        given = ["Accept: a/b", "accept: c/d", "X-Empty:", "Cookie: a=1", "Cookie: b=2"]

        sent(box, "GET", box.m2m.api_url, *(w for g in given for w in ("-H", g)))

        found = box.m2m.requests[-1].headers
        assert "a/b, c/d" == found["accept"]
        assert "" == found["x-empty"]
        assert "a=1; b=2" == found["cookie"]

    def test_empty(self, box, tmp_path):
        """
        An empty body has a length of 0, be it a file or a word.
        """
        (tmp_path / "empty").touch()

        sent(box, "POST", box.m2m.api_url, "-d", "")
        sent(box, "POST", box.m2m.api_url, "-d", f"@{tmp_path / 'empty'}")
        sent(box, "POST", box.m2m.api_url, "-d", "@-", input="")

        for request in [r for r in box.m2m.requests if r.path.endswith("things")]:
            assert ("0", b"") == (request.headers["content-length"], request.body)
            assert "transfer-encoding" not in request.headers

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
    def test_pipe(self, box, tmp_path):
        """
        A pipe, which cannot be rewound, is sent a second time all the same.
        """
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        sent(box, "GET", box.m2m.api_url)
        box.m2m.expire()

        writer = threading.Thread(target=pipe.write_bytes, args=(b"body",))
        writer.start()
        ran = sent(box, "POST", box.m2m.api_url, "-d", f"@{pipe}")
        writer.join(timeout=10)

        assert (Code.DONE, "HTTP 200 OK\n") == (ran.exit_code, ran.stderr)
        refused, replayed = [r for r in box.m2m.requests if r.method == "POST"][-3::2]
        assert b"body" == refused.body == replayed.body
        assert "4" == replayed.headers["content-length"]

    def test_header_goes_before(self, box):
        """
        A content type that is given goes before ours.
        """
        ran = sent(
            box,
            *("PATCH", box.m2m.api_url, "--data-json", "[]"),
            *("-H", "Content-Type: application/json-patch+json"),
        )

        assert Code.DONE == ran.exit_code
        found = box.m2m.requests[-1].headers["content-type"]
        assert "application/json-patch+json" == found

    @pytest.mark.parametrize("how", ["file", "standard input"])
    def test_replayed_whole(self, box, tmp_path, how):
        """
        A file, and standard input, are sent a second time from the beginning if the token
        is refused.
        """
        body = bytes(range(256)) * 500
        path = tmp_path / "body"
        path.write_bytes(body)
        sent(box, "GET", box.m2m.api_url)
        box.m2m.expire()

        if how == "file":
            ran = sent(box, "POST", box.m2m.api_url, "-d", f"@{path}", how=process)
        else:
            ran = sent(
                box, "POST", box.m2m.api_url, "-d", "@-", how=process, input=body
            )

        assert (Code.DONE, b"HTTP 200 OK\n") == (ran.returncode, ran.stderr)
        refused, replayed = [r for r in box.m2m.requests if r.method == "POST"][-3::2]
        assert body == refused.body == replayed.body
        assert str(len(body)) == replayed.headers["content-length"]

    def test_form(self, box, tmp_path):
        """
        Fields and files make a form.
        """
        path = tmp_path / "payment.xml"
        path.write_text("<xml/>", encoding="utf-8")

        sent(box, "POST", box.m2m.api_url, "-F", "a=1=1", "-F", f"file=@{path}")
        sent(box, "POST", box.m2m.api_url, "-F", "a=1", "-F", "a=2")

        first, second = [r for r in box.m2m.requests if r.path.endswith("things")]
        assert b'name="a"\r\n\r\n1=1\r\n' in first.body
        assert b'filename="payment.xml"' in first.body
        assert b"<xml/>" in first.body
        assert b"a=1&a=2" == second.body

    @pytest.mark.usefixtures("uncollected")
    @pytest.mark.parametrize(
        ("args", "told"),
        [
            (["-d", "@no/such"], "no/such cannot be read: No such file"),
            (["--data-json", "{"], "--data-json is no JSON: "),
            (["--data-json", "[" * 100_000], "--data-json is no JSON: "),
            (["--data-json", '{"a":NaN}'], "is no JSON: there is NaN in it."),
            (["--data-json", "-Infinity"], "is no JSON: there is -Infinity in it."),
            (["-F", "a"], "'a' is no NAME=VALUE."),
            (["-F", "=a"], "'=a' is no NAME=VALUE."),
            (["-d", "x", "-F", "a=b"], "exclude each other"),
            (["-d", "", "--data-json", "{}"], "exclude each other"),
        ],
    )
    def test_mistakes(self, box, args, told):
        """
        A body that cannot be is a usage error; nothing is sent to the API.
        """
        ran = sent(box, "POST", box.m2m.api_url, *args)

        assert Code.USAGE == ran.exit_code
        assert told in ran.stderr
        assert 0 == box.m2m.api_calls

    def test_method_of_another_form(self, box):
        """
        A method that no request can have is a usage error.
        """
        ran = sent(box, "GET /", box.m2m.api_url)

        assert Code.USAGE == ran.exit_code
        assert "'GET /' is no method." in ran.stderr


class TestOutput:
    """An answer in a file."""

    def test_whole(self, box, tmp_path):
        """
        The body goes into the file, and a line says how much it is.
        """
        path = tmp_path / "answer"
        body = bytes(range(256)) * 1000
        box.m2m.fail(200, at="api", body=body)

        ran = sent(box, "GET", box.m2m.api_url, "--output", str(path))

        assert (Code.DONE, "") == (ran.exit_code, ran.stdout)
        assert f"HTTP 200 OK\n{path}: 256000 bytes\n" == ran.stderr
        assert body == path.read_bytes()
        assert [path] == [p for p in tmp_path.iterdir() if p.is_file()]
        assert 0 == stat.S_IMODE(path.stat().st_mode) & 0o111

    def test_refused(self, box, tmp_path):
        """
        A refusal is shown, and the file stays as it was.
        """
        path = tmp_path / "answer"
        path.write_text("before", encoding="utf-8")
        box.m2m.deny()

        ran = sent(box, "GET", box.m2m.api_url, "-o", str(path))

        assert (Code.REFUSED, {"message": "Forbidden"}) == (
            ran.exit_code,
            json.loads(ran.stdout),
        )
        assert "before" == path.read_text(encoding="utf-8")

    def test_not_modified(self, box, tmp_path):
        """
        What the API says to be good still stays as it was.
        """
        path = tmp_path / "answer"
        path.write_text("before", encoding="utf-8")
        with Script(http(304, b"", {})) as server:
            place = server.url.removeprefix("http://")
            ran = sent(box, "GET", server.url, "--host", place, "-o", str(path))

        assert (Code.DONE, "") == (ran.exit_code, ran.stdout)
        assert "before" == path.read_text(encoding="utf-8")

    def test_redirect_to_nowhere(self, box):
        """
        A redirect to what is no URL ends with 6 and one line.
        """
        with Script(http(302, b"", {"Location": "http://[::bad"})) as server:
            place = server.url.removeprefix("http://")
            ran = sent(box, "GET", server.url, "--host", place)

        assert Code.UNAVAILABLE == ran.exit_code
        assert ran.stderr.startswith(f"Error: {place} gave no answer: ")
        assert 1 == len(ran.stderr.splitlines())

    def test_cut(self, box, tmp_path):
        """
        A body that breaks off ends with 6, and the file stays as it was.
        """
        path = tmp_path / "answer"
        path.write_text("before", encoding="utf-8")
        with Script(http(200, b"half", {"Content-Length": "8"})) as server:
            place = server.url.removeprefix("http://")
            ran = sent(box, "GET", server.url, "--host", place, "-o", str(path))

        assert Code.UNAVAILABLE == ran.exit_code
        assert "before" == path.read_text(encoding="utf-8")
        assert [path] == [p for p in tmp_path.iterdir() if p.is_file()]

    def test_no_place(self, box, tmp_path):
        """
        A place where no file can be is a usage error, before anything is sent.
        """
        for where in (str(tmp_path / "no" / "file"), str(tmp_path), ""):
            ran = sent(box, "GET", box.m2m.api_url, "-o", where)

            assert Code.USAGE == ran.exit_code
            assert "'-o' / '--output': " in ran.stderr
            assert [] == box.m2m.requests

    def test_no_entry(self, box, tmp_path, monkeypatch):
        """
        A folder that cannot be written to is one too: the request is not sent in vain.
        """
        monkeypatch.setattr(os, "access", lambda path, _: Path(path) != tmp_path)

        ran = sent(box, "GET", box.m2m.api_url, "-o", str(tmp_path / "answer"))

        assert Code.USAGE == ran.exit_code
        assert "cannot be written to" in ran.stderr
        assert [] == box.m2m.requests

    def test_private(self, box, tmp_path):
        """
        A file that others cannot read stays so, the half-written one too.
        """
        path = tmp_path / "answer"
        path.touch(mode=0o600)
        modes = []

        class Whole(Response):
            """An answer that looks at the files while it comes in."""

            @property
            def raw(self):
                """Return itself, as the source of pieces."""
                return self

            @raw.setter
            def raw(self, value):
                """Ignore what there is not."""

            length_remaining = None

            def stream(self, *_, **__):
                """Give a piece, and write down the modes of all files."""
                yield b"x"
                modes.extend(stat.S_IMODE(p.stat().st_mode) for p in files(tmp_path))

        answer.save(Whole(), path, include=False)

        assert [0o600, 0o600] == modes
        assert 0o600 == stat.S_IMODE(path.stat().st_mode)
        assert b"x" == path.read_bytes()

    def test_link(self, box, tmp_path):
        """
        A link goes on leading to the file, which has the answer; so does one to nowhere.
        """
        for name in ("there", "new"):
            link, path = tmp_path / f"link-{name}", tmp_path / "folder" / name
            path.parent.mkdir(exist_ok=True)
            link.symlink_to(path)
            if name == "there":
                path.touch()

            ran = sent(box, "GET", box.m2m.api_url, "-o", str(link))

            assert Code.DONE == ran.exit_code
            assert link.is_symlink()
            assert b"GET" in path.read_bytes()

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
    def test_pipe(self, box, tmp_path):
        """
        A pipe is written to, and left where it is, as /dev/null has to be.
        """
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        read = []
        reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
        reader.start()

        ran = sent(box, "GET", box.m2m.api_url, "-o", str(pipe))
        reader.join(timeout=10)

        assert Code.DONE == ran.exit_code
        assert pipe.is_fifo()
        assert b"GET" in read[0]

    @pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="needs /dev/stdout")
    def test_standard_output_by_its_name(self, box):
        """
        Where standard output has a name, that can be written to, a pipe too.
        """
        ran = sent(box, "GET", box.m2m.api_url, "-o", "/dev/stdout", how=process)

        assert Code.DONE == ran.returncode
        assert b"GET" in ran.stdout

    def test_links_in_a_circle(self, box, tmp_path):
        """
        A link that leads to itself takes the answer's place, or ends with 2.
        """
        link = tmp_path / "link"
        link.symlink_to(link)

        ran = sent(box, "GET", box.m2m.api_url, "-o", str(link))

        assert ran.exit_code in {Code.DONE, Code.USAGE}

    def test_standard_output(self, box, tmp_path, monkeypatch):
        """
        A dash is standard output, as it is for curl.
        """
        monkeypatch.chdir(tmp_path)

        ran = sent(box, "GET", box.m2m.api_url, "-o", "-")

        assert "GET" in ran.stdout
        assert [] == files(tmp_path)

    @pytest.mark.skipif(os.name != "posix", reason="needs a POSIX shell")
    def test_closed(self, box):
        """
        Where standard output and input are closed nothing is printed, or read.
        """
        script = 'exec "$@" >&- <&-'
        to = (box.m2m.api_url, "--provider", "m2m", "--base-url", box.m2m.base_url)
        ended = [
            subprocess.run(
                [
                    "/bin/sh",
                    "-c",
                    script,
                    "sh",
                    *command("request", "POST", *to, *more),
                ],
                env=environ(**box.m2m.environ),
                stderr=subprocess.PIPE,
                timeout=60,
                check=False,
            )
            for more in ([], ["-d", "@-"])
        ]

        assert [Code.DONE, Code.USAGE] == [ran.returncode for ran in ended]
        assert b"HTTP 200 OK\n" == ended[0].stderr
        assert b"There is no standard input to read." in ended[1].stderr

    def test_long_name(self, box, tmp_path):
        """
        A name may be as long as names can be.
        """
        path = tmp_path / ("n" * 250)

        assert Code.DONE == sent(box, "GET", box.m2m.api_url, "-o", str(path)).exit_code
        assert path.is_file()

    def test_head(self, box, tmp_path):
        """
        The answer to a HEAD is empty, whatever length it tells; so is a 204.
        """
        path = tmp_path / "answer"
        with Script(
            http(200, b"", {"Content-Length": "8"}), http(204, b"", {})
        ) as server:
            place = server.url.removeprefix("http://")
            for method in ("HEAD", "DELETE"):
                ran = sent(box, method, server.url, "--host", place, "-o", str(path))
                assert f"{path}: 0 bytes" in ran.stderr
                assert Code.DONE == ran.exit_code

        assert b"" == path.read_bytes()

    def test_words_of_a_server(self, box):
        """
        What a server calls its status moves no cursor.
        """
        with Script(b"HTTP/1.1 200 \x1b[31mred\r\nContent-Length: 0\r\n\r\n") as server:
            place = server.url.removeprefix("http://")
            ran = sent(box, "GET", server.url, "--host", place)

        assert "HTTP 200 \\x1b[31mred\n" == ran.stderr

    @pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
    @pytest.mark.parametrize(
        ("how", "code", "words"),
        [(signal.SIGINT, 130, b"\nInterrupted.\n"), (signal.SIGTERM, 143, b"")],
    )
    def test_interrupted(self, box, tmp_path, how, code, words):
        """
        Ctrl-C ends it with 130, SIGTERM with 143; neither leaves half a file behind.
        """
        box.m2m.drip(20, at="api")
        root = ("--provider", "m2m", "--base-url", box.m2m.base_url)
        with subprocess.Popen(
            command(
                *("get", box.m2m.api_url, *root, "-o", str(tmp_path / "answer")),
            ),
            env=environ(**box.m2m.environ),
            stderr=subprocess.PIPE,
        ) as started:
            assert b"HTTP 200 OK\n" == started.stderr.readline()
            started.send_signal(how)
            told = started.stderr.read()

        assert (code, words) == (started.returncode, told)
        assert [] == files(tmp_path)

    def test_bar(self, box, tmp_path):
        """
        On a terminal a bar is shown meanwhile, and is gone afterwards.
        """
        pty = pytest.importorskip("pty", reason="needs pseudo-terminals")
        box.m2m.fail(200, at="api", body=b"x" * 1_000_000)
        ours, theirs = pty.openpty()
        with open(ours, "rb", buffering=0) as screen:  # noqa: PTH123  # a descriptor
            ran = sent(
                box,
                *("GET", box.m2m.api_url, "-o", str(tmp_path / "answer")),
                how=lambda *args, env: process(
                    *args,
                    env={**env, "TERM": "xterm"},
                    capture_output=False,
                    stdout=theirs,
                    stderr=theirs,
                ),
            )
            shown = screen.read(io.DEFAULT_BUFFER_SIZE)
            with open(theirs, "rb"):  # noqa: PTH123  # to close it
                pass

        assert 0 == ran.returncode
        assert b"MB" in shown
        assert b"1000000 bytes" in shown
