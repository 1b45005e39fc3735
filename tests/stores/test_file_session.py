"""FileStore on a disk that says no: what a user's session does meanwhile."""

import pytest
import requests
from helpers import auth_of
from stores.places import has_modes, small_files
from stores.with_file import FileStore

from requests_xauth import errors


class TestSession:
    """What a user's session does meanwhile."""

    def test_the_token_at_hand_goes_on(self, box, clock, tmp_path):
        """
        While the store fails, calls are signed with the token at hand to its end.
        """
        auth = auth_of(box, "m2m", store=FileStore(tmp_path / "tokens"), clock=clock)
        session = requests.Session()
        session.auth = auth
        with session:
            session.get(box.m2m.api_url)
            broken(tmp_path / "tokens")

            clock.tick(box.m2m.lifetime_s - 1)
            assert 200 == session.get(box.m2m.api_url).status_code
            clock.tick(1)
            with pytest.raises(errors.StoreError, match=str(tmp_path / "tokens")):
                session.get(box.m2m.api_url)
            mended(tmp_path / "tokens")
            assert 200 == session.get(box.m2m.api_url).status_code

        assert 2 == box.m2m.token_requests
        assert (
            auth.token
            == auth_of(box, "m2m", store=FileStore(tmp_path / "tokens")).token
        )

    @has_modes
    def test_a_one_time_refresh_token_is_not_sent(self, box, clock, tmp_path):
        """
        Where what is about to happen cannot be put on record, nothing is sent.
        """
        store = FileStore(tmp_path / "tokens")
        seed = box.xee.issue_refresh_token()
        auth = auth_of(
            box, "xee", store=store, account="ada", refresh_token=seed, clock=clock
        )
        auth.renew()
        with small_files(), pytest.raises(errors.StoreError, match="File too large"):
            auth.renew()

        assert 1 == box.xee.token_requests
        auth.renew()
        assert (2, 0) == (box.xee.token_requests, box.xee.reuses)

    def test_a_damaged_file_costs_one_token_request(self, box, tmp_path, caplog):
        """
        A program whose token's file is damaged asks for a new token, and goes on.
        """
        folder = tmp_path / "tokens"
        auth_of(box, "m2m", store=FileStore(folder)).renew()
        [path] = folder.glob("*.token")
        path.write_text("damaged")

        answer = requests.get(
            box.m2m.api_url, auth=auth_of(box, "m2m", store=FileStore(folder))
        )

        assert 200 == answer.status_code
        assert 2 == box.m2m.token_requests
        assert "is damaged" in caplog.text
        assert path.exists()


def broken(folder):
    """Put something in the folder's place that is none."""
    folder.rename(folder.with_name("away"))
    folder.write_text("no folder")


def mended(folder):
    """Undo that."""
    folder.unlink()
    folder.with_name("away").rename(folder)
