"""Token: its clock rules, its JSON form, and what it refuses to be."""

import copy
import json
import math
import pickle
import re
import time
from types import MappingProxyType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from requests_xauth import Token
from requests_xauth._token import (
    checked_bearer,
    is_number,
    mark_of,
    other_members,
)

BEGIN = 1_000.0


def token(**more):
    """Return a token obtained at BEGIN."""
    return Token("abc", **{"obtained_at": BEGIN, **more})


def lasting(lifetime_s):
    """Return a token obtained at BEGIN that is good for so long."""
    return token(expires_at=BEGIN + lifetime_s)


class TestMembers:
    """What a token says of itself."""

    def test_members(self):
        """
        Every member comes back as it was given.
        """
        full = Token(
            "a",
            token_type="bearer",
            refresh_token="r",
            id_token="i",
            scope=["one", "two"],
            obtained_at=1.5,
            expires_at=9.5,
            extra={"deep": [{"x": None}]},
        )

        assert ("a", "bearer", "r", "i") == (
            full.access_token,
            full.token_type,
            full.refresh_token,
            full.id_token,
        )
        assert (("one", "two"), 1.5, 9.5) == (
            full.scope,
            full.obtained_at,
            full.expires_at,
        )
        assert {"deep": [{"x": None}]} == full.extra

    def test_what_is_left_out(self):
        """
        A bearer alone makes a token: obtained now, its end unknown.
        """
        before = time.time()

        bare = Token("a")

        assert before <= bare.obtained_at <= time.time()
        assert ("Bearer", None, None, (), None, {}) == (
            bare.token_type,
            bare.refresh_token,
            bare.id_token,
            bare.scope,
            bare.expires_at,
            bare.extra,
        )

    @pytest.mark.parametrize("scope", ["one two", " one\ttwo ", ["one", "two"]])
    def test_scope(self, scope):
        """
        A scope is a tuple of words, however it is given.
        """
        assert ("one", "two") == token(scope=scope).scope

    def test_extra_is_a_copy(self):
        """
        Nobody changes a token by way of its extra members.
        """
        given_extra = {"x": [1]}
        kept = token(extra=given_extra)

        given_extra["x"].append(2)
        kept.extra["x"].append(3)

        assert {"x": [1]} == kept.extra

    def test_extra_may_be_read_only(self):
        """
        Any mapping will do for the extra members.
        """
        assert {"x": 1} == token(extra=MappingProxyType({"x": 1})).extra

    def test_bearer(self):
        """
        API calls carry the access token, or the id_token where the provider says so.
        """
        assert "abc" == token(id_token="i").bearer
        assert "i" == token(id_token="i", bearer_field="id_token").bearer

    def test_mark(self):
        """
        A mark tells bearers apart by six hex digits of a hash.
        """
        assert "ba7816" == token().mark
        assert mark_of("i") == token(id_token="i", bearer_field="id_token").mark
        assert Token("abd").mark != token().mark
        assert mark_of(chr(0xD800)) != mark_of(chr(0xD801))

    def test_without_refresh_token(self):
        """
        A token without its refresh token is the same in all else.
        """
        whole = token(refresh_token="r", scope="one", expires_at=BEGIN + 1)

        part = whole.without_refresh_token()

        assert part.refresh_token is None
        assert whole == part._replace(refresh_token="r")

    def test_travels(self):
        """
        A token can be pickled and copied, and is a key like its equals.
        """
        one = token(refresh_token="r", scope="x", extra={"a": 1})

        assert one == pickle.loads(pickle.dumps(one))
        assert one is copy.deepcopy(one)
        assert 1 == len({one, pickle.loads(pickle.dumps(one))})


class TestRepr:
    """What may be seen of a token."""

    def test_unknown_end(self):
        """
        A token shows its mark, its scope, and that its end is unknown.
        """
        assert "<Token ba7816, scope 'one two', end unknown>" == repr(
            token(scope="one two", refresh_token="secret-r", extra={"x": "secret-x"})
        )

    def test_time_left(self):
        """
        A token with an end shows the seconds left, never less than none.
        """
        now_at = time.time()

        assert "<Token ba7816, scope '', 0 s left>" == repr(
            token(expires_at=now_at - 5)
        )
        assert re.search(r" (100|9\d) s left>$", repr(token(expires_at=now_at + 100)))


class TestClock:
    """When a token should be renewed."""

    @pytest.mark.parametrize(
        ("lifetime_s", "ahead_s", "end_s"),
        [
            (36_000, 300, 10),  # XPKit's: the absolute margins
            (3_600, 300, 10),
            (1_500, 300, 10),  # 20 % are five minutes
            (1_000, 200, 10),  # 20 % are less
            (200, 40, 10),  # 5 % are ten seconds
            (100, 20, 5),  # 5 % are less
            (1, 0.2, 0.05),
            (0, 0, 0),
            (-5, 0, 0),  # born expired
        ],
    )
    def test_margins(self, lifetime_s, ahead_s, end_s):
        """
        Renewal is due 5 minutes or 20 % before the end, whichever is less, and waited
        for 10 s or 5 % before it.
        """
        short = lasting(lifetime_s)

        assert pytest.approx(BEGIN + lifetime_s - ahead_s) == short.ahead_at
        assert pytest.approx(BEGIN + lifetime_s - end_s) == short.end_at

    def test_unknown_end(self):
        """
        Without a known end no moment for a renewal ever comes.
        """
        endless = token()

        assert (math.inf, math.inf) == (endless.ahead_at, endless.end_at)
        assert math.inf == endless.left_s(1e12)

    def test_left(self):
        """
        The seconds left are never less than none.
        """
        hour = lasting(3600)

        assert 3600 == hour.left_s(BEGIN)
        assert 0.5 == hour.left_s(BEGIN + 3599.5)
        assert 0.0 == hour.left_s(BEGIN + 3601)


class TestDict:
    """The form that OAuth2Session keeps."""

    def test_to_dict(self):
        """
        A dict has the members of an answer, the others too; None is left out.
        """
        full = token(scope="a b", refresh_token="r", expires_at=9.0, extra={"car": 7})

        assert {
            "access_token": "abc",
            "token_type": "Bearer",
            "refresh_token": "r",
            "scope": ["a", "b"],
            "expires_at": 9.0,
            "car": 7,
        } == full.to_dict()

    def test_extra_overrides_nothing(self):
        """
        An extra member cannot pass for one of the token's own.
        """
        sly = token(extra={"access_token": "evil", "scope": "all"})

        assert ("abc", []) == (sly.to_dict()["access_token"], sly.to_dict()["scope"])

    def test_other_members(self):
        """
        What a token has no field for is kept, times excepted.
        """
        answer = {
            "access_token": "a",
            "token_type": "b",
            "refresh_token": "c",
            "id_token": "d",
            "scope": "e",
            "expires_in": 1,
            "expires_at": 2,
            "car": 3,
        }

        assert {"car": 3} == other_members(answer)


class TestWrong:
    """What is no token."""

    @pytest.mark.parametrize(
        ("bearer", "why"),
        [
            ("", "the bearer is empty"),
            (None, "the bearer is NoneType, not text"),
            (b"abc", "the bearer is bytes, not text"),
            (5, "the bearer is int, not text"),
            ("a b", "the bearer has characters that no header may carry"),
            ("a\r\nX-Evil: 1", "the bearer has characters that no header may carry"),
            ("a\x00", "the bearer has characters that no header may carry"),
            ("a\x7f", "the bearer has characters that no header may carry"),
            ("ä", "the bearer has characters that no header may carry"),
            ("\ud800", "the bearer has characters that no header may carry"),
        ],
    )
    def test_bearer(self, bearer, why):
        """
        A bearer that no header can carry is refused, and not shown.
        """
        with pytest.raises(ValueError, match=f"^{why}$"):
            Token(bearer)
        with pytest.raises(ValueError, match=f"^{why}$"):
            Token("fine", id_token=bearer, bearer_field="id_token")

    def test_bearers(self):
        """
        All printable ASCII but the space may be in a bearer.
        """
        letters = "".join(chr(code) for code in range(0x21, 0x7F))

        assert letters == checked_bearer(letters)

    @pytest.mark.parametrize(
        "name", ["refresh_token", "mark", "__class__", "", None, []]
    )
    def test_bearer_field(self, name):
        """
        Only the access token and the id_token can be the bearer.
        """
        with pytest.raises(
            ValueError, match=rf"^No bearer is called {re.escape(repr(name))}\.$"
        ):
            token(refresh_token="r", bearer_field=name)

    @pytest.mark.parametrize(
        "member",
        [
            {"token_type": None},
            {"token_type": 1},
            {"refresh_token": 1},
            {"id_token": ["x"]},
            {"scope": [1]},
            {"scope": [""]},
            {"scope": b"one"},
            {"obtained_at": "now"},
            {"obtained_at": math.nan},
            {"obtained_at": True},
            {"expires_at": "soon"},
            {"expires_at": math.nan},
            {"expires_at": math.inf},
            {"expires_at": 10**400},
            {"expires_at": True},
        ],
    )
    def test_member(self, member):
        """
        A member of the wrong type is refused.
        """
        with pytest.raises(
            ValueError, match=r"^No token: a member has the wrong type\.$"
        ):
            token(**member)

    def test_access_token_beside_an_id_token(self):
        """
        The access token is text also where another member is the bearer.
        """
        with pytest.raises(ValueError, match="wrong type"):
            Token(None, id_token="i", bearer_field="id_token")

    def test_extra_that_is_no_json(self):
        """
        Extra members that cannot be kept are refused at once, not when they are saved.
        """
        with pytest.raises(TypeError, match="not JSON serializable"):
            token(extra={"x": object()})


class TestNumbers:
    """What counts as a number."""

    @pytest.mark.parametrize("value", [0, -1, 2.5, 10**300, -0.0])
    def test_numbers(self, value):
        """
        Finite numbers are numbers.
        """
        assert is_number(value)

    @pytest.mark.parametrize(
        "value",
        [True, False, None, "1", math.nan, math.inf, -math.inf, 10**400, 1j, []],
    )
    def test_others(self, value):
        """
        Neither truth nor text nor what no float can hold is a number.
        """
        assert not is_number(value)


# A machine that is busy with something else proves nothing wrong.
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
    ),
    max_leaves=8,
)
BEARER = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1)
MOMENT = st.floats(allow_nan=False, allow_infinity=False) | st.integers(
    -(10**18), 10**18
)
TOKENS = st.builds(
    Token,
    BEARER,
    token_type=st.text(),
    refresh_token=st.none() | st.text(),
    id_token=BEARER,
    scope=st.lists(st.text(min_size=1)),
    obtained_at=MOMENT,
    expires_at=st.none() | MOMENT,
    extra=st.dictionaries(st.text(), JSON, max_size=3),
    bearer_field=st.sampled_from(["access_token", "id_token"]),
)


class TestJson:
    """The form that a store keeps."""

    @given(TOKENS)
    @UNHURRIED
    def test_there_and_back(self, one):
        """
        Whatever a token holds, JSON brings back its equal.
        """
        twin = Token.from_json(json.loads(json.dumps(one.to_json())))

        assert one == twin
        assert (one.mark, hash(one), one.bearer) == (twin.mark, hash(twin), twin.bearer)

    @pytest.mark.parametrize("letter", [chr(0xD800), chr(0xDFFF), "\U0001f600", "\x00"])
    def test_strange_letters(self, letter):
        """
        A letter that has no encoding survives the store too.
        """
        one = token(refresh_token=letter, scope=[letter], extra={letter: letter})

        assert one == Token.from_json(json.loads(json.dumps(one.to_json())))

    @pytest.mark.usefixtures("uncollected")
    @pytest.mark.parametrize(
        "damage",
        [
            {"access_token": None},
            {"access_token": "a b"},
            {"access_token": 5},
            {"id_token": 5},
            {"refresh_token": {}},
            {"token_type": None},
            {"scope": None},
            {"scope": 5},
            {"scope": [["x"]]},
            {"obtained_at": "1"},
            {"obtained_at": False},
            {"expires_at": "1"},
            {"expires_at": math.nan},
            {"expires_at": [1]},
            {"bearer_field": "refresh_token"},
            {"bearer_field": "_extra"},
            {"bearer_field": "id_token"},  # there is none
            {"_extra": "[1]"},
            {"_extra": "5"},
            {"_extra": "{"},
            {"_extra": "[" * 100_000},
            {"_extra": {}},
            {"_extra": None},
            {"mark": "ba7816"},
            {"unheard of": 1},
        ],
    )
    def test_damage(self, damage):
        """
        A damaged member is a ValueError, whatever is the matter.
        """
        fields = token().to_json()
        assert token() == Token.from_json(fields)

        with pytest.raises(ValueError, match=r"\w"):
            Token.from_json({**fields, **damage})

    @pytest.mark.parametrize("name", ["access_token", "_extra"])
    def test_missing(self, name):
        """
        What a token cannot be without is missed.
        """
        fields = token().to_json()
        del fields[name]

        with pytest.raises(ValueError, match=r"^No token: KeyError\.$"):
            Token.from_json(fields)

    @pytest.mark.parametrize("fields", [None, 5, "text", [], [1], {}, {1: 2}, True])
    def test_no_object(self, fields):
        """
        What is no JSON object is no token.
        """
        with pytest.raises(ValueError, match=r"\w"):
            Token.from_json(fields)

    def test_errors_keep_quiet(self):
        """
        What is wrong is told without what it was wrong with.
        """
        fields = {**token().to_json(), "access_token": "my secret"}

        with pytest.raises(ValueError, match="no header may carry") as caught:
            Token.from_json(fields)

        assert "secret" not in f"{caught.value!r} {caught.value.__cause__!r}"

    def test_from_json_changes_nothing(self):
        """
        What from_json was given is as before.
        """
        fields = token(extra={"x": 1}).to_json()

        Token.from_json(fields)

        assert token(extra={"x": 1}).to_json() == fields
