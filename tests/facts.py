"""The documented facts of each provider, written out once more for the tests."""

import inspect
from importlib import import_module
from pkgutil import iter_modules

from requests_xauth import (
    M2MAuth,
    XeeAuth,
    XMLdationAuth,
    XPKitAuth,
    XPKitUserAuth,
    providers,
)

BASES = {
    "amer": "amer.xpkit.net",
    "apac": "apac.xpkit.net",
    "china": "china.xpkit.cn",
    "emea": "emea.xpkit.net",
}
CLIENT = {"client_id": "id", "client_secret": "secret"}
USER = {"username": "ada", "password": "pw", **CLIENT}
GATEWAY = "https://gw.example:8443/x"


def xpkit_facts(region, kind=XPKitAuth):
    """Return the documented facts of one region of XPKit."""
    base = BASES[region]
    user = kind is XPKitUserAuth
    return {
        "kind": kind,
        "given": {"region": region, "client_id": "id"}
        if user
        else {"region": region, **CLIENT},
        "token_url": f"https://auth.{base}/api/token/",
        "authorize_url": f"https://auth.{base}/authorize/",
        "client_auth": "none" if user else "body",
        "bearer": "access_token",
        "hosts": (f"*.{base}",),
        "form": {
            "grant_type": "authorization_code" if user else "client_credentials",
        },
        "placed": (f"{GATEWAY}/api/token/", f"{GATEWAY}/authorize/"),
    }


FACTS = {
    **{f"xpkit-{region}": xpkit_facts(region) for region in BASES},
    **{f"xpkit-user-{region}": xpkit_facts(region, XPKitUserAuth) for region in BASES},
    "xee": {
        "kind": XeeAuth,
        "given": CLIENT,
        "token_url": "https://cloud.xee.com/v3/auth/access_token",
        "authorize_url": "https://cloud.xee.com/v3/auth/auth",
        "client_auth": "basic",
        "bearer": "access_token",
        "hosts": ("cloud.xee.com",),
        "form": {"grant_type": "authorization_code"},
        "placed": (f"{GATEWAY}/auth/access_token", f"{GATEWAY}/auth/auth"),
    },
    "xmldation": {
        "kind": XMLdationAuth,
        "given": USER,
        "token_url": "https://auth.xmldation.com/oauth2/token",
        "authorize_url": None,
        "client_auth": "basic",
        "bearer": "id_token",
        "hosts": ("*.xmldation.com",),
        "form": {
            "grant_type": "password",
            "username": "xmldation/ada",
            "password": "pw",
            "scope": "openid",
        },
        "placed": (f"{GATEWAY}/oauth2/token", None),
    },
    "m2m": {
        "kind": M2MAuth,
        "given": {"base_url": "https://api.example", **CLIENT},
        "token_url": "https://api.example/oauth/v2/token",
        "authorize_url": None,
        "client_auth": "basic",
        "bearer": "access_token",
        "hosts": ("api.example",),
        "form": {"grant_type": "client_credentials"},
        "placed": (f"{GATEWAY}/oauth/v2/token", None),
    },
}
MODULES = [
    import_module(f"{providers.__name__}.{name}")
    for _, name, _ in iter_modules(providers.__path__)
]


def name_of(value):
    """Return the last part of a module's or a class's name."""
    return getattr(value, "__name__", str(value)).rpartition(".")[2]


# (class, argument) -> where it is looked up, and whose it is called.
LOOKED_UP = {
    (XPKitAuth, "client_id"): ("XPKIT_CLIENT_ID", "XPKit"),
    (XPKitAuth, "client_secret"): ("XPKIT_CLIENT_SECRET", "XPKit"),
    (XPKitUserAuth, "client_id"): ("XPKIT_CLIENT_ID", "XPKit"),
    (XeeAuth, "client_id"): ("XEE_CLIENT_ID", "Xee"),
    (XeeAuth, "client_secret"): ("XEE_CLIENT_SECRET", "Xee"),
    (XMLdationAuth, "username"): ("XMLDATION_USERNAME", "XMLdation"),
    (XMLdationAuth, "password"): ("XMLDATION_PASSWORD", "XMLdation"),
    (XMLdationAuth, "client_id"): ("XMLDATION_CLIENT_ID", "XMLdation"),
    (XMLdationAuth, "client_secret"): ("XMLDATION_CLIENT_SECRET", "XMLdation"),
    (M2MAuth, "base_url"): ("M2M_BASE_URL", "M2M"),
    (M2MAuth, "client_id"): ("M2M_CLIENT_ID", "M2M"),
    (M2MAuth, "client_secret"): ("M2M_CLIENT_SECRET", "M2M"),
}
REGION = {XPKitAuth: {"region": "emea"}, XPKitUserAuth: {"region": "emea"}}
ENVIRONMENT = {"XPKIT_REGION", *(env for env, _ in LOOKED_UP.values())}


def arguments(kind, *, without=()):
    """Return what a preset needs, *without* some of it."""
    given = next(f["given"] for f in FACTS.values() if f["kind"] is kind)
    return {name: value for name, value in given.items() if name not in without}


def module_of(name):
    """Return the file of a provider."""
    return import_module(f"{providers.__name__}.{name}")


def presets(modules):
    """Return the Auth classes that are defined in *modules*."""
    return [
        kind
        for module in modules
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if kind.__module__ == module.__name__
    ]
