"""What a response says of its token: from the tables, and against the standard."""

import json
import time
from importlib import import_module
from pkgutil import iter_modules

import made
import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from requests_xauth import providers
from requests_xauth._verdict import (
    KEEP,
    LOGIN,
    MAYBE,
    RENEW,
    STANDARD,
    Verdict,
    challenge_error,
    judge,
    reasons,
    statuses,
    verdict_of,
)

PRESETS = {
    name: import_module(f"{providers.__name__}.{name}")
    for _, name, _ in iter_modules(providers.__path__)
}
TABLES = {"standard": STANDARD, **{n: module.POLICY for n, module in PRESETS.items()}}
ROWS = [
    pytest.param(table, row, id=f"{name}-{row[0]}-{row[1]}")
    for name, table in TABLES.items()
    for row in table
]


def by_challenge(status, reason):
    """Return a response that gives its reason in a challenge."""
    said = f'Bearer realm="api", error="{reason}"' if reason else None
    return made.response(status, challenge=said)


def by_body(status, reason):
    """Return a response that gives its reason as Xee does."""
    return made.response(status, body=json.dumps([{"message": reason}]).encode())


class TestTables:
    """What the rows say is what is judged."""

    @pytest.mark.parametrize(("table", "row"), ROWS)
    def test_each_row(self, table, row):
        """
        A response as the row has it gets the row's verdict.
        """
        status, reason = row

        assert table[row] == verdict_of(status, (reason,), table)

    @pytest.mark.parametrize(
        ("table", "row"),
        [p for p in ROWS if p.values[1][1] is None or p.values[1][1].islower()],
    )
    def test_each_row_by_challenge(self, table, row):
        """
        An example of each row whose reason is a code: a response with a challenge.
        """
        assert table[row] == judge(by_challenge(*row), table)

    @pytest.mark.parametrize("row", [r for r in TABLES["xee"] if r[1]])
    def test_each_row_by_body(self, row):
        """
        An example of each row with a reason of Xee's: a response with a message.
        """
        module = PRESETS["xee"]

        assert module.POLICY[row] == judge(
            by_body(*row), module.POLICY, module.read_denial
        )

    @pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
    def test_other_statuses(self, table):
        """
        A status without a row is no refusal, whatever it says of the token.
        """
        refusing = statuses(table)

        assert {400, 401, 403} >= refusing >= {401, 403}
        for status in {200, 302, 404, 407, 429, 500, 503} | {400} - refusing:
            assert KEEP == judge(by_challenge(status, "invalid_token"), table)

    @pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
    def test_reason_without_a_row(self, table):
        """
        A reason without a row counts as none.
        """
        for status in statuses(table):
            expected = table.get((status, None), KEEP)

            assert expected == judge(by_challenge(status, "never_heard_of"), table)

    @pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
    def test_read_only(self, table):
        """
        Nobody changes a table.
        """
        with pytest.raises(TypeError, match="does not support item assignment"):
            table[404, None] = RENEW


class TestStandard:
    """RFC 6750, section 3.1, written out by hand."""

    def test_invalid_request(self):
        """
        400 invalid_request: the request is malformed, another token will not mend it.
        """
        assert KEEP == judge(by_challenge(400, "invalid_request"), STANDARD)

    def test_invalid_token(self):
        """
        401 invalid_token: the client may ask for a new token and try again.
        """
        assert RENEW == judge(by_challenge(401, "invalid_token"), STANDARD)

    def test_insufficient_scope(self):
        """
        403 insufficient_scope: the token is good, and not good for this.
        """
        assert KEEP == judge(by_challenge(403, "insufficient_scope"), STANDARD)

    def test_no_error_code(self):
        """
        A 401 without any error is worth a new token, a 403 is a permission.
        """
        assert RENEW == judge(made.response(401), STANDARD)
        assert RENEW == judge(made.response(401, challenge="Bearer"), STANDARD)
        assert KEEP == judge(made.response(403), STANDARD)
        assert KEEP == judge(made.response(400), STANDARD)

    @pytest.mark.parametrize(
        ("status", "reason", "verdict"),
        [
            (400, "invalid_token", RENEW),  # another status, but the right word
            (403, "invalid_token", RENEW),
            (401, "insufficient_scope", KEEP),
            (401, "invalid_request", KEEP),
            (403, "invalid_request", KEEP),
            (400, "insufficient_scope", KEEP),
        ],
    )
    def test_wrong_status(self, status, reason, verdict):
        """
        Where status and code do not go together the code counts.
        """
        assert verdict == judge(by_challenge(status, reason), STANDARD)

    @pytest.mark.parametrize(
        ("status", "reason", "verdict"),
        [
            (401, "invalid_token", RENEW),
            (401, "insufficient_scope", KEEP),
            (401, "invalid_request", KEEP),
            (403, "invalid_token", RENEW),
            (403, "insufficient_scope", KEEP),
        ],
    )
    def test_with_rows_of_a_provider(self, status, reason, verdict):
        """
        What a provider says of a status without a code changes nothing for the codes.
        """
        policy = {**STANDARD, (401, None): MAYBE, (403, None): MAYBE}

        assert verdict == judge(by_challenge(status, reason), policy)
        assert MAYBE == judge(made.response(status), policy)


class TestReasons:
    """Where the reason is found."""

    def test_challenge_comes_first(self):
        """
        The challenge's reason counts before the body's.
        """
        said = made.response(401, challenge='Bearer error="invalid_token"')

        assert ("invalid_token", "other") == reasons(said, lambda _: "other")
        assert RENEW == judge(
            said,
            {(401, "invalid_token"): RENEW, (401, "other"): LOGIN},
            lambda _: "other",
        )

    def test_body_counts_where_the_challenge_has_no_row(self):
        """
        A challenge that the table does not know leaves it to the body.
        """
        said = made.response(401, challenge='Bearer error="strange"')

        assert LOGIN == judge(said, {(401, "other"): LOGIN}, lambda _: "other")

    def test_no_reader(self):
        """
        Without a reader the body is not looked at.
        """
        assert (None, None) == reasons(by_body(401, "Invalid token"), None)

    @pytest.mark.parametrize(
        "stumble",
        [
            lambda r: r.json()["error"],
            lambda r: r.json()[0],
            lambda r: r.json().get("error"),
            lambda r: int(r.text),
            lambda r: r.text.decode(),
            lambda r: r.text + 1,
            lambda r: 5,
            lambda r: ["unhashable"],
        ],
    )
    @pytest.mark.usefixtures("uncollected")
    @pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"5", b"\xff", b"[" * 100_000])
    def test_reader_that_stumbles(self, stumble, body):
        """
        A reader that expects another body gives no reason, and no error.
        """
        said = made.response(403, body=body)

        assert MAYBE == judge(said, {(403, None): MAYBE}, stumble)

    def test_body_that_breaks_off(self):
        """
        What requests raises for a body that breaks off is raised here too.
        """

        def broken(response):
            raise requests.exceptions.ChunkedEncodingError("broke off")

        with pytest.raises(
            requests.exceptions.ChunkedEncodingError, match=r"^broke off$"
        ):
            judge(made.response(401), STANDARD, broken)


class TestChallenges:
    """How a WWW-Authenticate header is read."""

    @pytest.mark.parametrize(
        "header",
        [
            'Bearer error="invalid_token"',
            "Bearer error=invalid_token",
            'Bearer realm="api", error="invalid_token", error_description="It has expired"',
            'bearer ERROR="INVALID_TOKEN"',
            'Bearer error = "invalid_token"',
            'Bearer realm="a, b", error="invalid_token"',
            r'Bearer realm="say \"error=\"", error="invalid_token"',
            'Bearer realm="error=insufficient_scope", error="invalid_token"',
            'Bearer error_description="no error=\'x\' here", error="invalid_token"',
            'Basic realm="login", Bearer error="invalid_token"',
            'Bearer error="invalid_token", Basic realm="login"',
            'Negotiate abc==, Bearer error="invalid_token"',
            'Bearer error="", error="invalid_token"',
            # WSO2: another scheme and a space; behind it newer gateways send "null".
            'OAuth2 realm="WSO2 API Manager", error="invalid token", error_description="x"',
            'null Bearer realm="x", error="invalid_token"',
            'Bearer error="invalid_token"'.ljust(8192),
        ],
    )
    def test_code(self, header):
        """
        The error is found among the parameters of any scheme.
        """
        assert "invalid_token" == challenge_error(header)

    def test_longest_code(self):
        """
        A code of 64 characters is one, a longer one is not.
        """
        assert "x" * 64 == challenge_error(f'Bearer error="{"x" * 64}"')
        assert challenge_error(f'Bearer error="{"x" * 65}"') is None

    def test_shortest_code(self):
        """
        So is one of a single character.
        """
        assert "x" == challenge_error('Bearer error="x"')

    @pytest.mark.parametrize(
        "header",
        [
            None,
            "",
            "Bearer",
            'Bearer realm="error=\\"invalid_token\\""',
            'Bearer realm="x, error=invalid_token"',
            'Bearer error_description="error = invalid_token"',
            'Bearer x-error="invalid_token"',
            'Bearer my_error="invalid_token"',
            'Bearer error_uri="https://x/?error=invalid_token"',
            'Bearer error=""',
            "Bearer error=",
            "error",
            'Bearer error="' + "x" * 65 + '"',
            'Bearer error="invalid_token"'.ljust(8193),
        ],
    )
    def test_no_code(self, header):
        """
        What is no error parameter is not taken for one.
        """
        assert challenge_error(header) is None

    @pytest.mark.parametrize(
        "piece",
        [
            "error ",
            "error=",
            'a="',
            'a="\\',
            '\\"',
            "=",
            'error="a\\',
            "a ",
            "a=\t",
            "-",
        ],
    )
    def test_no_header_takes_long(self, piece):
        """
        The worst of headers is read in a moment.
        """
        header = piece * (8192 // len(piece))
        began_at = time.thread_time()

        challenge_error(header)

        assert time.thread_time() - began_at < 1


# A machine that is busy with something else proves nothing wrong.
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
PIECES = st.sampled_from(
    ["error", "=", '"', "\\", ",", " ", "Bearer", "invalid_token", "\n", "\x00", "ü"]
)
HEADERS = st.none() | st.text() | st.lists(PIECES).map("".join)
BODIES = st.binary() | st.text().map(
    lambda text: json.dumps([{"message": text}]).encode()
)


class TestAnything:
    """What no server can do."""

    @given(st.integers() | st.sampled_from([400, 401, 403]), HEADERS, BODIES)
    @UNHURRIED
    def test_judge_never_raises(self, status, header, body):
        """
        Any status with any header text and any body has a verdict, by every table.
        """
        said = made.response(status, challenge=header, body=body)

        for name, table in TABLES.items():
            reader = getattr(PRESETS.get(name), "read_denial", None)
            assert isinstance(judge(said, table, reader), Verdict)

    def test_verdicts_show_their_names(self):
        """
        A verdict prints as its name alone.
        """
        assert "[RENEW, MAYBE, KEEP, LOGIN]" == repr(list(Verdict))
        assert ["renew", "maybe", "keep", "log in"] == [v.value for v in Verdict]

    def test_response_without_a_status(self):
        """
        A response that was never answered is no refusal.
        """
        assert KEEP == judge(requests.Response(), STANDARD)
