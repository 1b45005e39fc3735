"""What can go wrong: who catches it, what it carries, and that it travels."""

import copy
import inspect
import pickle

import pytest
import requests
from helpers import auth_of, session_with
from servers import Script, http

from requests_xauth import errors
from requests_xauth.errors import (
    ConfigError,
    CredentialsRejected,
    LoginRequired,
    ProviderUnavailable,
    StoreError,
    TokenRequestError,
    UnsignedRequestWarning,
    XAuthError,
)

ERRORS = [getattr(errors, name) for name in errors.__all__ if name.endswith("r")]
ERRORS += [CredentialsRejected, LoginRequired, ProviderUnavailable]
TOLD = [e for e in dict.fromkeys(ERRORS) if issubclass(e, TokenRequestError)]
KNOWN = {
    "provider": "Acme",
    "status_code": 401,
    "code": "invalid_client",
    "description": "No such client.",
    "tip": "Ask the portal.",
    "doubt": "the clock is wrong",
}


def name_of(kind):
    """Return an error class's name."""
    return kind.__name__


def answered():
    """Return a token endpoint's answer that still has its request."""
    response = requests.Response()
    response.status_code = 401
    response._content = b'{"error": "invalid_client"}'
    response.request = requests.Request(
        "POST", "https://a.example/", data={"client_secret": "s3cret"}
    ).prepare()
    return response


class TestFamily:
    """Who catches what."""

    def test_names(self):
        """
        These are all, each with a docstring.
        """
        found = {
            name
            for name, kind in vars(errors).items()
            if inspect.isclass(kind) and kind.__module__ == errors.__name__
        }

        assert set(errors.__all__) == found
        assert all(getattr(errors, name).__doc__ for name in found)

    @pytest.mark.parametrize("kind", dict.fromkeys(ERRORS), ids=name_of)
    def test_all_come_out_of_requests(self, kind):
        """
        Code that catches requests' errors catches these.
        """
        assert issubclass(kind, XAuthError)
        assert issubclass(kind, requests.RequestException)

    @pytest.mark.parametrize(
        ("kind", "bases"),
        [
            (ConfigError, {ValueError}),
            (TokenRequestError, set()),
            (CredentialsRejected, {TokenRequestError}),
            (LoginRequired, {TokenRequestError}),
            (ProviderUnavailable, {TokenRequestError, requests.ConnectionError}),
            (StoreError, set()),
        ],
        ids=lambda value: getattr(value, "__name__", ""),
    )
    def test_what_else_they_are(self, kind, bases):
        """
        An error is of the classes that tell what to do next, and of no other.
        """
        others = {ValueError, TokenRequestError, requests.ConnectionError} - {kind}

        assert bases == {other for other in others if issubclass(kind, other)}

    def test_retry_code_retries_only_this(self):
        """
        Only what may pass by itself is a ConnectionError.
        """
        retried = [k for k in ERRORS if issubclass(k, requests.ConnectionError)]

        assert {ProviderUnavailable} == set(retried)

    def test_warning(self):
        """
        The warning is a UserWarning, and no error of ours.
        """
        assert issubclass(UnsignedRequestWarning, UserWarning)
        assert not issubclass(UnsignedRequestWarning, XAuthError)


class TestKnown:
    """What an error carries."""

    @pytest.mark.parametrize("kind", TOLD, ids=name_of)
    def test_attributes(self, kind):
        """
        What was known when it was written is there, and the text is the text.
        """
        error = kind("It failed.", **KNOWN)

        assert KNOWN == {name: getattr(error, name) for name in KNOWN}
        assert ("It failed.", ("It failed.",)) == (str(error), error.args)

    @pytest.mark.parametrize("kind", TOLD, ids=name_of)
    def test_nothing_known(self, kind):
        """
        What was not known is None.
        """
        error = kind("It failed.")

        assert dict.fromkeys(KNOWN) == {name: getattr(error, name) for name in KNOWN}
        assert (None, None, None) == (error.response, error.request, error.refused)

    def test_unavailable(self):
        """
        Whether it arrived and how long to wait is known of an unavailable provider.
        """
        bare, told = (
            ProviderUnavailable("x"),
            ProviderUnavailable("x", retry_after_s=7.5, arrived=True),
        )

        assert (None, False) == (bare.retry_after_s, bare.arrived)
        assert (7.5, True) == (told.retry_after_s, told.arrived)

    @pytest.mark.parametrize("kind", TOLD, ids=name_of)
    def test_no_request(self, kind):
        """
        The answer may be kept; the request, whose body holds the secret, is not.
        """
        response = answered()

        error = kind("It failed.", response=response)

        assert response is error.response
        assert error.request is None

    @pytest.mark.parametrize("kind", TOLD, ids=name_of)
    def test_false_answers_are_kept(self, kind):
        """
        A response of 401 is falsy, and kept all the same.
        """
        assert not answered()
        assert kind("x", response=answered()).response is not None

    def test_unknown_keyword(self):
        """
        What an error does not know it does not take.
        """
        with pytest.raises(TypeError, match="unexpected keyword argument 'colour'"):
            ProviderUnavailable("x", colour="red")


class TestTravel:
    """What a pickle and a copy bring."""

    @pytest.mark.parametrize("kind", [*dict.fromkeys(ERRORS), UnsignedRequestWarning])
    @pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
    def test_pickle(self, kind, protocol):
        """
        Every error can be pickled, and tells the same afterwards.
        """
        error = kind("It failed.")

        twin = pickle.loads(pickle.dumps(error, protocol))

        assert kind is type(twin)
        assert ("It failed.", error.args) == (str(twin), twin.args)
        assert vars(error) == vars(twin)

    @pytest.mark.parametrize("kind", TOLD, ids=name_of)
    @pytest.mark.parametrize(
        "travel", [copy.copy, lambda e: pickle.loads(pickle.dumps(e))]
    )
    def test_attributes(self, kind, travel):
        """
        Each attribute travels along.
        """
        error = kind("It failed.", **KNOWN)
        error.refused = answered()

        twin = travel(error)

        assert KNOWN == {name: getattr(twin, name) for name in KNOWN}
        assert (401, error.request) == (twin.refused.status_code, twin.request)

    @pytest.mark.parametrize(
        "travel", [copy.copy, lambda e: pickle.loads(pickle.dumps(e))]
    )
    def test_unavailable(self, travel):
        """
        So do those that only an unavailable provider has.
        """
        twin = travel(ProviderUnavailable("x", retry_after_s=7.5, arrived=True))

        assert (7.5, True) == (twin.retry_after_s, twin.arrived)

    def test_response(self):
        """
        The kept answer travels without its request.
        """
        kept = answered()
        kept.request = None

        twin = pickle.loads(pickle.dumps(LoginRequired("x", response=kept)))

        assert (401, "invalid_client") == (
            twin.response.status_code,
            twin.response.json()["error"],
        )
        assert b"s3cret" not in pickle.dumps(twin)

    @pytest.mark.parametrize("kind", TOLD, ids=name_of)
    def test_a_refusal_that_cannot_be_read(self, kind):
        """
        Where the API's refusal cannot go along, what else was known still does.
        """
        error = kind("It failed.", **KNOWN)
        broken = http(401, b"no gzip", {"Content-Encoding": "gzip"})
        with Script(broken) as api, requests.get(api.url, stream=True) as refused:
            error.refused = refused

            twin = pickle.loads(pickle.dumps(error))

        assert twin.refused is None
        assert ("It failed.", KNOWN) == (
            str(twin),
            {name: getattr(twin, name) for name in KNOWN},
        )
        assert refused is error.refused

    def test_a_refused_upload(self):
        """
        A body that cannot be pickled is left out with the refusal of its request.
        """
        error = LoginRequired("It failed.")
        error.refused = answered()
        assert pickle.loads(pickle.dumps(error)).refused is not None
        error.refused.request.body = (part for part in [b"x"])

        assert pickle.loads(pickle.dumps(error)).refused is None

    @pytest.mark.parametrize("stream", [False, True])
    def test_from_the_hook(self, box, stream):
        """
        So does an error out of a call whose refusal could not be read.
        """
        session = session_with(auth_of(box, "m2m"))
        session.get(box.m2m.api_url)
        packed = {"Content-Encoding": "gzip"}
        box.m2m.fail(401, "api", b"no gzip", headers=packed)
        box.m2m.fail(400, body={"error": "invalid_scope"})

        with pytest.raises(TokenRequestError) as failed:
            session.get(box.m2m.api_url, stream=stream)

        twin = pickle.loads(pickle.dumps(failed.value))
        assert (str(failed.value), None) == (str(twin), twin.refused)
        assert 401 == failed.value.refused.status_code
