"""What is known of the presets, as rows: read where it stands."""

from pathlib import Path

import pytest

from requests_xauth import _tables, errors, providers
from requests_xauth._verdict import KEEP, LOGIN, MAYBE, RENEW, STANDARD, Verdict

# The promise of the documentation, written out by hand.
VARIABLES = {
    "xpkit": {"XPKIT_REGION", "XPKIT_CLIENT_ID", "XPKIT_CLIENT_SECRET"},
    "xee": {"XEE_CLIENT_ID", "XEE_CLIENT_SECRET"},
    "xmldation": {
        "XMLDATION_USERNAME",
        "XMLDATION_PASSWORD",
        "XMLDATION_CLIENT_ID",
        "XMLDATION_CLIENT_SECRET",
    },
    "m2m": {"M2M_BASE_URL", "M2M_CLIENT_ID", "M2M_CLIENT_SECRET"},
}
VALUES = {"XPKIT_REGION": "emea", "M2M_BASE_URL": "https://api.example"}


@pytest.fixture
def full_environ(monkeypatch):
    """An environment with every variable that a preset may look up."""
    for names in VARIABLES.values():
        for name in names:
            monkeypatch.setenv(name, VALUES.get(name, "given"))
    return monkeypatch


def test_every_file_is_a_preset():
    """
    The presets are the files of the folder of providers.
    """
    folder = Path(providers.__file__).parent
    files = {path.stem for path in folder.glob("*.py")} - {"__init__"}

    assert files == set(_tables.names()) == set(VARIABLES)
    assert list(_tables.names()) == [one.name for one in _tables.presets()]


@pytest.mark.parametrize("one", _tables.presets(), ids=_tables.names())
class TestPreset:
    """What is read from one provider's file."""

    def test_variables(self, one):
        """
        The environment variables are those that the documentation promises.
        """
        assert VARIABLES[one.name] == set(one.environ)

    def test_variables_are_enough(self, one, full_environ):
        """
        With those variables set, each class can be made without an argument.
        """
        assert [kind().explain().provider for kind in one.classes] == [
            one.provider.name for _ in one.classes
        ]

    def test_variables_are_needed(self, one, full_environ):
        """
        Without any one of them, the error names that one.
        """
        for name in one.environ:
            with full_environ.context() as lacking:
                lacking.delenv(name)
                with pytest.raises(errors.ConfigError, match=f"set {name}"):
                    one.auth()

    def test_places(self, one, full_environ):
        """
        The places are where an object made from the environment asks for its token.
        """
        made = one.auth().explain()

        assert (made.token_url, made.hosts) in [
            (
                place.token_url.replace("$M2M_BASE_URL", VALUES["M2M_BASE_URL"]),
                tuple(
                    host.replace("the host of $M2M_BASE_URL", "api.example")
                    for host in place.hosts
                ),
            )
            for place in one.places
        ]


def test_kinds():
    """
    Each class has the name that the command line has for it, and its own record's facts.
    """
    kinds = [kind for one in _tables.presets() for kind in _tables.kinds_of(one)]

    assert _tables.auths() == {kind.name: kind.auth for kind in kinds}
    assert {
        "m2m": "basic",
        "xee": "basic",
        "xmldation": "basic",
        "xpkit": "body",
        "xpkit-user": "none",
    } == {kind.name: kind.client_auth for kind in kinds}


def test_regions():
    """
    XPKit has a place for each region, and the others have one place.
    """
    regions = {one.name: [p.region for p in one.places] for one in _tables.presets()}

    assert {
        "xpkit": ["amer", "apac", "china", "emea"],
        "xee": [None],
        "xmldation": [None],
        "m2m": [None],
    } == regions


def test_answers():
    """
    Every row of every policy is an answer, and there are no others.
    """
    tables = {one.provider.name: one.provider.policy for one in _tables.presets()}
    tables[_tables.OWN] = STANDARD

    answers = _tables.answers()

    assert {name for name, *_ in answers} == set(tables)
    assert len(answers) == sum(map(len, tables.values()))
    assert all(tables[a.provider][a.status, a.reason] is a.verdict for a in answers)


@pytest.mark.parametrize(
    ("provider", "status", "reason", "verdict"),
    [
        ("XPKit", 403, None, MAYBE),
        ("Xee", 403, "Token has expired", RENEW),
        ("Xee", 403, "Token has been revoked", LOGIN),
        ("XMLdation", 401, None, MAYBE),
        ("M2M", 403, None, KEEP),
        ("your own", 401, "invalid_token", RENEW),
    ],
)
def test_known_answers(provider, status, reason, verdict):
    """
    What the providers document is among the answers.
    """
    assert (provider, status, reason, verdict) in _tables.answers()


def test_answers_are_in_order():
    """
    A provider's rows are in order of status, what has no reason last.
    """
    rows = [(a.status, a.reason or "~") for a in _tables.answers_of("x", STANDARD)]

    assert sorted(rows) == rows


def test_rst():
    """
    The table in reStructuredText has a line for each answer, with its meaning.
    """
    rule, head, second, *rows, last = _tables.answers_rst().splitlines()

    assert rule == second == last
    assert ["Provider", "Status", "Reason", "What", "follows"] == head.split()
    assert len(_tables.answers()) == len(rows)
    for answer, row in zip(_tables.answers(), rows, strict=True):
        assert row.startswith(answer.provider)
        assert row.endswith(_tables.MEANINGS[answer.verdict])
        assert (f"``{answer.reason}``" if answer.reason else "any other") in row


def test_meanings():
    """
    Every verdict has a meaning of its own.
    """
    assert set(Verdict) == set(_tables.MEANINGS)
    assert len(Verdict) == len(set(_tables.MEANINGS.values()))
