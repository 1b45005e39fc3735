"""Where everything is: XPKit at the root, Xee and XMLdation below it, the control apart.

Rule: no view lives here.
"""

from __future__ import annotations

from django.contrib.auth.views import LoginView
from django.urls import include, path

urlpatterns = [
    path("", include("toolkit.xpkit")),
    path("v3/", include("toolkit.xee")),
    path("xmldation/", include("toolkit.xmldation")),
    path("control/", include("toolkit.control")),
    path("accounts/login/", LoginView.as_view()),
]
