"""``requests-xauth demo``: promises kept, and promises broken on purpose."""

import json
import os
import subprocess

import pytest
from command_line import KnownSandbox, command, environ, process, read_all, run

from requests_xauth import _tables
from requests_xauth._cli.demo import told, told_promise
from requests_xauth._cli.ending import Code
from requests_xauth._cli.promises import ROLES, THREADS, Promise, Seen, steps

STEPS = [step for step, *_ in steps(ROLES[0])]


def known(boxes, spoil=lambda box: None):
    """Return a maker of sandboxes that are spoilt, and noted in *boxes*."""

    class Spoilt(KnownSandbox):
        def start(self):
            boxes.append(self)
            spoil(super().start())
            return self

    return Spoilt


@pytest.fixture(scope="module")
def boxes():
    """The sandboxes that the demo has used."""
    return []


@pytest.fixture(scope="module")
def ran(boxes):
    """One run of the demo."""
    return run("demo", obj=known(boxes))


@pytest.fixture(scope="module")
def found():
    """What one run of the demo says in JSON."""
    return json.loads(run("demo", "--json").stdout)


class TestKept:
    """With the sandbox as it is."""

    def test_exit_code(self, ran):
        """
        The demo ends well, and says so.
        """
        assert (Code.DONE, "") == (ran.exit_code, ran.stderr)
        assert ran.stdout.splitlines()[-1].startswith(
            "24 of 24 promises kept: 4 providers, "
        )

    def test_one_line_for_each_step(self, ran):
        """
        Each step is one plain line of at most 80 columns that ends with its duration.
        """
        lines = ran.stdout.splitlines()
        told_steps = [line for line in lines if line.startswith("ok")]

        assert [
            line[7:].split("  ")[0][:27].strip() for line in told_steps
        ] == STEPS * 4
        assert all(line.endswith(" ms") for line in told_steps)
        assert max(map(len, lines)) <= 80
        assert "\x1b" not in ran.stdout

    def test_no_secret(self, ran, boxes):
        """
        No secret of the sandbox is printed; a search through one would find it.
        """
        secrets = boxes[0].secrets()

        assert len(secrets) > 20
        assert [] == [secret for secret in secrets if secret in ran.stdout]

    def test_every_provider(self, found):
        """
        Every provider of the package takes part, with every step.
        """
        assert {role.name for role in ROLES} == set(_tables.names())
        assert [step["step"] for step in found["steps"]] == STEPS * len(ROLES)

    def test_json(self, found):
        """
        The JSON says what was promised and what was seen.
        """
        assert found["kept"] is True
        assert {
            "provider": "XPKit emea",
            "step": STEPS[2],
            "kept": True,
            "promised": {
                "calls": 1,
                "answer": 200,
                "token_requests": [1, 1],
                "replays": [1, 1],
            },
            "seen": {"answers": {"200": 1}, "token_requests": 1, "replays": 1},
        } == {k: v for k, v in found["steps"][2].items() if k != "took_s"}

    def test_fast(self, found):
        """
        It all takes well under ten seconds.
        """
        assert sum(step["took_s"] for step in found["steps"]) <= found["took_s"] < 10


def test_denied_calls():
    """
    A denied call may cost a token request where it is ambiguous only, and only once.
    """
    cost = {role.name: [p.token_requests[1] for *_, p in steps(role)] for role in ROLES}

    assert {
        "xpkit": [1, 0, 1, 1, 0, 1],
        "xee": [1, 0, 1, 0, 0, 1],
        "xmldation": [1, 0, 1, 1, 0, 1],
        "m2m": [1, 0, 1, 0, 0, 1],
    } == cost


def no_tokens(box):
    """Let M2M's answers have no token."""
    box.m2m.omit.add("access_token")


def denied_like_expired(box):
    """Let M2M deny a permission as it refuses a dead token."""
    table = box.m2m.refusal_table
    box.m2m.refusal_table = {**table, "denied": table["expired"]}


def no_login(box):
    """Let nobody log in to Xee."""
    box.xee._login_client_id = lambda: "somebody else"


def dead_refresh_tokens(box):
    """Let Xee's refresh tokens die with each expiry."""
    box.xee.expire = lambda: (type(box.xee).expire(box.xee), box.xee.invalidate())
    box.xee.invalidate = lambda: (
        type(box.xee).invalidate(box.xee),
        box.xee.kill_refresh_tokens(),
    )


def lost_bodies(box):
    """Let XPKit's API see another body than the one that was sent."""
    box.xpkit.fail(200, at="api", body={"sha256": "0"})


@pytest.mark.parametrize(
    ("spoil", "step", "seen"),
    [
        (no_tokens, 0, "TokenRequestError: M2M answered"),
        (denied_like_expired, 3, "401, 1 token request, 1 replay"),
        (no_login, 0, "ValueError"),
        (dead_refresh_tokens, 2, "LoginRequired: Xee"),
        (lost_bodies, 1, "200 to another body, no token request"),
    ],
)
def test_broken_promise(spoil, step, seen):
    """
    A broken promise is shown with what was expected and what was seen; the exit code is 1.
    """
    used = []

    spoilt = run("demo", obj=known(used, spoil))

    assert Code.REFUSED == spoilt.exit_code
    lines = spoilt.stdout.splitlines()
    at = next(i for i, line in enumerate(lines) if f"FAILED {STEPS[step]}" in line)
    assert lines[at + 1].startswith("       promised: ")
    assert lines[at + 2].startswith(f"       seen:     {seen}")
    assert "24 of 24" not in lines[-1]
    assert [] == [secret for secret in used[0].secrets() if secret in spoilt.stdout]


def test_broken_promise_in_json():
    """
    The JSON names the broken promise too, and the exit code is 1.
    """
    spoilt = run("demo", "--json", obj=known([], no_tokens))

    assert Code.REFUSED == spoilt.exit_code
    told_all = json.loads(spoilt.stdout)
    assert told_all["kept"] is False
    broken = [step for step in told_all["steps"] if not step["kept"]]
    assert {"M2M"} == {step["provider"] for step in broken}


KEPT = Seen({"200": THREADS}, 1, 3)
PROMISE = Promise(THREADS, 200, (1, 1), (1, THREADS))


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        ({}, True),
        ({"replays": THREADS}, True),
        ({"answers": {"200": THREADS - 1}}, False),
        ({"answers": {"200": THREADS - 1, "403": 1}}, False),
        ({"answers": {"403": THREADS}}, False),
        ({"token_requests": 0}, False),
        ({"token_requests": 2}, False),
        ({"replays": 0}, False),
        ({"replays": THREADS + 1}, False),
    ],
)
def test_judgement(change, kept):
    """
    A promise is kept if every count is within it, and by nothing else.
    """
    assert kept is PROMISE.is_kept(KEPT._replace(**change))


def test_words():
    """
    What was promised and what was seen is told alike.
    """
    assert "32 x 200, 1 token request, 1 to 32 replays" == told_promise(PROMISE)
    assert "32 x 200, 1 token request, 3 replays" == told(KEPT)
    assert "2 x 200, 403, 2 token requests" == told(Seen({"200": 2, "403": 1}, 2, 0))


def test_process():
    """
    As a process of its own it keeps its promises, even where a proxy is set.
    """
    nowhere = "http://127.0.0.1:1"

    done = process("demo", "--json", env={"HTTP_PROXY": nowhere, "http_proxy": nowhere})

    assert (0, b"") == (done.returncode, done.stderr)
    assert json.loads(done.stdout)["kept"] is True


@pytest.mark.parametrize(
    ("variables", "is_coloured"), [({}, True), ({"NO_COLOR": "1"}, False)]
)
def test_terminal(variables, is_coloured):
    """
    A terminal shows colours, unless NO_COLOR is set.
    """
    pty = pytest.importorskip("pty", reason="needs pseudo-terminals")
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        command("demo"), env=environ(TERM="xterm", **variables), stdout=theirs
    ) as started:
        os.close(theirs)
        shown = read_all(ours)

    assert 0 == started.returncode
    assert is_coloured is (b"\x1b[32mok" in shown)
    assert b"24 of 24 promises kept" in shown
