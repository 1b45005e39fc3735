"""``requests-xauth request``: any method, any body, and an answer in a file."""

import io
import json
import os
import stat
import threading

import pytest
from command_line import process, run
from servers import Script, http

from requests_xauth._cli.ending import Code


def sent(box, *args, how=run, **more):
    """Return what ``request`` did with M2M's sandbox."""
    root = ("--provider", "m2m", "--base-url", box.m2m.base_url)
    return how("request", *args, *root, env=box.m2m.environ, **more)


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

    @pytest.mark.parametrize(
        ("args", "told"),
        [
            (["-d", "@no/such"], "no/such cannot be read: No such file"),
            (["--data-json", "{"], "--data-json is no JSON: "),
            (["--data-json", "[" * 100_000], "--data-json is no JSON: "),
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
        A folder that is not there ends with 3, and is named.
        """
        ran = sent(box, "GET", box.m2m.api_url, "-o", str(tmp_path / "no" / "file"))

        assert Code.CONFIGURATION == ran.exit_code
        assert "No such file or directory" in ran.stderr

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
