"""
XMLdation: a user's name and password, and a file that arrives whole.

Runs against the sandbox. The real one is XMLdationAuth(), which looks for
XMLDATION_USERNAME, XMLDATION_PASSWORD, XMLDATION_CLIENT_ID and XMLDATION_CLIENT_SECRET
in the environment.
"""

import tempfile

import requests

from requests_xauth import XMLdationAuth
from requests_xauth.sandbox import Sandbox

with (
    Sandbox() as box,
    requests.Session() as session,
    tempfile.TemporaryFile() as file,
):
    session.auth = XMLdationAuth(**box.xmldation.credentials)
    session.get(box.xmldation.api_url, timeout=30).raise_for_status()

    file.write(b"<Document/>")
    file.seek(0)
    # The token ends between two calls: the file is sent, refused, rewound and sent again.
    box.xmldation.expire()
    response = session.post(box.xmldation.api_url, data=file, timeout=30)
    print(f"HTTP {response.history[0].status_code}, then {response.status_code}")
    print("received:", box.xmldation.bodies[-1].decode())
    print("asked by:", *box.xmldation.token_requests_by_grant)
