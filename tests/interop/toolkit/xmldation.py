"""XMLdation's side: a password for three tokens, of which the id_token is the bearer.

Rule: paths, forms and bodies are those of XMLdation's documentation; refusals of the token
endpoint stay the engine's.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.urls import path
from oauth2_provider.contrib.rest_framework import OAuth2Authentication, TokenHasScope
from oauth2_provider.models import IDToken
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauth2_provider.views import TokenView
from oauthlib.oauth2 import ResourceOwnerPasswordCredentialsGrant
from oauthlib.openid import Server
from oauthlib.openid.connect.core.grant_types import RefreshTokenGrant
from rest_framework.permissions import BasePermission
from rest_framework.response import Response

from toolkit.api import Echo


class BasicOnly(OAuth2Validator):
    """Clients authenticate by HTTP Basic."""

    def authenticate_client(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        """Leave out the form body, which the engine would try next."""
        return self._authenticate_basic_auth(request)


class PasswordGrant:
    """The engine's own password grant, with the id_token that its refresh gives too."""

    def __init__(self, validator: BasicOnly) -> None:
        """Keep who decides about clients and people."""
        self._validator = validator

    def create_token_response(self, request: Any, token_handler: Any) -> Any:
        """
        Return the engine's answer.

        OpenID Connect does not know this grant, so the engine leaves the id_token out.
        """
        grant = ResourceOwnerPasswordCredentialsGrant(self._validator)
        openid = RefreshTokenGrant(self._validator)
        grant.register_token_modifier(
            lambda token: openid.add_id_token(token, token_handler, request)
        )
        return grant.create_token_response(request, token_handler)


class Token(TokenView):
    """The engine's own answer with XMLdation's members: UUIDs, and the lifetime left."""

    @classmethod
    def get_server(cls) -> Any:
        """Return the engine with the grant of XMLdation, and its form of tokens."""
        validator = BasicOnly()
        server = Server(
            validator,
            token_expires_in=3293,
            token_generator=lambda _request: str(uuid4()),
        )
        server.grant_types["password"] = PasswordGrant(validator)
        return server


class BearerIsIdToken(BasePermission):
    """The id_token opens, the access token does not."""

    def has_permission(self, request: Any, view: Any) -> bool:
        """Return whether the engine knew the bearer as an id_token."""
        return isinstance(request.auth, IDToken)


def refusal(error: Exception, context: dict[str, Any]) -> Response:
    """Return the one refusal that is documented, whatever *error* is."""
    told = {"error": {"status": 401, "message": "Unauthorized"}}
    return Response(told, status=401)


class Validate(Echo):
    """What validates a file for a product code, if the user may use that."""

    authentication_classes = (OAuth2Authentication,)
    permission_classes = (BearerIsIdToken, TokenHasScope)

    def get_exception_handler(self) -> Any:
        """Return XMLdation's words in place of the framework's."""
        return refusal


urlpatterns = [
    path("oauth2/token", Token.as_view()),
    path("v1/validate/mine", Validate.as_view(required_scopes=["openid"])),
    path("v1/validate/others", Validate.as_view(required_scopes=["others"])),
]
