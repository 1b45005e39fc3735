"""What the providers' APIs and token endpoints answer, and what becomes of it."""

import base64
import json
import re
from typing import NamedTuple

import made
import pytest
from facts import MODULES, module_of, name_of
from helpers import auth_of

from requests_xauth._verdict import KEEP, LOGIN, MAYBE, RENEW, judge
from requests_xauth.errors import (
    CredentialsRejected,
    LoginRequired,
    TokenRequestError,
)
from requests_xauth.providers import xpkit

NO_SCOPE = "Token does not have the required scope"
NO_CAR = "Token can't access this car"


def xee_said(kind, message):
    """Return the body of a refusal of Xee's API."""
    return [{"type": kind, "message": message, "tip": "Do this."}]


# What the API of a provider answers, and what that says of the token.
ANSWERS = [
    ("xpkit", 401, {"detail": "x"}, RENEW),
    ("xpkit", 403, {"detail": "x"}, MAYBE),
    ("xpkit", 429, {"detail": "x"}, KEEP),
    ("xee", 401, xee_said("AUTHENTICATION_ERROR", "Invalid token"), RENEW),
    ("xee", 401, xee_said("AUTHENTICATION_ERROR", "Authorization is missing"), KEEP),
    ("xee", 401, xee_said("AUTHENTICATION_ERROR", "Authorization is malformed"), KEEP),
    ("xee", 403, xee_said("AUTHORIZATION_ERROR", "Token has expired"), RENEW),
    ("xee", 403, xee_said("AUTHORIZATION_ERROR", "Token has been revoked"), LOGIN),
    ("xee", 403, xee_said("AUTHORIZATION_ERROR", NO_SCOPE), KEEP),
    ("xee", 403, xee_said("AUTHORIZATION_ERROR", NO_CAR), KEEP),
    ("xee", 403, {"message": "Token has expired"}, RENEW),
    ("xee", 403, [], KEEP),
    ("xee", 403, [["Token has expired"]], KEEP),
    ("xee", 403, [{"message": ["Token has expired"]}], KEEP),
    ("xee", 401, "Invalid token", KEEP),
    ("xee", 404, xee_said("PARAMETERS_ERROR", "Invalid token"), KEEP),
    ("xmldation", 401, {"error": {"status": 401, "message": "Unauthorized"}}, MAYBE),
    ("xmldation", 403, {"error": {"status": 403, "message": "Forbidden"}}, KEEP),
    ("m2m", 401, {"message": "Unauthorized"}, RENEW),
    ("m2m", 403, {"message": "Forbidden"}, KEEP),
]


@pytest.fixture(params=MODULES, ids=name_of)
def module(request):
    """Each file of providers/ in turn."""
    return request.param


class TestAnswers:
    """What the APIs' refusals mean."""

    @pytest.mark.parametrize(("name", "status", "body", "verdict"), ANSWERS)
    def test_verdict(self, name, status, body, verdict):
        """
        The documented answers are judged as documented.
        """
        module = module_of(name)
        said = made.response(status, body=json.dumps(body).encode())

        assert verdict == judge(
            said, module.POLICY, getattr(module, "read_denial", None)
        )

    @pytest.mark.parametrize("status", [200, 204, 302, 404, 409, 429, 500, 503])
    def test_no_refusal(self, module, status):
        """
        What is no refusal is nobody's reason to renew.
        """
        said = made.response(status, challenge='Bearer error="invalid_token"')

        assert KEEP == judge(said, module.POLICY, getattr(module, "read_denial", None))

    def test_missing_permission(self, module):
        """
        A permission that is missing by name is never the token's fault.
        """
        for status in (401, 403):
            said = made.response(status, challenge='Bearer error="insufficient_scope"')
            assert KEEP == judge(said, module.POLICY)

    def test_wso2_behind_xmldation(self):
        """
        The gateway's own challenge, with its scheme and its space, is certain.
        """
        challenge = (
            'OAuth2 realm="WSO2 API Manager", error="invalid token",'
            ' error_description="The access token expired"'
        )

        assert RENEW == judge(
            made.response(401, challenge=challenge), module_of("xmldation").POLICY
        )

    @pytest.mark.usefixtures("uncollected")
    def test_xee_body_that_is_no_json(self):
        """
        A page instead of JSON is no reason.
        """
        xee = module_of("xee")

        for body in (b"<html>", b"", b"\xff", b"[" * 100_000):
            assert KEEP == judge(
                made.response(403, body=body), xee.POLICY, xee.read_denial
            )


def jwt(**claims):
    """Return a JWT that nobody has signed."""
    parts = ({"alg": "none"}, claims)
    coded = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
        for part in parts
    )
    return ".".join([*coded, "c2ln"])


# What the token endpoints answer, from the providers' documentation.
TOKENS = {
    "xpkit": {
        "token_type": "Bearer",
        "scope": "profiles:read activities:read",
        "expires_in": 36000,
        "access_token": "T" * 30,
    },
    "xee": {
        "access_token": "2f" * 32,
        "expires_at": 1_700_000_000,
        "expires_in": 3600,
        "refresh_token": "8e" * 32,
        "token_type": "bearer",
    },
    "xmldation": {
        "expires_in": 3293,
        "access_token": "ef1034a6-0000-4000-8000-000000000001",
        "refresh_token": "72fec40a-0000-4000-8000-000000000002",
        "token_type": "Bearer",
        "scope": "openid",
        "id_token": jwt(sub="ada"),
    },
    "m2m": {
        "token_type": "Bearer",
        "expires_in": 3600,
        "access_token": jwt(sub="id"),
    },
}


class TestTokens:
    """What is read in the documented answers."""

    @pytest.mark.parametrize("name", TOKENS)
    def test_answer(self, box, clock, name):
        """
        Bearer, lifetime on our own clock, scope and refresh token are read.
        """
        answer = TOKENS[name]
        auth = auth_of(box, name, clock=clock)
        getattr(box, name).fail(200, body=answer)

        token = auth.renew()

        bearer = answer["id_token" if name == "xmldation" else "access_token"]
        assert (bearer, answer["expires_in"]) == (
            token.bearer,
            token.expires_at - clock(),
        )
        assert answer.get("scope", "").split() == list(token.scope)
        assert answer["access_token"] == token.access_token
        if "refresh_token" in answer:
            assert answer["refresh_token"] == token.refresh_token

    def test_no_refresh_token(self, box, clock):
        """
        Machines get none.
        """
        for name in ("xpkit", "m2m"):
            assert auth_of(box, name, clock=clock).renew().refresh_token is None

    def test_without_the_id_token(self, box, clock):
        """
        An answer of XMLdation's without the id_token is no token.
        """
        answer = {k: v for k, v in TOKENS["xmldation"].items() if k != "id_token"}
        box.xmldation.fail(200, body=answer)

        with pytest.raises(TokenRequestError, match="without id_token"):
            auth_of(box, "xmldation", clock=clock).renew()

    def test_id_token_ends_first(self, box, clock):
        """
        XMLdation's bearer is good until the earlier of its two ends.
        """
        answer = {**TOKENS["xmldation"], "id_token": jwt(exp=clock() + 60)}
        box.xmldation.fail(200, body=answer)

        token = auth_of(box, "xmldation", clock=clock).renew()

        assert 60 == pytest.approx(token.left_s(clock()), abs=1)

    def test_moment_of_xee(self, box, clock):
        """
        Without a lifetime Xee's moment counts, on Xee's clock: ours may be wrong.
        """
        box.xee.omit = {"expires_in"}
        ours = type(clock)(clock() - 86_400)

        token = auth_of(box, "xee", clock=ours).renew()

        assert 3600 == pytest.approx(token.left_s(ours()), abs=1)


class Refusal(NamedTuple):
    """A token endpoint's answer, and what becomes of it."""

    name: str
    status: int
    body: object
    kind: type
    text: str
    code: str | None = None
    words: str | None = None
    tip: str | None = None


TIP = "Check you've set the grant_type and the refresh_token"
MISSING = {"type": "PARAMETERS_ERROR", "message": "Missing parameter"}
XPKIT_ERROR = {"error": "Unauthorized", "extra_info": {"error": "invalid_client"}}
REFUSALS = [
    Refusal(
        *("xpkit", 401, XPKIT_ERROR, CredentialsRejected),
        "XPKit refused the token request: invalid_client (HTTP 401)."
        " Check XPKIT_CLIENT_ID and XPKIT_CLIENT_SECRET.",
        code="invalid_client",
    ),
    Refusal(
        *("xpkit", 400, {"error": "Bad Request", "description": "No such scope."}),
        TokenRequestError,
        'XPKit refused the token request: Bad Request, "No such scope" (HTTP 400).'
        " See https://developer.xpkit.com/.",
        code="Bad Request",
        words="No such scope.",
    ),
    Refusal(
        *("xee", 400, [MISSING], TokenRequestError),
        "Xee refused the token request: Missing parameter (HTTP 400)."
        " See https://github.com/xee-lab/xee-api-docs.",
        words="Missing parameter",
    ),
    Refusal(
        *("xee", 400, [{**MISSING, "tip": TIP}], TokenRequestError),
        f"Xee refused the token request: Missing parameter (HTTP 400). {TIP}.",
        words="Missing parameter",
        tip=TIP,
    ),
    Refusal(
        *("xee", 403, {"message": "Invalid authentication"}, LoginRequired),
        "Xee refused the token request: Invalid authentication (HTTP 403). Either the"
        " code or refresh token is dead, or XEE_CLIENT_ID or XEE_CLIENT_SECRET is wrong:"
        " log in again, or check the credentials.",
        code="invalid_grant",
        words="Invalid authentication",
    ),
    Refusal(
        *("xee", 400, {"error": "invalid_request", "error_description": "Standard."}),
        TokenRequestError,
        'Xee refused the token request: invalid_request, "Standard" (HTTP 400).'
        " See https://github.com/xee-lab/xee-api-docs.",
        code="invalid_request",
        words="Standard.",
    ),
    Refusal(
        *("xmldation", 401, {"error": {"status": 401, "message": "Unauthorized"}}),
        CredentialsRejected,
        "XMLdation refused the token request: Unauthorized (HTTP 401). Check"
        " XMLDATION_CLIENT_ID, XMLDATION_CLIENT_SECRET, XMLDATION_USERNAME and"
        " XMLDATION_PASSWORD.",
        words="Unauthorized",
    ),
    Refusal(
        *("xmldation", 400, {"error": "invalid_grant", "error_description": "None."}),
        CredentialsRejected,
        'XMLdation refused the token request: invalid_grant, "None" (HTTP 400).'
        " Check XMLDATION_USERNAME and XMLDATION_PASSWORD.",
        code="invalid_grant",
        words="None.",
    ),
    Refusal(
        *("m2m", 401, {"message": "Unauthorized"}, CredentialsRejected),
        "M2M refused the token request: Unauthorized (HTTP 401)."
        " Check M2M_CLIENT_ID and M2M_CLIENT_SECRET",
        words="Unauthorized",
    ),
]


class TestRefusals:
    """What the token endpoints' refusals become."""

    @pytest.mark.parametrize("row", REFUSALS)
    def test_refusal(self, box, clock, row):
        """
        A refusal is told in the provider's own words, with its class and the next step.
        """
        auth = auth_of(box, row.name, clock=clock)
        getattr(box, row.name).fail(row.status, body=row.body)

        with pytest.raises(
            TokenRequestError, match=f"^{re.escape(row.text)}"
        ) as caught:
            auth.renew()

        error = caught.value
        assert row.kind is type(error)
        assert (row.status, row.code, row.words, row.tip) == (
            error.status_code,
            error.code,
            error.description,
            error.tip,
        )

    @pytest.mark.parametrize("name", TOKENS)
    @pytest.mark.parametrize(
        "body", [[], [5], {}, "text", None, 5, [[]], {"error": []}]
    )
    def test_strange_bodies(self, box, clock, name, body):
        """
        A body of another shape is an error of ours all the same.
        """
        auth = auth_of(box, name, clock=clock)
        getattr(box, name).fail(400, body=json.dumps(body).encode())

        with pytest.raises(TokenRequestError, match=r"refused the token request"):
            auth.renew()


class TestXPKitBodies:
    """How XPKit's two forms of refusal are read."""

    @pytest.mark.parametrize(
        ("body", "code", "description"),
        [
            ({"error": "Unauthorized", "extra_info": {"error": "x"}}, "x", None),
            (
                {"error": "Unauthorized", "extra_info": {"error": 5}},
                "Unauthorized",
                None,
            ),
            ({"error": "Unauthorized", "extra_info": "x"}, "Unauthorized", None),
            ({"error": "Unauthorized", "description": "No."}, "Unauthorized", "No."),
            ({"error": "Unauthorized", "description": 5}, "Unauthorized", None),
        ],
    )
    def test_read(self, body, code, description):
        """
        The standard's code is the inner one, where there is one.
        """
        refusal = xpkit.read_refusal(400, body)

        assert (code, description) == (refusal.code, refusal.description)

    @pytest.mark.parametrize(
        "body", [None, [], "x", {}, {"error": None}, {"error": {}}]
    )
    def test_not_xpkits(self, body):
        """
        What is not in XPKit's form is left to the standard's reading.
        """
        assert xpkit.read_refusal(400, body) is None
