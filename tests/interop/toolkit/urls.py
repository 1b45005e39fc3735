"""Where everything is: XPKit at the root, Xee below /v3, the tests' control apart.

Rule: no view lives here.
"""

from __future__ import annotations

from django.contrib.auth.views import LoginView
from django.urls import include, path

urlpatterns = [
    path("", include("toolkit.xpkit")),
    path("v3/", include("toolkit.xee")),
    path("control/", include("toolkit.control")),
    path("accounts/login/", LoginView.as_view()),
]
