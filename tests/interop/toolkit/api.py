"""The resources behind the tokens: each echoes what it received.

Rule: the engine decides who may in; a provider's own words for a refusal are its
exception handler's.
"""

from __future__ import annotations

import hashlib
from typing import Any

from oauth2_provider.contrib.rest_framework import TokenHasScope
from rest_framework.parsers import BaseParser, FormParser, MultiPartParser
from rest_framework.response import Response
from rest_framework.views import APIView


class Unread(BaseParser):
    """Take any other body as it is, without a content type too."""

    media_type = "*/*"

    def parse(self, *_stream_and_context: Any, **_more: Any) -> dict[str, Any]:
        """Return no fields."""
        return {}


class Echo(APIView):
    """Answer any method with what arrived, if the token has the scope of the path."""

    permission_classes = (TokenHasScope,)
    parser_classes = (FormParser, MultiPartParser, Unread)
    required_scopes: tuple[str, ...] = ()

    def answer(self, request: Any) -> Response:
        """Return method, path, user, and length and hash of the body."""
        body = request._request.body  # the framework's own request hides the raw one
        return Response(
            {
                "method": request.method,
                "path": request.path,
                "user": getattr(request.user, "username", None),
                "length": len(body),
                "sha256": hashlib.sha256(body).hexdigest(),
            }
        )

    get = post = put = delete = answer
