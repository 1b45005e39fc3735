"""Values not given are looked up in the environment."""

import os

import pytest

from requests_xauth._settings import clean, filled, setting
from requests_xauth.errors import ConfigError


def asked(value=None, **more):
    """Return what the setting of the tests comes to."""
    return setting(value, name="client_id", env="ACME_CLIENT_ID", who="Acme", **more)


@pytest.fixture(autouse=True)
def _unset(monkeypatch):
    monkeypatch.delenv("ACME_CLIENT_ID", raising=False)


class TestSources:
    """Where a value comes from."""

    def test_given(self, monkeypatch):
        """
        What is given wins over the environment.
        """
        monkeypatch.setenv("ACME_CLIENT_ID", "from-outside")

        assert "given" == asked("given")

    def test_environment(self, monkeypatch):
        """
        What is not given is looked up when it is needed, not at import.
        """
        monkeypatch.setenv("ACME_CLIENT_ID", "from-outside")

        assert "from-outside" == asked()

    @pytest.mark.parametrize("empty", [None, ""])
    def test_neither(self, monkeypatch, empty):
        """
        In neither place: the error names both ways; an empty variable counts as unset.
        """
        if empty is not None:
            monkeypatch.setenv("ACME_CLIENT_ID", empty)

        with pytest.raises(ConfigError) as caught:
            asked()

        assert (
            "No client_id given for Acme: pass client_id= or set ACME_CLIENT_ID."
        ) == str(caught.value)

    def test_empty_is_given(self, monkeypatch):
        """
        An empty value that is given is a mistake, not a reason to look elsewhere.
        """
        monkeypatch.setenv("ACME_CLIENT_ID", "from-outside")

        with pytest.raises(ConfigError, match=r"^client_id= of Acme is empty\.$"):
            asked("")


class TestChecks:
    """What a value cannot be."""

    @pytest.mark.parametrize("value", ["x ", "\tx", "x\n", "\u00a0x"])
    def test_white_space(self, monkeypatch, value):
        """
        White space around a value is the trace of a copied line; the source is named.
        """
        why = r"of Acme has white space around it: copy it again without\.$"

        with pytest.raises(ConfigError, match=f"^client_id= {why}"):
            asked(value)
        monkeypatch.setenv("ACME_CLIENT_ID", value)
        with pytest.raises(ConfigError, match=f"^ACME_CLIENT_ID {why}"):
            asked()

    def test_as_it_is(self, monkeypatch):
        """
        A password is taken as it is, from the environment too.
        """
        monkeypatch.setenv("ACME_CLIENT_ID", " x ")

        assert (" y ", " x ") == (asked(" y ", as_it_is=True), asked(as_it_is=True))

    @pytest.mark.parametrize("value", [5, b"x", ["x"], False])
    def test_no_text(self, value):
        """
        What is no text is refused by its kind, and not shown.
        """
        kind = type(value).__name__

        with pytest.raises(
            ConfigError, match=rf"^client_id= of Acme must be text, not {kind}\.$"
        ):
            asked(value)

    @pytest.mark.skipif(os.name == "nt", reason="Windows keeps text, not bytes")
    def test_undecodable_environment(self, monkeypatch):
        """
        Bytes in the environment that are no text are refused in so many words.
        """
        monkeypatch.setitem(os.environb, b"ACME_CLIENT_ID", b"s3cret\xff")

        with pytest.raises(
            ConfigError, match=r"^ACME_CLIENT_ID of Acme has a lone surrogate in it\.$"
        ) as caught:
            asked()

        assert caught.value.__cause__ is None
        assert caught.value.__context__ is None

    @pytest.mark.parametrize("value", ["x", "ä", "a b", "a:b", "\U0001f600", "0"])
    def test_fine(self, value):
        """
        Whatever can be encoded comes back without a letter changed.
        """
        assert value == clean(value, source="x=", who="Acme")
        assert value == filled(value, source="x=", who="Acme")

    @pytest.mark.parametrize("value", [" s3cret", "s3cret\ud800"])
    def test_never_shown(self, value):
        """
        A value that is refused may be a secret: no error shows it.
        """
        with pytest.raises(ConfigError) as caught:
            asked(value)

        assert "s3cret" not in f"{caught.value!r} {caught.value.args}"
