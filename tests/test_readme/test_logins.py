"""The README's back end of a web site."""

import re

import pytest

from requests_xauth import errors


class TestLogins:
    """The back end of a web site."""

    @pytest.fixture
    def site(self, stage, played):
        """Return the functions of the example."""
        return played("When a person logs in")

    def test_two_people(self, stage, site):
        """
        Two people who log in at once each get their own token.
        """
        people = ("kari", "anna")
        urls = {person: site["begin"](person) for person in people}
        for person in people:
            site["finish"](person, stage.box.xee.authorize(urls[person]))

        assert all(site["profile"](person).ok for person in people)
        assert 2 == len({site["auth_of"](person).token.mark for person in people})

    def test_another_browsers_login(self, stage, site):
        """
        Nobody can finish a login that another browser began.
        """
        address = stage.box.xee.authorize(site["begin"]("kari"))
        site["begin"]("anna")

        with pytest.raises(errors.LoginRequired, match="under way"):
            site["finish"]("anna", address)

    def test_no_state(self, stage, site):
        """
        A provider that sends no state back is told of, and the code alone is taken.
        """
        stage.box.xee.echo_state = False
        address = stage.box.xee.authorize(site["begin"]("kari"))

        with pytest.raises(errors.LoginRequired, match=r"fetch_token\(code="):
            site["finish"]("kari", address)
        code = re.search("code=([^&]+)", address)[1]
        assert site["auth_of"]("kari").fetch_token(code=code)
