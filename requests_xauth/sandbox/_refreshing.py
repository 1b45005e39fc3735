"""Refresh tokens: rotation, and what happens to one that comes twice.

Rule: what a login is, and how tokens look, is the provider's business.
"""

from __future__ import annotations

from ._service import Service
from ._tokens import REVOKED


class RefreshingService(Service):
    """A provider that issues refresh tokens."""

    rotates = True

    def _use_refresh_token(self, token: str) -> tuple[int, str]:
        """
        Return the login and the scope of a refresh token, and spend it.

        Raises:
            TokenRefused: If it is unknown, dead or spent. With .reuse_detection a spent
                one that comes back takes the whole login with it.
        """
        fate = self._ledger.refresh(token)
        if fate is not None and fate.spent:
            self.reuses += 1
            if self.reuse_detection:
                self._ledger.mark(REVOKED, family=fate.family)
                self._ledger.kill_refresh_tokens(family=fate.family)
        if fate is None or fate.spent or fate.dead:
            raise self._refuse("invalid_grant")
        fate.spent = self.refresh_rotates
        return fate.family, fate.scope
