"""Entries in a keyring for small ones, as Windows' is: parts, torn, changed, left over."""

import pytest
from stores.with_keyring import KEY, Drawer, KeyringStore, chosen, keyring

from requests_xauth import errors
from requests_xauth._contract._texts import Texts
from requests_xauth._contract._threads import Threads
from requests_xauth.stores import keyring as home

SHORT = "a short text"
LONG = "a long text, " * 400
OTHER = "another one, " * 300


@pytest.fixture(autouse=True)
def drawer(monkeypatch):
    """Let the keyring be one for small entries, as the store takes Windows' to be."""
    monkeypatch.setattr(home, "_PART_CHARS", 1270)
    with chosen(Drawer()) as drawer:
        yield drawer


@pytest.fixture
def store():
    """Return an empty store."""
    return KeyringStore()


class TestContract(Texts, Threads):
    """The promises about texts and threads."""

    def make_store(self):
        """Return a store in the test's keyring."""
        return KeyringStore()


@pytest.mark.parametrize("before", [None, SHORT, LONG])
@pytest.mark.parametrize("after", [SHORT, OTHER])
def test_killed_while_it_writes(drawer, store, before, after):
    """
    Wherever a process is killed, the text before or the text after is there.
    """
    for left in range(20):
        store.delete(KEY)
        if before is not None:
            store.save(KEY, before)
        drawer.left = left
        try:
            store.save(KEY, after)
            done = True
        except KeyboardInterrupt:
            done = False
        drawer.left = None

        assert store.load(KEY) in ((after,) if done else (before, after))
        store.save(KEY, LONG)
        assert store.load(KEY) == LONG
        if done:
            break
    assert done


def test_killed_while_it_deletes(drawer, store):
    """
    A text that was deleted by half is gone.
    """
    for left in range(1, 5):
        store.save(KEY, LONG)
        drawer.left = left
        with pytest.raises(KeyboardInterrupt):
            store.delete(KEY)
        drawer.left = None

        assert store.load(KEY) is None


def test_nothing_is_left_over(drawer, store):
    """
    What a killed process has left is removed by the next long text, or with the text.
    """
    for text in (LONG, OTHER):
        store.save(KEY, SHORT)
        drawer.left = 2
        with pytest.raises(KeyboardInterrupt):
            store.save(KEY, text)
        drawer.left = None
    store.save(KEY, LONG)
    assert 1 + 5 == len(drawer.kept)
    store.delete(KEY)

    assert {} == drawer.kept


@pytest.mark.parametrize(
    "change",
    [
        lambda text: None,
        lambda text: text[1:],
        lambda text: text[::-1],
        lambda text: "",
        lambda text: f"requests-xauth 1 {text}",
        lambda text: "requests-xauth x",
    ],
)
@pytest.mark.parametrize("entry", ["", "/a0", "/a1"])
def test_damage(drawer, store, change, entry):
    """
    What does not fit its hash counts as nothing, and is replaced.
    """
    store.save(KEY, LONG)
    name = f"requests-xauth/{KEY}{entry}", "token"
    drawer.kept[name] = change(drawer.kept[name])

    assert store.load(KEY) is None
    store.save(KEY, OTHER)
    assert store.load(KEY) == OTHER


def test_damage_is_told(drawer, store, caplog):
    """
    The warning says where, and shows nothing of the text.
    """
    store.save(KEY, LONG)
    drawer.kept[f"requests-xauth/{KEY}/a1", "token"] = "changed"
    store.load(KEY)

    assert (
        f"What KeyringStore('requests-xauth') has at {KEY} is damaged: its text does not"
        " fit its hash."
    ) == caplog.messages[0]
    assert 1 == len(caplog.messages)


def test_anothers_entry(drawer, store):
    """
    An entry that was moved to another's place is not that one's text.
    """
    store.save(KEY, "ada's")
    theirs = KEY[::-1]
    drawer.kept[f"requests-xauth/{theirs}", "token"] = drawer.kept[
        f"requests-xauth/{KEY}", "token"
    ]

    assert store.load(theirs) is None


def test_replaced_while_it_is_read(drawer, store):
    """
    A text that is replaced while it is read is read anew: never one half of each.
    """
    store.save(KEY, LONG)
    texts = [SHORT, OTHER, LONG, OTHER]

    def replace(service):
        if service.endswith(("/a2", "/b2")) and texts:
            drawer.at_read = lambda service: None
            store.save(KEY, texts.pop())
            drawer.at_read = replace

    drawer.at_read = replace

    assert SHORT == store.load(KEY)
    assert [] == texts


@pytest.mark.parametrize("kind", [OSError, keyring.errors.InitError])
def test_an_entry_that_has_just_moved(drawer, store, kind):
    """
    What a keyring loses sight of for a moment, itself included, is looked for again.
    """
    store.save(KEY, SHORT)
    errors_to_come = [kind("not there"), kind("not there")]

    def stumble(service):
        if errors_to_come:
            raise errors_to_come.pop()

    drawer.at_read = stumble

    assert SHORT == store.load(KEY)


@pytest.mark.parametrize(
    ("kind", "looks"),
    [(OSError, 3), (keyring.errors.InitError, 3), (keyring.errors.KeyringLocked, 1)],
)
def test_a_keyring_that_does_not_open(drawer, store, kind, looks):
    """
    It is not looked for again and again, nor is its user asked twice.
    """
    looked = []

    def refuse(service):
        looked.append(service)
        raise kind("no")

    drawer.at_read = refuse

    with pytest.raises(errors.StoreError, match="cannot be read"):
        store.load(KEY)
    assert looks == len(looked)


def test_somebody_who_says_no(drawer, store, monkeypatch):
    """
    Whoever dismisses the prompt for a new keyring is not asked again.
    """
    monkeypatch.setattr(home, "_PERSON_S", 0.0)  # that is what a person's time is here

    def refuse(service):
        raise errors_to_come.pop()

    errors_to_come = [keyring.errors.InitError("Prompt dismissed")]
    drawer.at_read = refuse

    with pytest.raises(errors.StoreError, match="Prompt dismissed"):
        store.load(KEY)


def test_a_keyring_that_stumbles_is_written(drawer, store):
    """
    So is one written again that is not there for a moment.
    """
    stumbles = [keyring.errors.InitError("not there")]
    change = drawer._change

    def stumble():
        if stumbles:
            raise stumbles.pop()
        change()

    drawer._change = stumble
    store.save(KEY, SHORT)

    assert SHORT == store.load(KEY)


def test_a_newer_format(drawer, store):
    """
    What a newer version wrote is a StoreError, and is not replaced.
    """
    name = f"requests-xauth/{KEY}", "token"
    drawer.kept[name] = "requests-xauth 2 something new"

    for act in (store.load, lambda key: store.save(key, SHORT)):
        with pytest.raises(errors.StoreError, match=r"of format 2, .* upgrade"):
            act(KEY)
    assert "requests-xauth 2 something new" == drawer.kept[name]


def test_an_error_that_shows_too_much(drawer, store):
    """
    A keyring's own words may be of any kind: they stay in the cause.
    """
    drawer.most_bytes = 10

    with pytest.raises(errors.StoreError, match=r"written: OSError\. See") as caught:
        store.save(KEY, SHORT)

    assert isinstance(caught.value.__cause__, OSError)


def test_what_cannot_be_removed(drawer, store, monkeypatch):
    """
    An entry that cannot be removed is a StoreError with keyring's words.
    """
    store.save(KEY, SHORT)

    def refuse(self, service, username):
        raise keyring.errors.PasswordDeleteError("not yours")

    monkeypatch.setattr(Drawer, "delete_password", refuse)

    with pytest.raises(errors.StoreError, match="written: not yours"):
        store.delete(KEY)
