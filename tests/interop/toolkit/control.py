"""What a test may do behind the clients' back: applications, people, deaths of tokens.

Rule: an act uses the engine's own models, and its own path where it has one.
"""

from __future__ import annotations

import json
import secrets
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.contrib.auth import get_user_model
from django.http import JsonResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from oauth2_provider.generators import generate_client_secret
from oauth2_provider.models import (
    AccessToken,
    Application,
    IDToken,
    RefreshToken,
    revoke_access_token,
)

from toolkit.journal import ENTRIES

KINDS = {
    "xpkit": (Application.CLIENT_CONFIDENTIAL, Application.GRANT_CLIENT_CREDENTIALS),
    "xpkit-user": (Application.CLIENT_PUBLIC, Application.GRANT_AUTHORIZATION_CODE),
    "xee": (Application.CLIENT_CONFIDENTIAL, Application.GRANT_AUTHORIZATION_CODE),
    "xmldation": (Application.CLIENT_CONFIDENTIAL, Application.GRANT_PASSWORD),
}


def make_application(
    kind: str, redirect_uri: str, secret: str | None = None
) -> dict[str, str]:
    """Register an application and return its id and secret, made unless given."""
    client_type, grant = KINDS[kind]
    secret = secret or generate_client_secret()
    application = Application.objects.create(
        name=kind,
        client_type=client_type,
        authorization_grant_type=grant,
        client_secret=secret,
        algorithm=Application.RS256_ALGORITHM,
        redirect_uris=redirect_uri,
    )
    return {"client_id": application.client_id, "client_secret": secret}


def make_person(username: str) -> dict[str, str]:
    """Register somebody who can log in, and return name and password."""
    password = secrets.token_urlsafe(12)
    get_user_model().objects.create_user(username, password=password)
    return {"username": username, "password": password}


def expire(client_id: str) -> dict[str, int]:
    """Put the end of an application's tokens, not of refresh tokens, into the past."""
    past = timezone.now() - timedelta(seconds=1)
    _id_tokens(client_id).update(expires=past)
    return {"tokens": _tokens(client_id).update(expires=past)}


def revoke(client_id: str) -> dict[str, int]:
    """Revoke an application's tokens as the engine does: refresh tokens too."""
    tokens = list(_tokens(client_id))
    for token in tokens:
        revoke_access_token(token)
    return {"tokens": len(tokens)}


def lose(client_id: str) -> dict[str, int]:
    """Make an application's tokens unknown; refresh tokens go on working."""
    tokens = list(_tokens(client_id))
    for token in tokens:
        _tokens(client_id).filter(pk=token.pk).update(
            token_checksum=secrets.token_hex(32)
        )
    for id_token in list(_id_tokens(client_id)):
        _id_tokens(client_id).filter(pk=id_token.pk).update(jti=uuid4())
    return {"tokens": len(tokens)}


def count(client_id: str) -> dict[str, int]:
    """Return how many tokens an application has, and how many are spent."""
    refresh_tokens = RefreshToken.objects.filter(application__client_id=client_id)
    return {
        "access_tokens": _tokens(client_id).count(),
        "live_refresh_tokens": refresh_tokens.filter(revoked=None).count(),
        "spent_refresh_tokens": refresh_tokens.exclude(revoked=None).count(),
    }


def read_journal() -> dict[str, list[dict[str, Any]]]:
    """Return what was asked since the last clearing."""
    return {"entries": list(ENTRIES)}


def clear_journal() -> dict[str, int]:
    """Forget what was asked so far."""
    ENTRIES.clear()
    return {"entries": 0}


def _tokens(client_id: str) -> Any:
    """Return an application's access tokens."""
    return AccessToken.objects.filter(application__client_id=client_id)


def _id_tokens(client_id: str) -> Any:
    """Return an application's id_tokens."""
    return IDToken.objects.filter(application__client_id=client_id)


def _view(act: Any) -> Any:
    """Return *act* as a view: a JSON object of arguments in, a JSON object out."""
    return csrf_exempt(lambda request: JsonResponse(act(**json.loads(request.body))))


urlpatterns = [
    path(act.__name__, _view(act))
    for act in (
        make_application,
        make_person,
        expire,
        revoke,
        lose,
        count,
        read_journal,
        clear_journal,
    )
]
