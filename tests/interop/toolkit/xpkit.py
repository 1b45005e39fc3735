"""XPKit's side: id and secret in the form body, PKCE for people, refusals wrapped.

Rule: paths, forms and bodies are those of XPKit's documentation.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from django.urls import path
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauth2_provider.views import AuthorizationView, TokenView

from toolkit.api import Echo


class BodyOnly(OAuth2Validator):
    """Clients authenticate in the form body alone; a public client must bring PKCE."""

    def authenticate_client(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        """Leave out HTTP Basic, which the engine would try first."""
        return self._authenticate_request_body(request)

    def is_pkce_required(self, client_id: str, request: Any) -> bool:
        """Ask for PKCE at the authorization endpoint and at the exchange."""
        return True


class Authorize(AuthorizationView):
    """The engine's own page; it ignores XPKit's `provider=`, having one login only."""

    validator_class = BodyOnly


class Token(TokenView):
    """The engine's own answer in XPKit's words."""

    validator_class = BodyOnly

    def create_token_response(self, request: Any) -> tuple[Any, Any, str, int]:
        """Return the engine's answer, reworded."""
        url, headers, body, status = super().create_token_response(request)
        return url, headers, json.dumps(_reworded(json.loads(body), status)), status


def _reworded(answer: dict[str, Any], status: int) -> dict[str, Any]:
    """
    Return what XPKit would say.

    XPKit documents no refresh token, and refusals like
    `{"error": "Unauthorized", "extra_info": {"error": "invalid_client"}}`, whose inner
    part is the engine's own.
    """
    if status == HTTPStatus.OK:
        return {name: answer[name] for name in answer if name != "refresh_token"}
    return {"error": HTTPStatus(status).phrase, "extra_info": answer}


def _resource(service: str) -> Any:
    """Return the path of a service that wants `service:read`."""
    view = Echo.as_view(required_scopes=[f"{service}:read"])
    return path(f"api/{service}/", view)


urlpatterns = [
    path("authorize/", Authorize.as_view()),
    path("api/token/", Token.as_view()),
    *map(_resource, ("profiles", "activities", "alerts")),
]
