"""What the cells of the notebooks show, as a person reads it.

Rule: what differs each time, a mark, a name, seconds, stands in capitals.
"""

import html
import re

REFUSAL_403 = "([<Response [403]>], <Response [200]>)"
REFUSAL_401 = "([<Response [401]>], <Response [200]>)"
GONE = "No token of {} can be had without a person: log in, with auth.login()."
SHOWN = {
    "xpkit": {
        "calls": "HTTP 200\nHTTP 200\nHTTP 200\n1 token request",
        "auth-shown": "XPKit XPKitAuth / Scopes profiles:read activities:read"
        " / Token MARK from client_credentials / Time left 9 h"
        " / Last renewal N s ago (first, client_credentials) / Store this process",
        "revoked": REFUSAL_403,
        "auth-renewed": "XPKit XPKitAuth / Scopes profiles:read activities:read"
        " / Token MARK from client_credentials / Time left 9 h"
        " / Last renewal N s ago (refused, client_credentials) / Store this process",
        "denied": "HTTP 403 You do not have permission to perform this action.\n" * 3
        + "1 token request",
        "rejected": "XPKit refused the token request: invalid_client (HTTP 401)."
        " Check XPKIT_CLIENT_ID and XPKIT_CLIENT_SECRET.",
        "signed-in": "<Response [200]>",
        "user-shown": "XPKit XPKitUserAuth / Scopes profiles:read activities:read"
        " / Token MARK from authorization_code / Time left 9 h"
        " / Last renewal N s ago (login, authorization_code) / Store this process",
        "ended": GONE.format("XPKit"),
    },
    "xee": {
        "not-yet": GONE.format("Xee"),
        "login": "To log in to Xee, open this link: LINK\n"
        "<Token MARK, scope 'users_read cars_read', N s left>",
        "auth-shown": "Xee XeeAuth / Scopes users_read cars_read"
        " / Token MARK from authorization_code, renewable / Time left 59 min"
        " / Last renewal N s ago (login, authorization_code) / Store this process",
        "call": "<Response [200]>",
        "refreshed": REFUSAL_403,
        "auth-renewed": "Xee XeeAuth / Scopes users_read cars_read"
        " / Token MARK from refresh_token, renewable / Time left 59 min"
        " / Last renewal N s ago (refused, refresh_token) / Store this process",
        "denied": "HTTP 403 Token does not have the required scope\n"
        "{'authorization_code': 1, 'refresh_token': 1}",
        "revoked": "HTTP 403 Token has been revoked\n"
        "Xee has given up the token: Token has been revoked (HTTP 403)."
        " Log in again, with auth.login().",
    },
    "xmldation": {
        "call": "<Response [200]>",
        "auth-shown": "XMLdation XMLdationAuth / Scopes openid"
        " / Token MARK from password, renewable / Time left 54 min"
        " / Last renewal N s ago (first, password) / Store this process",
        "resent": REFUSAL_401,
        "received": "received: <Document/>\n{'password': 1, 'refresh_token': 1}",
        "auth-renewed": "XMLdation XMLdationAuth / Scopes openid"
        " / Token MARK from refresh_token, renewable / Time left 54 min"
        " / Last renewal N s ago (refused, refresh_token) / Store this process",
        "rejected": "XMLdation refused the token request: invalid_grant, "
        '"Authentication failed for xmldation/USER" (HTTP 400).'
        " Check XMLDATION_USERNAME and XMLDATION_PASSWORD.",
    },
    "m2m": {
        "call": "<Response [200]>",
        "auth-shown": "M2M M2MAuth / Scopes not told"
        " / Token MARK from client_credentials / Time left 59 min"
        " / Last renewal N s ago (first, client_credentials) / Store this process",
        "revoked": REFUSAL_401,
        "thirty-two": "32 threads: 200\n1 token request",
        "auth-renewed": "M2M M2MAuth / Scopes not told"
        " / Token MARK from client_credentials / Time left 59 min"
        " / Last renewal N s ago (refused, client_credentials) / Store this process",
        "denied": "HTTP 403 Forbidden",
        "rejected": "M2M refused the token request: invalid_client (HTTP 401)."
        " Check M2M_CLIENT_ID and M2M_CLIENT_SECRET.",
    },
}

_CHANGING = (
    (r"(?<=Token )[0-9a-f]{6}\b", "MARK"),
    (r"\b\d+ s (?=ago|left)", "N s "),
    (r"\buser-\w+", "USER"),
    (r"http://127\.0\.0\.1:\S+", "LINK"),
)


def read(cell):
    """Return what a cell shows, a table in one line."""
    return "\n".join(filter(None, (_text(output) for output in cell.outputs)))


def _text(output):
    data = output.get("data", {})
    text = data.get("text/html", data.get("text/plain", output.get("text", "")))
    if "text/html" in data:
        rows = re.split("</caption>|</tr>|</tbody>", text)
        plain = (re.sub("<[^>]+>", " ", _without_meter(row)) for row in rows)
        words = (html.unescape(" ".join(row.split())) for row in plain)
        text = " / ".join(row for row in words if row and not row.startswith("Client "))
    for changing, name in _CHANGING:
        text = re.sub(changing, name, text)
    return text.strip()


def _without_meter(row):
    # What a browser without meters shows in its place.
    return re.sub("<meter .*?</meter>", "", row)
