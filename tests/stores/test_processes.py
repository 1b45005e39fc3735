"""Processes that share a store: one token for all, one token request, one error."""

import itertools

import hypothesis
import pytest
import requests
from helpers import auth_of
from hypothesis import strategies
from stores.programs import Failing, all_of, program, programs
from stores.with_file import FileStore

from requests_xauth import M2MAuth, Token, XeeAuth, XMLdationAuth, XPKitAuth
from requests_xauth.sandbox import Sandbox


@pytest.fixture
def box():
    """Return a sandbox on the real clock, which other processes have too."""
    with Sandbox() as sandbox:
        yield sandbox


class TestOneForAll:
    """One token, however many ask."""

    def test_four_processes_of_four_threads(self, box, folder):
        """
        Four processes of four threads that start cold cause one token request.
        """
        url, credentials = box.xpkit.api_url, box.xpkit.credentials
        with programs(4, "xpkit", folder, **credentials) as first:
            told = all_of(first, "get", url, 4)
            again = all_of(first, "get", url, 4)
        with programs(2, "xpkit", folder, **credentials) as second:
            later = all_of(second, "get", url, 4)

        assert [[200] * 4] * 4 == told == again
        assert [[200] * 4] * 2 == later
        assert 1 == box.xpkit.token_requests

    def test_a_new_token_for_all(self, box, folder):
        """
        A token that is refused to all of them at once is renewed once.
        """
        with programs(4, "m2m", folder, **box.m2m.credentials) as four:
            all_of(four, "get", box.m2m.api_url)
            box.m2m.revoke()
            told = all_of(four, "get", box.m2m.api_url, 4)

        assert [[200] * 4] * 4 == told
        assert 2 == box.m2m.token_requests

    def test_a_one_time_refresh_token(self, box, folder):
        """
        A refresh token that works once is used once, whoever uses it.
        """
        seed = {"refresh_token": box.xee.issue_refresh_token(), "account": "ada"}
        with programs(4, "xee", folder, **box.xee.credentials, **seed) as four:
            all_of(four, "get", box.xee.api_url)
            for requests_so_far in (1, 2, 3):
                assert requests_so_far == box.xee.token_requests
                box.xee.expire()
                told = all_of(four, "get", box.xee.api_url, 2)
                assert [[200] * 2] * 4 == told

        assert (4, 0) == (box.xee.token_requests, box.xee.reuses)

    def test_a_siblings_token_costs_nothing(self, box, folder):
        """
        What another process has renewed is taken from the store: no token request.
        """
        with program("m2m", folder, **box.m2m.credentials) as other:
            auth = auth_of(box, "m2m", store=FileStore(folder))
            requests.get(box.m2m.api_url, auth=auth)
            box.m2m.expire()
            other.tell("get", box.m2m.api_url)
            before = box.m2m.token_requests

            assert 200 == requests.get(box.m2m.api_url, auth=auth).status_code
            assert other.tell("mark") == auth.token.mark
            assert (2, 2) == (before, box.m2m.token_requests)

    def test_a_siblings_token_before_the_end(self, clock, folder):
        """
        So it is ahead of the end and at it, when nothing has been refused.
        """
        with Sandbox(clock) as box:
            one, other = (
                auth_of(box, "m2m", store=FileStore(folder), clock=clock)
                for _ in range(2)
            )
            for auth in (one, other):
                requests.get(box.m2m.api_url, auth=auth)
            clock.tick(box.m2m.lifetime_s)
            one.renew()
            requests.get(box.m2m.api_url, auth=other)

            assert one.token.mark == other.token.mark
            assert 2 == box.m2m.token_requests

    def test_a_siblings_token_that_is_refused_too(self, clock, folder):
        """
        A sibling's token of long ago that is refused too denies no place: the next call
        renews.
        """
        with Sandbox(clock) as box:
            one, other = (
                auth_of(box, "m2m", store=FileStore(folder), clock=clock)
                for _ in range(2)
            )
            for auth in (one, other):
                requests.get(box.m2m.api_url, auth=auth)
            box.m2m.invalidate()
            requests.get(box.m2m.api_url, auth=one)
            clock.tick(60)
            box.m2m.invalidate()

            told = [
                requests.get(box.m2m.api_url, auth=other).status_code for _ in range(2)
            ]

        assert [401, 200] == told
        assert 3 == box.m2m.token_requests

    @pytest.mark.parametrize("refused", [True, False])
    def test_a_siblings_young_token_that_is_refused_too(self, clock, folder, refused):
        """
        A URL that seemed to be denied is so no more when a newer token is good there,
        whether the newer one came by a refusal or not.
        """
        with Sandbox(clock) as box:
            one, other = (
                auth_of(box, "m2m", store=FileStore(folder), clock=clock)
                for _ in range(2)
            )
            for auth in (one, other):
                requests.get(box.m2m.api_url, auth=auth)
            box.m2m.invalidate()
            requests.get(box.m2m.api_url, auth=one)
            box.m2m.invalidate()
            told = [requests.get(box.m2m.api_url, auth=other).status_code]
            one.renew()
            if not refused:
                assert one.token == other.renew()
            told.append(requests.get(box.m2m.api_url, auth=other).status_code)
            box.m2m.invalidate()

            told.append(requests.get(box.m2m.api_url, auth=other).status_code)

        assert [401, 200, 200] == told
        assert 4 == box.m2m.token_requests

    def test_a_renewed_token_that_ends_on_its_way(self, clock, folder):
        """
        A token that has ended before it arrives denies no place either.
        """
        with Sandbox(clock) as box:
            lifetimes = [box.m2m.lifetime_s]
            auth = auth_of(
                box,
                "m2m",
                store=FileStore(folder),
                clock=clock,
                on_renew=lambda renewal: (
                    renewal.why == "refused"
                    and lifetimes
                    and clock.tick(lifetimes.pop())
                ),
            )
            told = []
            for _ in range(3):
                told.append(requests.get(box.m2m.api_url, auth=auth).status_code)
                box.m2m.invalidate()
            told.append(requests.get(box.m2m.api_url, auth=auth).status_code)

        assert [200, 401, 200, 200] == told


class TestOneError:
    """One failure, however many wait."""

    def test_six_processes_hear_of_one_failure(self, folder, tmp_path):
        """
        Six processes that wait for a failing token request have its error in time.
        """
        markers = [tmp_path / f"{n}.seen" for n in range(6)]
        more = {"client_id": "me", "client_secret": "hush"}
        with (
            Failing() as server,
            programs(6, "m2m", folder, base_url=server.url, **more) as six,
        ):
            for one, marker in zip(six, markers, strict=True):
                one.begin("get_seen", f"{server.url}/things", str(marker))
            told, took_s = server.heard_by(
                six, lambda: all(marker.exists() for marker in markers)
            )

        [[said]] = {tuple(one) for one in told}
        assert said.startswith("ProviderUnavailable")
        assert "500" in said
        assert 1 == len(server.requests)
        assert took_s < 30

    def test_it_is_over_when_it_is_over(self, box, folder):
        """
        Whoever comes after the failure asks again.
        """
        box.m2m.fail(500, times=1)
        with programs(2, "m2m", folder, **box.m2m.credentials) as (one, other):
            [failed] = one.tell("get", box.m2m.api_url)

            assert failed.startswith("ProviderUnavailable")
            assert [200] == other.tell("get", box.m2m.api_url)


def variants():
    """Return auth objects' makers that differ in one thing each."""
    m2m = {
        "base_url": "https://m2m.example",
        "client_id": "app",
        "client_secret": "secret",
    }
    xmldation = {**m2m, "username": "ada", "password": "pass"}
    xee = {"client_id": "app", "client_secret": "secret", "scope": "users_read"}
    return [
        lambda **more: M2MAuth(**{**m2m, **more}),
        lambda **more: XMLdationAuth(**{**xmldation, **more}),
        lambda **more: XPKitAuth("emea", "app", "secret", **more),
        lambda **more: XPKitAuth("amer", "app", "secret", **more),
        lambda **more: XeeAuth(**{**xee, **more}),
    ]


WORDS = strategies.text("abAB01-_/~.", min_size=1, max_size=9)
CHANGES = strategies.one_of(
    strategies.tuples(strategies.just(0), strategies.just("client_id"), WORDS),
    strategies.tuples(strategies.just(0), strategies.just("client_secret"), WORDS),
    strategies.tuples(strategies.just(0), strategies.just("scope"), WORDS),
    strategies.tuples(strategies.just(4), strategies.just("client_id"), WORDS),
    strategies.tuples(strategies.just(4), strategies.just("scope"), WORDS),
    strategies.tuples(strategies.integers(0, 4), strategies.just("account"), WORDS),
)


class TestApart:
    """Never each other's token."""

    @hypothesis.given(strategies.lists(CHANGES, min_size=1, max_size=6, unique=True))
    @hypothesis.settings(
        max_examples=40,
        deadline=None,
        suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture],
    )
    def test_whatever_differs(self, tmp_path_factory, changes):
        """
        Two that differ in client, secret, region, scope or account share no token.
        """
        store = FileStore(tmp_path_factory.mktemp("tokens"))
        makers = variants()
        auths = [make(store=store) for make in makers]
        auths += [
            makers[number](**{"store": store, name: value})
            for number, name, value in changes
        ]
        for number, auth in enumerate(auths):
            auth._engine.accept(Token(f"token-{number}"), "asked", "test")

        loaded = [auth._state.load().token.access_token for auth in auths]

        assert [f"token-{number}" for number in range(len(auths))] == loaded

    def test_users_and_passwords(self, folder):
        """
        Two users, or two passwords of one user, share no token.
        """
        store = FileStore(folder)
        names = {"base_url": "https://xmldation.example", "client_id": "app"}
        auths = [
            XMLdationAuth(*person, client_secret="secret", store=store, **names)
            for person in itertools.product(["ada", "bob"], ["one", "two"])
        ]
        for number, auth in enumerate(auths):
            token = Token("a", id_token=str(number), bearer_field="id_token")
            auth._engine.accept(token, "asked", "test")

        loaded = [auth._state.load().token.bearer for auth in auths]

        assert ["0", "1", "2", "3"] == loaded

    def test_a_wrong_secret_gets_nothing(self, box, folder):
        """
        Whoever has the wrong secret of a machine never gets the right one's token.
        """
        auth_of(box, "m2m", store=FileStore(folder)).renew()
        wrong = auth_of(box, "m2m", store=FileStore(folder), client_secret="wrong")

        assert wrong.token is None

    def test_a_login_survives_a_new_secret(self, box, folder):
        """
        A new client secret of Xee's keeps everybody logged in.
        """
        more = {"store": FileStore(folder), "account": "ada"}
        seed = box.xee.issue_refresh_token()
        before = auth_of(box, "xee", refresh_token=seed, **more)
        before.renew()
        box.xee.client_secret = "a-new-secret"
        after = auth_of(box, "xee", **more)

        assert before.token == after.token
        box.xee.expire()
        assert 200 == requests.get(box.xee.api_url, auth=after).status_code
        assert {"refresh_token": 2} == box.xee.token_requests_by_grant
