"""Which scopes an application is granted when it asks for none.

Rule: an application is known by its name, which is its provider's.
"""

from __future__ import annotations

from typing import Any

from oauth2_provider.scopes import SettingsScopes

GRANTED = {
    "xpkit": ["profiles:read", "activities:read"],
    "xpkit-user": ["profiles:read"],
    "xee": ["users_read", "cars_read"],
    "xmldation": ["openid"],
}


class GrantedScopes(SettingsScopes):
    """Any scope may be asked for by name; without a name, GRANTED decides."""

    def get_default_scopes(
        self, application: Any = None, request: Any = None, *args: Any, **kwargs: Any
    ) -> list[str]:
        """Return the scopes of an application that asked for none."""
        return GRANTED[application.name]
