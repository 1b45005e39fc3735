"""How an auth object shows itself in a notebook."""

import re

import made
import pytest

from requests_xauth import Token, XAuth, XeeAuth, XPKitAuth
from requests_xauth._card import span
from requests_xauth._signed import Signed
from requests_xauth.errors import StoreError
from requests_xauth.stores import MemoryStore


def rows_of(auth):
    """Return the rows of the card as a dict of plain texts, and its caption."""
    shown = auth._repr_html_()
    plain = [re.sub("<[^>]+>", "", part) for part in re.split("</th>|</tr>", shown)]
    caption = re.sub("<[^>]+>", "", shown.partition("</caption>")[0])
    names = [name.removeprefix(caption) for name in plain[0:-1:2]]
    return {"": caption, **dict(zip(names, plain[1::2], strict=True))}


@pytest.fixture
def make(clock):
    """Make an auth object on the test's clock that holds this token."""

    def make(token=None, grant=None, **more):
        grant = grant or made.machine()
        auth = XAuth(made.provider(), grant, clock=clock, **more)
        if token is not None:
            auth._state.adopt(Signed(token), "client_credentials")
        return auth

    return make


@pytest.fixture
def token(clock):
    """A token with all its secrets, good for an hour."""
    return Token(
        "s3cret-access",
        refresh_token="s3cret-refresh",
        id_token="s3cret-id",
        scope="read write",
        obtained_at=clock(),
        expires_at=clock() + 3600,
        extra={"x": "s3cret-extra"},
    )


def test_no_token(make):
    """
    Without a token it shows what it is for.
    """
    assert {
        "": "Acme XAuth",
        "Client": "app",
        "Scopes": "not told",
        "Token": "none yet",
        "Store": "this process",
    } == rows_of(make())


def test_token(make, token, clock):
    """
    A token is shown by mark, source, scopes and the time left, as a bar too.
    """
    auth = make(token, account="ada")
    clock.tick(1800)

    shown = rows_of(auth)

    assert {
        "Account": "ada",
        "Scopes": "read write",
        "Token": f"{token.mark} from client_credentials, renewable",
        "Time left": "30 min 30 min",
    } == {name: shown[name] for name in ("Account", "Scopes", "Token", "Time left")}
    assert '<meter min="0" max="1" low="0.2" optimum="1" value="0.500"' in (
        auth._repr_html_()
    )


def test_ended(make, token, clock):
    """
    A token that has ended is shown as such.
    """
    auth = make(token)
    clock.tick(4000)

    assert "ended ended" == rows_of(auth)["Time left"]
    assert 'value="0.000"' in auth._repr_html_()


def test_unknown_end(make):
    """
    An end that nobody knows has no bar.
    """
    shown = rows_of(make(Token("a")))

    assert "unknown" == shown["Time left"]
    assert shown["Token"].endswith("from client_credentials")


def test_region_and_renewal(box, clock):
    """
    The region is named, and the last renewal: when, why and how.
    """
    credentials = {**box.xpkit.credentials, "region": "emea"}
    auth = XPKitAuth(**credentials, clock=clock)
    auth.renew()
    clock.tick(240)

    shown = rows_of(auth)

    assert "XPKit (emea) XPKitAuth" == shown[""]
    assert "4 min ago (asked, client_credentials)" == shown["Last renewal"]


def test_store_that_fails(clock):
    """
    A store that cannot be read is no error of a display.
    """

    class Broken(MemoryStore):
        def load(self, key):
            raise StoreError("The <disk> is gone.")

    auth = XeeAuth("id", "secret", store=Broken(), clock=clock)

    assert "The &lt;disk&gt; is gone." == rows_of(auth)["Store"]


@pytest.mark.parametrize("grant", [made.machine(), made.user(), made.person()])
def test_no_secret(make, token, grant):
    """
    It shows no secret, whatever is held.
    """
    shown = make(token, grant)._repr_html_()

    assert token.mark in shown
    for secret in ("s3cret", made.SECRET, made.PASSWORD):
        assert secret not in shown


def test_escaped(clock, token):
    """
    No text of the user's or the provider's becomes part of the page.
    """
    evil = "<img src=x onerror=alert(1)>"
    auth = XAuth(
        made.provider(name=evil),
        made.machine(client_id=evil),
        account=evil,
        clock=clock,
    )
    auth._state.adopt(Signed(token._replace(scope=(evil,))), evil)

    assert "<img" not in auth._repr_html_()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "0 s"),
        (119, "119 s"),
        (120, "2 min"),
        (7199, "119 min"),
        (7200, "2 h"),
        (172_799, "47 h"),
        (172_800, "2 days"),
    ],
)
def test_span(seconds, words):
    """
    A duration is told in the largest unit of which there are two.
    """
    assert words == span(seconds)
