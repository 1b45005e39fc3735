"""People log in: several at once, each getting their own token."""

from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from helpers import in_parallel

from requests_xauth import M2MAuth, XeeAuth, XPKitUserAuth, errors
from requests_xauth.stores import MemoryStore


def xee(box, clock, **more):
    """Return a new object for Xee, as each request of a web back end makes one."""
    return XeeAuth(**{**box.xee.credentials, **more}, clock=clock)


def xpkit_user(box, clock, **more):
    """Return a new object for an XPKit user."""
    return XPKitUserAuth(**{**box.xpkit.user_credentials, **more}, clock=clock)


KINDS = {"xee": xee, "xpkit": xpkit_user}


@pytest.mark.parametrize("name", KINDS)
def test_a_login(box, clock, name):
    """
    A person follows the URL; what comes back is exchanged, and calls are signed.
    """
    auth, service = KINDS[name](box, clock), getattr(box, name)
    url, state = auth.authorization_url()

    token = auth.fetch_token(authorization_response=service.authorize(url), state=state)

    assert token == auth.token
    assert 200 == requests.get(service.api_url, auth=auth).status_code
    assert 1 == service.token_requests


def test_what_the_url_asks(box, clock):
    """
    Xee's URL has client, redirect, scope and state; XPKit's a challenge and the SSO too.
    """
    theirs, _ = xee(box, clock, scope=["users_read", "cars_read"]).authorization_url()
    ours, state = xpkit_user(box, clock, sso="google").authorization_url()

    asked = {name: value[0] for name, value in parse_qs(urlsplit(theirs).query).items()}
    assert "users_read cars_read" == asked["scope"]
    assert box.xee.redirect_uri == asked["redirect_uri"]
    assert "code_challenge" not in asked
    asked = {name: value[0] for name, value in parse_qs(urlsplit(ours).query).items()}
    assert ("google", "S256") == (asked["provider"], asked["code_challenge_method"])
    assert state == asked["state"]


def test_xees_exchange_is_code_and_grant_type_alone(box, clock):
    """
    Xee's exchange sends grant_type and code and nothing else.
    """
    auth = xee(box, clock)
    auth.fetch_token(
        authorization_response=box.xee.authorize(auth.authorization_url()[0])
    )

    form = parse_qs(next(r for r in box.xee.requests if r.at == "token").body.decode())
    assert {"grant_type", "code"} == set(form)


def test_xpkits_exchange_has_a_verifier_and_no_secret(box, clock):
    """
    XPKit's public client proves itself by PKCE.
    """
    auth = xpkit_user(box, clock)
    auth.fetch_token(
        authorization_response=box.xpkit.authorize(auth.authorization_url()[0])
    )

    form = parse_qs(
        next(r for r in box.xpkit.requests if r.at == "token").body.decode()
    )
    assert {
        "grant_type",
        "code",
        "client_id",
        "redirect_uri",
        "code_verifier",
    } == set(form)


@pytest.mark.parametrize("name", KINDS)
def test_two_people_interleaved(box, clock, name):
    """
    Two logins through one store, finished by new objects: each gets their own token.
    """
    make, service, store = KINDS[name], getattr(box, name), MemoryStore()
    ann_url, _ = make(box, clock, store=store, account="ann").authorization_url()
    bob_url, _ = make(box, clock, store=store, account="bob").authorization_url()
    bob_back, ann_back = service.authorize(bob_url), service.authorize(ann_url)

    bob = make(box, clock, store=store, account="bob")
    bob_token = bob.fetch_token(authorization_response=bob_back)
    ann = make(box, clock, store=store, account="ann")
    ann_token = ann.fetch_token(authorization_response=ann_back)

    assert ann_token != bob_token
    assert ann_token == make(box, clock, store=store, account="ann").token
    assert bob_token == make(box, clock, store=store, account="bob").token


def test_several_logins_of_one_account(box, clock):
    """
    Several logins under way in one place are each found by their state.
    """
    store = MemoryStore()
    urls = [xee(box, clock, store=store).authorization_url()[0] for _ in range(5)]
    backs = [box.xee.authorize(url) for url in urls]

    tokens = [
        xee(box, clock, store=store).fetch_token(authorization_response=back)
        for back in reversed(backs)
    ]

    assert 5 == len({token.access_token for token in tokens})


def test_logins_begun_by_many_threads(box, clock):
    """
    Logins that many threads begin at once are all kept.
    """
    store = MemoryStore()
    urls = in_parallel(
        16, lambda: xpkit_user(box, clock, store=store).authorization_url()[0]
    )

    tokens = [
        xpkit_user(box, clock, store=store).fetch_token(
            authorization_response=box.xpkit.authorize(url)
        )
        for url in urls
    ]

    assert 16 == len(tokens)


@pytest.mark.parametrize("name", KINDS)
def test_a_redirect_is_good_once(box, clock, name):
    """
    The same redirect URL a second time is refused before anything is sent.
    """
    auth, service = KINDS[name](box, clock), getattr(box, name)
    back = service.authorize(auth.authorization_url()[0])
    auth.fetch_token(authorization_response=back)

    with pytest.raises(errors.LoginRequired, match="ten minutes"):
        auth.fetch_token(authorization_response=back)
    assert 1 == service.token_requests


def test_a_login_is_good_for_ten_minutes(box, clock):
    """
    A redirect that comes too late is refused; the text says how long a login is good.
    """
    auth = xee(box, clock)
    back = box.xee.authorize(auth.authorization_url()[0])
    clock.tick(601)

    with pytest.raises(errors.LoginRequired, match="ten minutes"):
        auth.fetch_token(authorization_response=back)
    assert 0 == box.xee.token_requests


def test_somebody_elses_state(box, clock):
    """
    A redirect with another login's state is refused: nobody is logged in unawares.
    """
    auth, other = xee(box, clock), xee(box, clock)
    mine, state = auth.authorization_url()
    foreign = box.xee.authorize(other.authorization_url()[0])

    with pytest.raises(errors.LoginRequired, match="another login"):
        auth.fetch_token(authorization_response=foreign, state=state)
    with pytest.raises(errors.LoginRequired, match="ten minutes"):
        auth.fetch_token(authorization_response=foreign)
    assert auth.fetch_token(authorization_response=box.xee.authorize(mine))


def test_a_login_of_another_account(box, clock):
    """
    A login that one account began is none of another's, though they share a store.
    """
    store = MemoryStore()
    ann, bob = (xee(box, clock, store=store, account=who) for who in ("ann", "bob"))
    back = box.xee.authorize(ann.authorization_url()[0])

    with pytest.raises(errors.LoginRequired, match="ten minutes"):
        bob.fetch_token(authorization_response=back)
    assert ann.fetch_token(authorization_response=back)


def test_a_redirect_without_state(box, clock):
    """
    Xee may not echo the state: then only the deliberate way, the bare code, is open.
    """
    box.xee.echo_state = False
    auth = xee(box, clock)
    back = box.xee.authorize(auth.authorization_url()[0])

    with pytest.raises(errors.LoginRequired, match=r"fetch_token\(code="):
        auth.fetch_token(authorization_response=back)
    assert auth.fetch_token(code=parse_qs(urlsplit(back).query)["code"][0])


def test_a_refused_login(box, clock):
    """
    A person who says no is told apart from a fault.
    """
    auth = xee(box, clock)
    back = box.xee.authorize(auth.authorization_url()[0], decision="deny")

    with pytest.raises(errors.LoginRequired, match="access_denied"):
        auth.fetch_token(authorization_response=back)


def test_a_wrong_code(box, clock):
    """
    A wrong code is refused in Xee's words, with both causes.
    """
    with pytest.raises(errors.LoginRequired, match="Invalid authentication") as caught:
        xee(box, clock).fetch_token(code="made up")

    assert "XEE_CLIENT_SECRET" in str(caught.value)
    assert 403 == caught.value.status_code


@pytest.mark.parametrize(
    ("trouble", "read_s", "status", "said"),
    [
        (
            lambda xee: xee.drop(when="after"),
            30,
            None,
            r"Xee did not answer the token request at 127\.0\.0\.1:\d+: [^.]+",
        ),
        (
            lambda xee: xee.slow(2.0),
            0.3,
            None,
            r"Xee did not answer the token request at 127\.0\.0\.1:\d+ in time",
        ),
        (
            lambda xee: xee.fail(504, headers={"Retry-After": "7"}),
            30,
            504,
            r"Xee could not serve the token request \(HTTP 504[^)]*\)",
        ),
    ],
    ids=["dropped", "late", "504"],
)
def test_a_code_whose_answer_is_lost(box, clock, trouble, read_s, status, said):
    """
    A code is never sent twice: a lost answer is a login, and the error says why, and
    that as the one thing to do.
    """
    auth = xee(box, clock, timeout=(5, read_s))
    back = box.xee.authorize(auth.authorization_url()[0])
    trouble(box.xee)

    step = r"The authorization code works once and may be used up: log in again\."
    with pytest.raises(errors.LoginRequired, match=rf"^{said}\. {step}$") as caught:
        auth.fetch_token(authorization_response=back)
    assert isinstance(caught.value.__cause__, errors.ProviderUnavailable)
    assert ("Xee", status) == (caught.value.provider, caught.value.status_code)
    assert 1 == box.xee.token_requests


def test_what_is_told_of_a_login(box, clock):
    """
    Each login is told with its reason, its grant and the token before; explain says so.
    """
    seen = []
    auth = xee(box, clock, account="ann", on_renew=seen.append)

    for _ in range(2):
        back = box.xee.authorize(auth.authorization_url()[0])
        auth.fetch_token(authorization_response=back)

    assert [("login", "authorization_code")] * 2 == [(x.why, x.how) for x in seen]
    assert [None, seen[0].mark] == [x.old_mark for x in seen]
    assert [("Xee", "ann")] * 2 == [(x.provider, x.account) for x in seen]
    assert "authorization_code" == auth.explain().source


def test_a_login_that_gives_an_ended_token(box, clock):
    """
    A token that is born expired is used by the call that was waiting for the login.
    """
    box.xee.lifetime_s = 0
    auth = xee(box, clock)

    auth.fetch_token(
        authorization_response=box.xee.authorize(auth.authorization_url()[0])
    )

    assert auth(requests.Request("GET", box.xee.api_url).prepare())
    assert 1 == box.xee.token_requests


def test_an_xpkit_users_token_ends(box, clock):
    """
    Without a refresh token the person signs in again at expiry; nobody is asked.
    """
    auth = xpkit_user(box, clock)
    auth.fetch_token(
        authorization_response=box.xpkit.authorize(auth.authorization_url()[0])
    )
    clock.tick(36001)

    with pytest.raises(errors.LoginRequired, match=r"auth\.login\(\)"):
        requests.get(box.xpkit.api_url, auth=auth)
    assert 1 == box.xpkit.token_requests


def test_machines_do_not_log_in(box, clock):
    """
    A grant of machines has no login; the error says what to do instead.
    """
    auth = M2MAuth(**box.m2m.credentials)

    with pytest.raises(errors.ConfigError, match="by client_credentials"):
        auth.authorization_url()
    with pytest.raises(errors.ConfigError, match=r"renew\(\)"):
        auth.fetch_token(code="c")


def test_neither_code_nor_redirect(box, clock):
    """
    fetch_token() without either says what it needs.
    """
    with pytest.raises(errors.ConfigError, match="authorization_response="):
        xee(box, clock).fetch_token()


@pytest.mark.parametrize("name", ["state", "code_challenge", "client_id"])
def test_what_keeps_a_login_safe_cannot_be_replaced(box, clock, name):
    """
    No parameter of the caller's replaces state, challenge or client.
    """
    begin = xpkit_user(box, clock).authorization_url

    with pytest.raises((errors.ConfigError, TypeError), match=name):
        begin("state", **{name: "another"})
    assert "prompt=none" in begin(prompt="none")[0]
