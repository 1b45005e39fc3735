"""Xee's side: HTTP Basic, a code alone at the exchange, refusals of the API as a list.

Rule: paths, forms and bodies are those of Xee's documentation; refusals of the token
endpoint stay the engine's, so that its standard ones are met as well.
"""

from __future__ import annotations

import json
import secrets
import time
from http import HTTPStatus
from typing import Any

from django.http import QueryDict
from django.urls import path
from oauth2_provider.models import get_grant_model
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauth2_provider.views import AuthorizationView, TokenView
from rest_framework.exceptions import PermissionDenied
from rest_framework.response import Response

from toolkit.api import Echo


class BasicOnly(OAuth2Validator):
    """Clients authenticate by HTTP Basic, and need not repeat the redirect URI."""

    def authenticate_client(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        """Leave out the form body, which the engine would try next."""
        return self._authenticate_basic_auth(request)

    def get_default_redirect_uri(
        self, client_id: str, request: Any, *args: Any, **kwargs: Any
    ) -> str:
        """
        Return the redirect URI of the authorization when the exchange names none.

        RFC 6749, section 4.1.3, asks for it at the exchange if the authorization
        request had it, and the engine insists. Xee documents an exchange of grant type
        and code and nothing else.
        """
        grant = get_grant_model().objects.filter(code=request.code).first()
        return grant.redirect_uri if grant else request.client.default_redirect_uri


class Authorize(AuthorizationView):
    """The engine's own page, asked without `response_type`; a wrong client is a 404."""

    validator_class = BasicOnly

    def setup(self, request: Any, *args: Any, **kwargs: Any) -> None:
        """Complete the query before the engine reads it."""
        query = QueryDict(request.META["QUERY_STRING"], mutable=True)
        query.setdefault("response_type", "code")
        request.META["QUERY_STRING"] = query.urlencode()
        super().setup(request, *args, **kwargs)

    def render_to_response(self, context: Any, **kwargs: Any) -> Any:
        """Return the page; one that tells an error has Xee's status for it."""
        if "error" in context:
            kwargs["status"] = HTTPStatus.NOT_FOUND
        return super().render_to_response(context, **kwargs)


class Token(TokenView):
    """The engine's own answer with Xee's members: 64 hex digits, for one hour."""

    validator_class = BasicOnly

    @classmethod
    def get_server(cls) -> Any:
        """Return the engine with Xee's lifetime and form of tokens."""
        return cls.get_server_class()(
            cls.get_validator_class()(),
            token_expires_in=3600,
            token_generator=lambda _request: secrets.token_hex(32),
        )

    def create_token_response(self, request: Any) -> tuple[Any, Any, str, int]:
        """Return the engine's answer, a token with the members that Xee gives it."""
        url, headers, body, status = super().create_token_response(request)
        if status == HTTPStatus.OK:
            body = json.dumps(_reworded(json.loads(body)))
        return url, headers, body, status


def _reworded(answer: dict[str, Any]) -> dict[str, Any]:
    """Return a token answer as Xee words it: `expires_at` too, and no `scope`."""
    del answer["scope"]
    expires_at = int(time.time()) + answer["expires_in"]
    return {**answer, "token_type": "bearer", "expires_at": expires_at}


# The engine's finding to status, type, message and tip.
REFUSALS = {
    "The access token has expired.": (
        403,
        "AUTHORIZATION_ERROR",
        "Token has expired",
        "Refresh your token",
    ),
    "The access token is invalid.": (
        401,
        "AUTHENTICATION_ERROR",
        "Invalid token",
        "Check that the token is the one you were given",
    ),
    "no token": (
        401,
        "AUTHENTICATION_ERROR",
        "Authorization is missing/malformed",
        "Send the header Authorization: Bearer",
    ),
    "no scope": (
        403,
        "AUTHORIZATION_ERROR",
        "Token does not have the required scope",
        "Ask for the scope when the person logs in",
    ),
}


def refusal(error: Exception, context: dict[str, Any]) -> Response:
    """Return the refusal of an API call in Xee's form, a list of one."""
    status, kind, message, tip = REFUSALS[_finding(error, context["request"])]
    return Response([{"type": kind, "message": message, "tip": tip}], status=status)


def _finding(error: Exception, request: Any) -> str:
    """Return what the engine found wrong with the token of *request*."""
    if isinstance(error, PermissionDenied):
        return "no scope"
    return str(
        getattr(request, "oauth2_error", {}).get("error_description", "no token")
    )


class XeeEcho(Echo):
    """A resource that refuses in Xee's form."""

    def get_exception_handler(self) -> Any:
        """Return Xee's words in place of the framework's."""
        return refusal


urlpatterns = [
    path("auth/auth", Authorize.as_view()),
    path("auth/access_token", Token.as_view()),
    path("users/me", XeeEcho.as_view(required_scopes=["users_read"])),
    path("cars/1", XeeEcho.as_view(required_scopes=["cars_read"])),
    path("trips/1", XeeEcho.as_view(required_scopes=["trips_read"])),
]
