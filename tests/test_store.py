"""The key under which a token is kept, and the entry that is kept there."""

import hashlib
import hmac
import json
import math
import os
import pickle
import re
import subprocess
import sys

import made
import pytest

from requests_xauth import (
    M2MAuth,
    Token,
    XeeAuth,
    XMLdationAuth,
    XPKitAuth,
    XPKitUserAuth,
    _store,
    grants,
)
from requests_xauth._store import FORMAT, Entry, key_of, seed_mark
from requests_xauth.errors import StoreError
from requests_xauth.providers import xpkit

TOKEN = Token("a", obtained_at=0.0, expires_at=60.0)
REFRESHABLE = TOKEN._replace(refresh_token="r")


def key(*, grant=None, account=None, private=False, **provider):
    """Return the key of a grant, the machine's if none is given."""
    return key_of(
        made.provider(**provider), grant or made.machine(), account, private=private
    )


class TestKeys:
    """Who shares a token with whom."""

    @pytest.mark.parametrize("private", [True, False])
    @pytest.mark.parametrize(
        "other",
        [
            {"token_url": "https://auth.other.example/token"},
            {"bearer": "id_token"},
            {"account": "ada"},
            {"account": "null"},
            {"grant": made.machine(client_id="app2")},
            {"grant": made.machine(client_secret="another")},
            {"grant": made.machine(scope="read")},
            {"grant": made.user()},
            {"grant": made.person()},
        ],
    )
    def test_different(self, other, private):
        """
        Clients, secrets, accounts, scopes, grants and endpoints never share a token.
        """
        assert key(private=private) != key(private=private, **other)

    @pytest.mark.parametrize("private", [True, False])
    def test_users(self, private):
        """
        Two users of one client never share a token, nor two passwords of one user.
        """
        grants = [
            made.user(),
            made.user(username="eve"),
            made.user(password="guessed"),
            made.user(client_secret="another"),
            made.user(client_secret=None),
        ]

        assert len(grants) == len({key(grant=g, private=private) for g in grants})

    @pytest.mark.parametrize("private", [True, False])
    def test_regions(self, private):
        """
        Two regions of one provider never share a token.
        """
        keys = {
            key_of(xpkit.provider(region), made.machine(), None, private=private)
            for region in xpkit.REGIONS
        }

        assert len(xpkit.REGIONS) == len(keys)

    def test_fields_do_not_run_together(self):
        """
        What is a field's end and the next one's beginning is no matter of luck.
        """
        one = key(grant=made.user(username="ab", client_id="c"))
        other = key(grant=made.user(username="a", client_id="bc"))

        assert one != other
        assert key(account="a") != key(grant=made.machine(client_id='app", "a'))

    @pytest.mark.parametrize("private", [True, False])
    @pytest.mark.parametrize(
        "grant",
        [made.machine(), made.user(), made.person()],
        ids=lambda g: g.grant_type,
    )
    def test_same(self, grant, private):
        """
        Equals share a token: the same facts always give the same key.
        """
        twin = pickle.loads(pickle.dumps(grant))

        assert key(grant=grant, private=private) == key(grant=twin, private=private)

    @pytest.mark.parametrize("scope", [["b", "a"], "b a a", {"a", "b"}])
    def test_order_of_scope(self, scope):
        """
        A scope is the same in any order, as RFC 6749, section 3.3, has it.
        """
        assert key(grant=made.machine(scope="a b")) == key(
            grant=made.machine(scope=scope)
        )

    @pytest.mark.parametrize("private", [True, False])
    def test_login_survives_a_new_secret(self, private):
        """
        A person need not log in again because the client got a new secret.
        """
        old = key(grant=made.person(), private=private)

        assert old == key(grant=made.person(client_secret="new"), private=private)
        assert old != key(grant=made.person(client_id="app2"), private=private)

    def test_shape(self):
        """
        A key tells the provider's name and is fit for a file's name.
        """
        assert re.fullmatch("acme-[0-9a-f]{40}", key())
        assert re.fullmatch("acme-cloud-v3-[0-9a-f]{40}", key(name="*Acme: Cloud/v3!"))
        assert re.fullmatch("provider-[0-9a-f]{40}", key(name="Ü"))
        assert re.fullmatch("(x-){16}[0-9a-f]{40}", key(name="x " * 500 + "x"))

    def test_names_alone_do_not_part(self):
        """
        The provider's name is for people; endpoint and client decide.
        """
        assert key(name="Acme")[-40:] == key(name="Other")[-40:]


# What versions before this one have stored tokens under, with the account "me".
STORED = {
    "xpkit-24279af4e839434ee129666b790307cfce499a24": lambda: XPKitAuth(
        "emea", "id", "secret"
    ),
    "xpkit-3e299a0f82fadb378c77c5344c639ea021b09ace": lambda: XPKitUserAuth(
        "emea", "id", redirect_uri="http://127.0.0.1/"
    ),
    "xee-c8025c7eaf3cd7758807e9824bb212eab46e44fb": lambda: XeeAuth(
        "id", "secret", redirect_uri="http://127.0.0.1/", scope="users_read"
    ),
    "xmldation-7aa9270438863a411f2b3b8ace89f50a69eb4919": lambda: XMLdationAuth(
        "kari", "password", "id", "secret"
    ),
    "m2m-162a311c6c6123ad282430921564b8f74a1ebbc0": lambda: M2MAuth(
        "https://m2m.example", "id", "secret", scope="b a"
    ),
}


@pytest.mark.parametrize("stored", STORED)
def test_stored_tokens_are_found_again(stored):
    """
    The presets' keys stay what they are, since users have tokens under them.
    """
    setup = STORED[stored]()._setup

    assert stored == key_of(setup.provider, setup.grant, "me", private=False)


class Exchanged(grants.ClientCredentials):
    """A grant of a user's own, with a form of its own."""

    more = None

    def form(self):
        """Add to the form what this grant is for."""
        return {**super().form(), **(self.more or {})}


def exchanged(**more):
    """Return a grant of a class of its own, whose form has *more*."""
    kind = type("Own", (Exchanged,), {"more": more, "__slots__": ()})
    return kind("app", made.SECRET)


class TestOwnForms:
    """A grant whose form is not the house's."""

    def test_parts(self):
        """
        Tokens that are asked for in two ways are never shared: another API's, say.
        """
        asked = [
            exchanged(audience="aaa"),
            exchanged(audience="bbb"),
            exchanged(resource="aaa"),
            exchanged(resource=["aaa", "bbb"]),
            exchanged(scope="aaa"),
        ]

        keys = {key(grant=grant) for grant in (*asked, made.machine())}

        assert 1 + len(asked) == len(keys)
        assert key(grant=asked[0]) == key(grant=exchanged(audience="aaa"))

    def test_the_house_form(self):
        """
        A grant of one's own that sends what the house's sends has the house's key.
        """
        assert key(grant=exchanged()) == key(grant=made.machine())

    def test_what_is_left_out(self):
        """
        A form without the scope asks for another token than one that has it.
        """

        class Bare(grants.ClientCredentials):
            __slots__ = ()

            def form(self):
                return {"grant_type": self.grant_type}

        bare, whole = (
            kind("app", "s", "read") for kind in (Bare, type(made.machine()))
        )

        assert key(grant=bare) != key(grant=whole)

    @pytest.mark.parametrize("name", ["client_assertion", "subject_token", "other"])
    def test_no_secret_in_it(self, name, monkeypatch):
        """
        What is secret in a form is no part of the key: made anew for each, or guessable.
        """
        written = []
        dumps = json.dumps
        monkeypatch.setattr(
            json, "dumps", lambda *a, **k: written.append(dumps(*a, **k)) or written[-1]
        )

        one = key(grant=exchanged(**{name: made.SECRET}))
        other = key(grant=exchanged(**{name: made.SECRET}, audience="aaa"))

        assert one != other
        assert key() == one
        assert made.SECRET not in "".join(written)


class TestSecrets:
    """What a key gives away."""

    @pytest.fixture(autouse=True)
    def _no_fingerprints(self):
        _store._slow_fingerprints.clear()

    def test_another_process_computes_the_same(self):
        """
        A shared store's key is the same in every process, a private one's is not.
        """
        code = (
            "import made\nfrom requests_xauth._store import key_of\n"
            "for private in (False, True):\n"
            "    print(key_of(made.provider(), made.user(), None, private=private))"
        )

        ran = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )

        shared, private = ran.stdout.split()
        assert key(grant=made.user()) == shared
        assert key(grant=made.user(), private=True) != private

    def test_shared_and_private_differ(self):
        """
        A private key says nothing of the shared one.
        """
        assert key() != key(private=True)
        assert key(grant=made.user()) != key(grant=made.user(), private=True)

    def test_a_password_costs_scrypt(self):
        """
        Whoever guesses a password from a shared key pays for scrypt at each guess.

        The key is made again here by hand, from what an attacker knows and the guess.
        """
        grant = made.user()
        rest = json.dumps(
            [
                "https://auth.acme.example/token",
                "app",
                "password",
                "ada",
                None,
                [],
                "access_token",
            ]
        )
        salted = f"{rest}\0{made.SECRET}".encode()
        slow = hashlib.scrypt(
            made.PASSWORD.encode(), salt=rest.encode(), n=2**14, r=8, p=1
        )
        prints = [hashlib.sha256(salted).hexdigest(), slow.hex()]
        digest = hashlib.sha256(json.dumps([rest, prints]).encode()).hexdigest()

        assert f"acme-{digest[:40]}" == key(grant=grant)

    def test_no_quick_hash_of_a_password(self):
        """
        A password that is the client's secret too is not hashed quickly by way of it.
        """
        grant = made.user(client_secret=made.PASSWORD)

        key(grant=grant)

        assert 1 == len(_store._slow_fingerprints)
        assert hashlib.sha256(made.PASSWORD.encode()).hexdigest() not in repr(
            _store._slow_fingerprints
        )

    def test_scrypt_once(self):
        """
        The cost is paid once in a process for each password and identity.
        """
        for _ in range(3):
            key(grant=made.user())
        key(grant=made.user(username="eve"))

        assert 2 == len(_store._slow_fingerprints)

    def test_scrypt_is_remembered(self):
        """
        What was paid for is not computed again.
        """
        honest = key(grant=made.user())

        for quick in _store._slow_fingerprints:
            _store._slow_fingerprints[quick] = "remembered otherwise"

        assert honest != key(grant=made.user())

    def test_private_keys_cost_nothing(self):
        """
        A key that never leaves the process is made without scrypt.
        """
        key(grant=made.user(), private=True)

        assert {} == _store._slow_fingerprints

    def test_fingerprints_are_bounded(self):
        """
        A service of many users does not fill the memory with fingerprints.
        """
        _store._slow_fingerprints.update(
            (number.to_bytes(4, "big"), "") for number in range(1024)
        )

        key(grant=made.user())

        assert 1 == len(_store._slow_fingerprints)

    def test_memory_keeps_no_password(self):
        """
        What is remembered of a password cannot be compared without this process's key.
        """
        key(grant=made.user())

        [remembered] = _store._slow_fingerprints
        assert 64 == len(remembered)
        assert remembered != hmac.digest(b"", made.PASSWORD.encode(), "sha256")

    def test_seed_mark(self):
        """
        A caller's refresh token is told apart by a part of its hash.
        """
        assert hashlib.sha256(b"r").hexdigest()[:32] == seed_mark("r")
        assert seed_mark("r") != seed_mark("s")


FULL = Entry(REFRESHABLE, same=True, seed="s")._replace(
    failure={"id": "f", "at": 1.5, "message": "\ud800"},
    spending="abc123",
    spending_at=2.5,
    dead="The login is over.",
)


class TestEntries:
    """What the engine keeps under a key."""

    @pytest.mark.parametrize(
        "entry",
        [
            Entry(),
            Entry(TOKEN),
            FULL,
            Entry(TOKEN)._replace(spending="a", spending_at=0.0),
            Entry()._replace(dead="", failure={}),
        ],
    )
    def test_there_and_back(self, entry):
        """
        A text brings back the equal of what was saved.
        """
        assert entry == Entry.from_text(entry.to_text())

    def test_nothing(self):
        """
        Nothing kept is an empty entry.
        """
        assert Entry() == Entry.from_text(None)

    def test_text(self):
        """
        The text is short JSON with a version; what is not there is left out.
        """
        assert '{"v":1}' == Entry().to_text()
        assert {"v", "token"} == set(json.loads(Entry(TOKEN).to_text()))
        assert FULL.to_text().isascii()

    def test_newer_format(self):
        """
        What a newer version wrote is not touched, and the text says what to do.
        """
        text = (
            f"The stored token has format {FORMAT + 1}, this version of requests-xauth"
            f" reads up to {FORMAT}: upgrade it, or use another store."
        )

        with pytest.raises(StoreError, match=f"^{re.escape(text)}$"):
            Entry.from_text(json.dumps({"v": FORMAT + 1, "token": "of another shape"}))

    @pytest.mark.usefixtures("uncollected")
    @pytest.mark.parametrize(
        "text",
        [
            *(
                "",
                "x",
                "null",
                "5",
                "[]",
                '"text"',
                "{",
                "{}",
                '{"v":"1"}',
                '{"v":null}',
            ),
            *('{"v":1e999}', '{"v":1.5}', "[" * 100_000, '{"v":' * 100_000, "\ud800"),
            '{"v":' + "9" * 5000 + "}",
            '{"v":1,"token":5}',
            '{"v":1,"token":{}}',
            '{"v":1,"token":{"access_token":"a","_extra":"' + "[" * 100_000 + '"}}',
            '{"v":1,"spending":5}',
            '{"v":1,"seed":["s"]}',
            '{"v":1,"dead":{}}',
        ],
    )
    def test_damage(self, text):
        """
        A damaged text is a ValueError, whatever is the matter.
        """
        with pytest.raises(ValueError, match=r"\w"):
            Entry.from_text(text)

    @pytest.mark.parametrize(
        "member",
        [
            {"failure": "text"},
            {"failure": [1]},
            {"spending_at": "1"},
            {"spending_at": math.nan},
            {"spending_at": True},
            {"same": 0},
            {"never heard of": 1},
        ],
    )
    def test_what_is_not_needed(self, member):
        """
        A history that cannot be read is no reason to lose the token.
        """
        text = json.dumps({**json.loads(Entry(TOKEN).to_text()), **member})

        assert Entry(TOKEN) == Entry.from_text(text)

    def test_repr(self):
        """
        An entry shows its token's safe repr, and no failure's words.
        """
        shown = repr(FULL)

        assert repr(REFRESHABLE) in shown
        assert "failure" not in shown


class TestKeptUntil:
    """How long a store must keep an entry."""

    def test_with_its_token(self):
        """
        What nobody could use after its end may be dropped then.
        """
        assert 60.0 == Entry(TOKEN).kept_until()

    @pytest.mark.parametrize(
        "entry",
        [
            Entry(),
            Entry(REFRESHABLE),
            Entry(TOKEN, seed="s"),
            Entry(TOKEN)._replace(dead="over"),
            Entry(TOKEN)._replace(spending="abc123"),
            Entry()._replace(failure={"id": "f", "at": "1.5"}),
            Entry(TOKEN._replace(expires_at=None)),
        ],
    )
    def test_for_good(self, entry):
        """
        A refresh token, a seed or a verdict outlives the access token.
        """
        assert entry.kept_until() is None

    def test_a_failure_alone(self):
        """
        A failure without a token is history after a minute.
        """
        assert 61.5 == Entry()._replace(failure={"id": "f", "at": 1.5}).kept_until()

    def test_a_failure_at_the_end(self):
        """
        A failed renewal of an ended token is told to whoever waited for it.
        """
        failed = Entry(TOKEN)._replace(failure={"at": 59.0})

        assert 119.0 == failed.kept_until()
        assert TOKEN.expires_at == failed._replace(failure={"at": -9.0}).kept_until()
