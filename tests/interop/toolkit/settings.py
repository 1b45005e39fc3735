"""Django's settings: a throw-away database and no more of Django than the engine needs.

Rule: a value that differs from a default says why.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from jwcrypto.jwk import JWK

SECRET_KEY = secrets.token_urlsafe(48)
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "toolkit.urls"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOGIN_URL = "/accounts/login/"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "rest_framework",
    "oauth2_provider",
]

# CommonMiddleware redirects a path without its trailing slash, as XPKit does. The
# journal is outermost, so that it sees what the client sees.
MIDDLEWARE = [
    "toolkit.journal.Journal",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).with_name("templates")],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": ["django.template.context_processors.request"]
        },
    },
]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ["TOOLKIT_DATABASE"],
        # Many threads write at once. Without these two SQLite answers "database is
        # locked" at once to a transaction that began by reading.
        "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE"},
    },
}

# A client secret is hashed like a password, and the default hash takes 0.3 s to check.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

REST_FRAMEWORK = {
    # The framework's default order has the session first, which knows no challenge:
    # so a bad token is answered 403 without WWW-Authenticate, as a missing permission
    # is. XPKit documents that 403.
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.SessionAuthentication",
        "oauth2_provider.contrib.rest_framework.OAuth2Authentication",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}

OAUTH2_PROVIDER = {
    "SCOPES": {
        "profiles:read": "Read profiles",
        "activities:read": "Read activities",
        "alerts:read": "Read alerts",
        "users_read": "Read users",
        "cars_read": "Read cars",
        "trips_read": "Read trips",
        "openid": "Log in",
        "others": "Validate for others",
    },
    "SCOPES_BACKEND_CLASS": "toolkit.scopes.GrantedScopes",
    "ACCESS_TOKEN_EXPIRE_SECONDS": 36000,
    # A refresh token works once, and its second use revokes the whole family.
    "ROTATE_REFRESH_TOKEN": True,
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    # Xee knows no PKCE; the validator of XPKit asks for it.
    "PKCE_REQUIRED": False,
    # XMLdation's grant, which the engine is about to refuse unless told.
    "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": False,
    # For XMLdation too, whose bearer is an id_token; it ends before the access token does.
    "OIDC_ENABLED": True,
    "OIDC_ISS_ENDPOINT": "https://auth.example",
    "OIDC_RSA_PRIVATE_KEY": JWK.generate(kty="RSA", size=2048)
    .export_to_pem(private_key=True, password=None)
    .decode(),
    "ID_TOKEN_EXPIRE_SECONDS": 3000,
}
