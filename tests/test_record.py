"""What all frozen records promise."""

import copy
import pickle

import made
import pytest

from requests_xauth import Token
from requests_xauth._logins import Login
from requests_xauth._store import Entry

TOKEN = Token("bearer-1", refresh_token="refresh-1", obtained_at=0.0, expires_at=60.0)
LOGIN = Login("state-1", verifier="v" * 43, redirect_uri=None, begun_at=1.0)
RECORDS = [
    TOKEN,
    LOGIN,
    Entry(TOKEN, seed="seed-1"),
    made.machine(scope="read"),
    made.user(),
    made.person(),
    made.provider(),
]


def name_of(record):
    """Return the name of the record's type."""
    return type(record).__name__


@pytest.fixture(params=RECORDS, ids=name_of)
def record(request):
    """Each kind of record in turn."""
    return request.param


def first_field(record):
    """Return the name of one of the record's fields."""
    return next(iter(record._fields()))


def test_no_field_is_set(record):
    """
    A field cannot be set, and the error names it.
    """
    name = first_field(record)

    with pytest.raises(AttributeError, match=rf"is frozen: cannot set '{name}'\.$"):
        setattr(record, name, "other")


def test_no_field_is_dropped(record):
    """
    A field cannot be deleted, and the error names it.
    """
    name = first_field(record)

    with pytest.raises(AttributeError, match=rf"is frozen: cannot drop '{name}'\.$"):
        delattr(record, name)


def test_nothing_is_added(record):
    """
    A record has no place for anything but its fields.
    """
    assert not hasattr(record, "__dict__")

    with pytest.raises(AttributeError, match="is frozen: cannot set 'note'"):
        record.note = "mine"


def test_equal(record):
    """
    Records with equal fields are equal and have one hash.
    """
    twin = pickle.loads(pickle.dumps(record))

    assert record == twin
    assert hash(record) == hash(twin)
    assert record is not twin


def test_unequal(record):
    """
    Records that differ in any field are unequal, and so is anything else.
    """
    for name in record._fields():
        assert record != record._replace(**{name: "something else"})
    assert record != tuple(record._fields().values())
    assert (record == 5) is False


def test_copies_are_the_record(record):
    """
    A copy of what never changes is the thing itself.
    """
    assert record is copy.copy(record)
    assert record is copy.deepcopy(record)


def test_kinds_differ():
    """
    Equal fields do not make two kinds of record equal.
    """

    class OtherLogin(Login):
        __slots__ = ()

    other = OtherLogin("state-1", verifier="v" * 43, redirect_uri=None, begun_at=1.0)

    assert LOGIN._fields() == other._fields()
    assert LOGIN != other


def test_equal_numbers_have_one_hash():
    """
    1 and 1.0 are equal, so records that hold them hash alike.
    """
    other = LOGIN._replace(begun_at=1)

    assert LOGIN == other
    assert hash(LOGIN) == hash(other)


def test_hash_stays_while_time_passes():
    """
    What a repr says of the time left is no part of a hash.
    """
    assert hash((Entry, TOKEN, False, None, None)) == hash(Entry(TOKEN))


@pytest.mark.parametrize(
    "secret",
    ["bearer-1", "refresh-1", "state-1", "v" * 43, made.SECRET, made.PASSWORD],
)
def test_repr_has_no_secret(secret):
    """
    No record's repr shows a secret that it holds.
    """
    shown = repr(RECORDS)

    assert any(secret in value for r in RECORDS for value in texts_of(r))
    assert secret not in shown


def texts_of(record):
    """Return the texts among the record's fields."""
    return [value for value in record._fields().values() if isinstance(value, str)]
