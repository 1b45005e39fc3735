"""Compliance hooks: OAuth2Session's five kinds, and whose they are."""

import json
import warnings

import pytest
from helpers import auth_of, service_of, session_with
from oauth import bearers, oauth_of, opened

from requests_xauth import errors
from requests_xauth._request import HOOKS
from requests_xauth.stores import MemoryStore


class TestKinds:
    """Each of the five kinds, with its negative twin."""

    def test_access_token_request(self, box, clock):
        """
        A hook changes the request for a first token, its headers and its form.
        """
        session = oauth_of(box, "m2m", clock)

        def hook(token_url, headers, request_kwargs):
            headers["X-Client"] = "mine"
            request_kwargs["data"]["audience"] = "everybody"
            return token_url, headers, request_kwargs

        session.register_compliance_hook("access_token_request", hook)
        session.get(box.m2m.api_url)

        [asked] = [record for record in box.m2m.requests if record.at == "token"]
        assert "mine" == asked.headers["x-client"]
        assert b"grant_type=client_credentials&audience=everybody" == asked.body

    @pytest.mark.parametrize("act", ["fetch_token", "get"])
    def test_access_token_response(self, box, clock, act):
        """
        A hook mends the answer before it is read; without it there is no token.
        """
        box.xpkit.extra, box.xpkit.omit = {"accessToken": "opaque"}, {"access_token"}
        session = oauth_of(box, "xpkit", clock)
        arguments = [box.xpkit.api_url] if act == "get" else []

        def hook(r):
            token = json.loads(r.text)
            r._content = json.dumps(
                {**token, "access_token": token["accessToken"]}
            ).encode()
            return r

        with pytest.raises(errors.TokenRequestError, match="without access_token"):
            getattr(session, act)(*arguments)
        session.register_compliance_hook("access_token_response", hook)
        getattr(session, act)(*arguments)

        assert "opaque" == session.access_token

    @pytest.mark.parametrize("name", ["xee", "xmldation"])
    def test_refresh(self, box, clock, name):
        """
        Hooks of a refresh change its request and its answer, and no first token's.
        """
        service, session = service_of(box, name), oauth_of(box, name, clock)
        seen = []

        def request(token_url, headers, body):
            seen.append(body)
            return token_url, {**headers, "X-Refresh": "yes"}, f"{body}&more=yes"

        def response(r):
            r._content = json.dumps({**r.json(), "mended": True}).encode()
            return r

        session.register_compliance_hook("refresh_token_request", request)
        session.register_compliance_hook("refresh_token_response", response)
        session.get(service.api_url)
        service.invalidate()
        session.get(service.api_url)

        asked = [record for record in service.requests if record.at == "token"][-1]
        assert seen[-1].startswith("grant_type=refresh_token&refresh_token=")
        assert ("yes", True) == (asked.headers["x-refresh"], session.token["mended"])
        assert asked.body.endswith(b"&more=yes")
        by_grant = service.token_requests_by_grant
        assert by_grant["refresh_token"] == len(seen)

    def test_protected_request(self, box, clock):
        """
        A hook changes a signed request: URL, headers and data.
        """
        session = oauth_of(box, "m2m", clock)

        def hook(url, headers, data):
            return f"{url}?account=4711", {**headers, "Account-ID": "4711"}, "mine"

        session.register_compliance_hook("protected_request", hook)
        session.post(box.m2m.api_url, data="theirs")

        sent = box.m2m.requests[-1]
        assert ("account=4711", "4711", b"mine") == (
            sent.query,
            sent.headers["account-id"],
            sent.body,
        )


class TestProtectedRequest:
    """Which requests a protected_request hook sees."""

    def seen(self, session):
        """Register a hook that keeps what it is given."""
        seen = []

        def hook(url, headers, data):
            seen.append((url, headers, data, session.access_token))
            headers["Seen"] = "yes"
            return url, headers, data

        session.register_compliance_hook("protected_request", hook)
        return seen

    def test_a_signed_request(self, box, clock):
        """
        It sees a request that is signed, with the token at hand, and may change it.
        """
        session = oauth_of(box, "m2m", clock)
        seen = self.seen(session)
        mine = {"Mine": "yes"}

        session.post(box.m2m.api_url, data="x")
        session.get(box.m2m.api_url, headers=mine)

        token = session.access_token
        assert [box.m2m.api_url, "x", token] == [seen[0][0], *seen[0][2:]]
        assert "yes" == box.m2m.requests[-1].headers["seen"]
        assert {"Mine": "yes"} == mine

    def test_not_a_withheld_one(self, box, clock):
        """
        It does not see one whose token is withheld, nor obtains one for it.
        """
        session = oauth_of(box, "m2m", clock)
        seen = self.seen(session)

        session.get(box.m2m.api_url, withhold_token=True)

        assert [] == seen
        assert 0 == box.m2m.token_requests

    @pytest.mark.parametrize("as_bytes", [False, True])
    def test_not_one_to_a_foreign_host(self, box, clock, as_bytes):
        """
        It does not see one that may not have the token, which it could put into the URL.
        """
        session = oauth_of(box, "m2m", clock)
        seen = self.seen(session)
        url = box.elsewhere.url("/x")

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", errors.UnsignedRequestWarning)
            session.get(url.encode() if as_bytes else url)

        assert [] == seen

    def test_one_with_an_auth_of_its_own(self, box, clock):
        """
        It sees one with an ``auth=`` of its own only if there is a token already.
        """
        session = oauth_of(box, "m2m", clock)
        seen = self.seen(session)

        session.get(box.m2m.api_url, auth=("kari", "sesame"))
        session.get(box.m2m.api_url)
        session.get(box.m2m.api_url, auth=("kari", "sesame"))

        assert 2 == len(seen)
        assert 1 == box.m2m.token_requests


class TestWhose:
    """Which sessions a hook is for."""

    def test_every_session_of_the_auth_object(self, box, clock):
        """
        Hooks are the auth object's: a token request of any of its sessions meets them.
        """
        auth, seen = auth_of(box, "m2m", clock=clock), []
        opened(auth).register_compliance_hook(
            "access_token_request", lambda *given: seen.append(1) or given
        )

        session_with(auth).get(box.m2m.api_url)

        assert [1] == seen

    def test_no_other_auth_object(self, box, clock):
        """
        They are no other object's.
        """
        one, other = oauth_of(box, "m2m", clock), oauth_of(box, "m2m", clock)
        one.register_compliance_hook("protected_request", lambda *given: given)

        assert set() == other.compliance_hook["protected_request"]

    def test_added_to_the_sets(self, box, clock):
        """
        They can be added to the sets themselves, and set as a whole, which adds them.
        """
        session, seen = oauth_of(box, "m2m", clock), []
        session.compliance_hook["protected_request"].add(
            lambda *given: seen.append("added") or given
        )
        session.compliance_hook = {
            "protected_request": [lambda *given: seen.append("set") or given]
        }

        session.get(box.m2m.api_url)

        assert ["added", "set"] == sorted(seen)


class TestWhoseToken:
    """A token that a hook has changed the request for, or the answer, is nobody else's."""

    def audience(self, name):
        """Return a hook that asks for a token of that audience."""

        def hook(token_url, headers, request_kwargs):
            request_kwargs["data"]["audience"] = name
            return token_url, headers, request_kwargs

        return hook

    @pytest.mark.parametrize("late", [False, True])
    def test_two_audiences(self, box, clock, late):
        """
        Equal objects with other hooks ask for a token each, whenever the hooks came.
        """
        names = ("aaa", "bbb")
        if late:
            sessions = [oauth_of(box, "m2m", clock) for _ in names]
            sessions[0].get(box.m2m.api_url)
        else:
            sessions = (oauth_of(box, "m2m", clock) for _ in names)
        sent = []
        for name, session in zip(names, sessions, strict=True):
            session.register_compliance_hook(
                "access_token_request", self.audience(name)
            )
            session.get(box.m2m.api_url)
            sent.append(session.access_token)

        bodies = [r.body.decode() for r in box.m2m.requests if r.at == "token"]
        assert list(names) == [body.partition("audience=")[2] for body in bodies[-2:]]
        assert len(bodies) == len(set(sent)) + late
        assert sent[-1] in bearers(box.m2m)[-1]

    @pytest.mark.parametrize("kind", [*HOOKS])
    def test_by_kind(self, box, clock, kind):
        """
        Each kind of a token request's hooks parts an object from its equals; others not.
        """
        one, other = oauth_of(box, "m2m", clock), oauth_of(box, "m2m", clock)
        one.get(box.m2m.api_url)

        other.register_compliance_hook(kind, lambda *given: given)

        assert other.authorized is (kind == "protected_request")
        assert one.authorized

    def test_later_hooks(self, box, clock):
        """
        What has a state of its own already keeps its token.
        """
        session = oauth_of(box, "m2m", clock)
        for kind in ("access_token_request", "access_token_response"):
            session.register_compliance_hook(kind, lambda *g: g if g[1:] else g[0])
            session.get(box.m2m.api_url)

        assert 1 == box.m2m.token_requests

    def test_a_token_that_was_given(self, box, clock):
        """
        A token that the caller saved and gave stays.
        """
        session = oauth_of(box, "m2m", clock, token={"access_token": "mine"})

        session.register_compliance_hook("access_token_request", self.audience("aaa"))

        assert "mine" == session.access_token
        assert not oauth_of(box, "m2m", clock, account="ada").authorized

    def test_a_persons_token(self, box, clock):
        """
        A person's object shares with nobody: it goes on as it is, its login too.
        """
        session = oauth_of(box, "xee", clock)
        session.get(box.xee.api_url)

        session.register_compliance_hook("access_token_request", self.audience("aaa"))

        assert session.authorized
        assert 200 == session.get(box.xee.api_url).status_code
        assert 1 == box.xee.token_requests

    def test_a_store_is_shared(self, box, clock):
        """
        In a store the account keeps them apart.
        """
        store, seen = MemoryStore(), []
        for account in ("aaa", "bbb", "aaa"):
            session = oauth_of(box, "m2m", clock, store=store, account=account)
            session.register_compliance_hook(
                "access_token_request", self.audience(account)
            )
            session.get(box.m2m.api_url)
            seen.append(session.access_token)

        assert seen[0] == seen[2] != seen[1]

    def test_who_listens(self, box, clock):
        """
        token_updater and on_renew hear of the renewals once, with the token that came.
        """
        heard, renewals = [], []
        session = oauth_of(
            box, "m2m", clock, token_updater=heard.append, on_renew=renewals.append
        )
        session.register_compliance_hook("access_token_request", self.audience("aaa"))

        session.get(box.m2m.api_url)

        assert [session.access_token] == [token["access_token"] for token in heard]
        assert 1 == len(renewals)
        session.token_updater = None
        clock.tick(10**6)
        session.get(box.m2m.api_url)
        assert (1, 2) == (len(heard), len(renewals))
