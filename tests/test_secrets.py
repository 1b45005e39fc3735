"""What never appears: one run of everything at DEBUG, searched for every secret."""

import base64
import logging
import traceback
import warnings

import pytest
import requests
from helpers import PRESETS, auth_of, renewals_done, service_of, session_with

from requests_xauth import XAuthSession, XeeAuth, XPKitUserAuth, errors

# By a name, since tracebacks show the line of source that calls.
WRONG = "wrong-secret-1"


class Heard(logging.Handler):
    """All that was logged, formatted, with the arguments' own reprs."""

    def __init__(self):
        super().__init__(logging.NOTSET)
        self.texts = []

    def emit(self, record):
        """Keep the text and all that a formatter could make of it."""
        self.texts.append(self.format(record))
        self.texts.append(repr(record.args))
        self.texts.append(repr(vars(record)))


@pytest.fixture
def heard():
    """Capture the root logger and all its children at DEBUG."""
    root, handler = logging.getLogger(), Heard()
    names = [
        "requests_xauth",
        "urllib3",
        "requests_oauthlib",
        "oauthlib",
        "requests_oauthlib.oauth2_session",
    ]
    levels = {name: logging.getLogger(name).level for name in ["", *names]}
    for name in levels:
        logging.getLogger(name or None).setLevel(logging.DEBUG)
    root.addHandler(handler)
    yield handler
    root.removeHandler(handler)
    for name, level in levels.items():
        logging.getLogger(name or None).setLevel(level)


def secrets_of(service, requests_seen):
    """Return every secret that went over the wire, in every form that it may take."""
    found = {service.client_secret, getattr(service, "password", None)}
    for record in requests_seen:
        body = record.body.decode("latin-1")
        for part in body.split("&"):
            name, _, value = part.partition("=")
            if name in {"client_secret", "password", "refresh_token", "code"}:
                found |= {value, requests.utils.unquote(value)}
        kind, _, credentials = record.headers.get("authorization", "").partition(" ")
        found.add(credentials)
        if kind == "Basic":
            found.add(base64.b64decode(credentials).decode().partition(":")[2])
    return {secret for secret in found if secret and len(secret) > 5}


def told(error):
    """Return all that an error says, its causes included."""
    texts = []
    while error is not None:
        texts += [str(error), repr(error), repr(error.args), repr(vars(error))]
        response = getattr(error, "response", None)
        if response is not None:
            texts += [response.text, repr(response.headers), repr(response.url)]
        error = error.__cause__ or error.__context__
    return texts


def everything(box, name):
    """Live a token's whole life and return every repr and error text met."""
    service, texts = service_of(box, name), []

    def attempt(call):
        try:
            texts.append(repr(call()))
        except (requests.RequestException, UserWarning) as error:
            texts.extend(told(error))
            texts.append("".join(traceback.format_exception(error)))
        service.heal()

    auth = auth_of(box, name)
    session = session_with(auth)
    oauth = XAuthSession(auth)
    steps = [
        lambda: session.get(service.api_url),
        lambda: (service.expire(), session.get(service.api_url)),
        lambda: oauth.get(service.api_url),
        lambda: oauth.refresh_token() and None,
        lambda: (service.deny(), session.get(service.api_url), service.allow()),
        lambda: (service.fail(500), auth.renew()),
        lambda: (service.fail(200, body={"access_token": 1}), auth.renew()),
        lambda: (service.fail(200, body=b"<html>"), auth.renew()),
        lambda: (service.redirect(box.elsewhere.url("/x")), auth.renew()),
        lambda: (service.drop(), auth.renew()),
        lambda: (service.drop(when="after"), auth.renew()),
        lambda: session.get(box.elsewhere.url("/x")),
        lambda: requests.get(
            service.api_url, auth=auth_of(box, name, client_secret=WRONG)
        ),
        lambda: (service.kill_refresh_tokens(), service.expire(), auth.renew()),
        lambda: (service.heal(), service.revoke(), session.get(service.api_url)),
        lambda: session.get(service.api_url),
        auth.explain,
        lambda: (auth, auth.token, auth._setup, auth._state, auth._engine),
        lambda: (auth._setup.grant, auth._setup.provider, auth._state.store),
        lambda: str(auth.explain()),
        auth.forget,
    ]
    for step in steps:
        attempt(step)
        renewals_done()
    oauth.close()
    return texts


@pytest.mark.parametrize("name", PRESETS)
def test_no_secret_anywhere(box, heard, name):
    """
    No secret is in a log record, a repr, an error's text or a warning.
    """
    service = service_of(box, name)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        texts = everything(box, name)
    texts += heard.texts + [str(warning.message) for warning in warned]
    secrets = secrets_of(service, service.requests) | {WRONG}

    leaks = {
        (secret, text[max(0, text.find(secret) - 200) : text.find(secret) + 99])
        for secret in secrets
        for text in texts
        if secret in text
    }

    assert len(secrets) > 4
    assert len(texts) > 50
    assert set() == leaks


@pytest.mark.parametrize("name", ["xee", "xpkit"])
def test_no_secret_of_a_login(box, heard, name):
    """
    Code, state's verifier and tokens of a login appear nowhere, whatever goes wrong.
    """
    service = service_of(box, name)
    auth = (
        XeeAuth(**box.xee.credentials)
        if name == "xee"
        else XPKitUserAuth(**box.xpkit.user_credentials)
    )
    texts = []
    faults = (
        lambda: None,
        lambda: service.fail(500),
        lambda: service.drop(when="after"),
        lambda: service.fail(400, body={"error": "invalid_grant"}),
        lambda: service.fail(200, body=b"<html>"),
    )
    for fault in faults:
        back = service.authorize(auth.authorization_url()[0])
        fault()
        try:
            texts.append(repr(auth.fetch_token(authorization_response=back)))
        except requests.RequestException as error:
            texts.extend(told(error))
        service.heal()
        texts += [repr(auth), repr(auth._logins), repr(auth._state.store)]
    texts += heard.texts
    form = [
        pair.split("=")
        for record in service.requests
        if record.at == "token"
        for pair in record.body.decode().split("&")
    ]
    secrets = {v for name, v in form if name in {"code", "code_verifier"}}

    assert len(secrets) >= len(faults)
    assert [] == [text for text in texts for secret in secrets if secret in text]


@pytest.mark.parametrize("name", PRESETS)
def test_no_secret_that_was_held(box, clock, name):
    """
    A refusal that repeats the tokens held before shows none of them.
    """
    service = service_of(box, name)
    auth = auth_of(box, name, clock=clock)
    held = auth.renew()
    tokens = {held.access_token, held.refresh_token, held.id_token} - {None}
    said = f"{' and '.join(sorted(tokens))} still valid"
    service.fail(400, body={"error": "Bad Request", "description": said})

    with pytest.raises(errors.TokenRequestError) as caught:
        auth.renew()

    texts = [*told(caught.value), repr(auth.explain()), auth._state.load().to_text()]
    assert "***" in caught.value.response.text
    assert set() == {x for x in tokens for text in texts[:-1] if x in text}
    assert all(texts[-1].count(token) == 1 for token in tokens)


def test_the_search_would_find(box, heard):
    """
    A secret that is logged, shown or raised is found by the search above.
    """
    service = box.m2m
    auth = auth_of(box, "m2m")
    requests.get(service.api_url, auth=auth)
    secrets = secrets_of(service, service.requests)
    logging.getLogger("urllib3.connectionpool").debug("sent %s", auth.token.bearer)
    error = errors.ConfigError(f"the secret {service.client_secret} is wrong")

    assert {service.client_secret, auth.token.bearer} <= secrets
    assert any(auth.token.bearer in text for text in heard.texts)
    assert any(service.client_secret in text for text in told(error))
