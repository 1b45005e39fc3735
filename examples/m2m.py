"""
M2M: JWT client credentials, one token for many threads.

Runs against the sandbox. The real one is M2MAuth("https://…"), the root of your service,
which looks for M2M_CLIENT_ID and M2M_CLIENT_SECRET in the environment.
"""

from concurrent.futures import ThreadPoolExecutor

import requests

from requests_xauth import M2MAuth
from requests_xauth.sandbox import Sandbox

with Sandbox() as box:
    auth = M2MAuth(**box.m2m.credentials)

    def status(number: int) -> int:
        """Return the status of a call of its own."""
        url = box.m2m.url(f"/things/{number}")
        return requests.get(url, auth=auth, timeout=30).status_code

    with ThreadPoolExecutor(32) as pool:
        statuses = set(pool.map(status, range(32)))
        print("32 threads:", *statuses)

        box.m2m.revoke()
        statuses = set(pool.map(status, range(32)))
        print("32 threads on a dead token:", *statuses)

    print(box.m2m.token_requests, "token requests")
