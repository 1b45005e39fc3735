"""
joblib: processes that share one token.

Runs against the sandbox. A real one gives each task its auth object, here XPKitAuth("emea",
store="file"), which is pickled without its token: that is in the file.
"""

import tempfile

import requests
from joblib import Parallel, delayed

from requests_xauth import XPKitAuth
from requests_xauth.sandbox import Sandbox
from requests_xauth.stores import FileStore


def status(auth: XPKitAuth, url: str) -> int:
    """Return the status of a call from a process of its own."""
    return requests.get(url, auth=auth, timeout=30).status_code


def main() -> None:
    """Let three workers call, on a token that is not there, and on a dead one."""
    with Sandbox() as box, tempfile.TemporaryDirectory() as folder:
        auth = XPKitAuth(**box.xpkit.credentials, store=FileStore(folder))
        tasks = [delayed(status)(auth, box.xpkit.api_url) for _ in range(24)]
        with Parallel(n_jobs=3) as parallel:
            print("24 tasks in 3 processes:", *set(parallel(tasks)))

            box.xpkit.revoke()
            print("24 tasks on a dead token:", *set(parallel(tasks)))

        print(box.xpkit.token_requests, "token requests")


if __name__ == "__main__":
    main()
