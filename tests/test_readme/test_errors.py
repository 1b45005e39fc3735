"""The README's function that says what to do next."""

from helpers import session_with
from readme import LITERAL
from stage import PROFILES

from requests_xauth import XPKitAuth


class TestErrors:
    """The function that says what to do next."""

    SECTION = "Errors, and what to do"

    def test_a_good_answer(self, stage, played):
        """
        A good answer is returned.
        """
        fetch = played(self.SECTION)["fetch"]

        assert fetch(session_with(XPKitAuth("emea")), PROFILES).ok

    def test_wrong_credentials(self, stage, played):
        """
        Wrong credentials are told word for word as the README tells it.
        """
        fetch = played(self.SECTION)["fetch"]
        session = session_with(XPKitAuth("emea", client_secret="wrong"))

        told = fetch(session, PROFILES)

        assert f"fix it: {LITERAL[0]}" == told

    def test_refused_in_between(self, stage, played, monkeypatch, capsys):
        """
        The refused response is at hand when the renewal it led to fails.
        """
        fetch = played(self.SECTION)["fetch"]
        auth = played("M2M")["session"].auth
        monkeypatch.setattr(stage.box.m2m, "client_secret", "changed")
        stage.box.m2m.expire()

        told = fetch(session_with(auth), "https://iot.example.com/api/v1/things")

        assert told.startswith("fix it: M2M refused the token request")
        assert "The API answered 401 before that.\n" == capsys.readouterr().out

    def test_unavailable(self, stage, played):
        """
        What the provider asks to wait is what is told.
        """
        fetch = played(self.SECTION)["fetch"]
        stage.box.xpkit.fail(500, headers={"Retry-After": "90"})

        told = fetch(session_with(XPKitAuth("emea")), PROFILES)

        assert "try again in 90 s" == told

    def test_nobody_has_logged_in(self, stage, played):
        """
        Without a login there is a hint to log in.
        """
        fetch = played(self.SECTION)["fetch"]
        auth_of = played("When a person logs in")["auth_of"]

        told = fetch(session_with(auth_of("kari")), "https://cloud.xee.com/v3/users/me")

        assert "log in: auth.authorization_url() begins" == told

    def test_the_api_is_gone(self, stage, played):
        """
        An API that does not answer is another matter.
        """
        fetch = played(self.SECTION)["fetch"]
        session = session_with(XPKitAuth("emea", hosts=["gone.example.net"]))

        told = fetch(session, "https://gone.example.net/")

        assert "the API itself did not answer" == told
