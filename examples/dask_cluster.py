"""
Dask: a cluster of processes on this machine that share one token.

Runs against the sandbox. On a cluster of several machines the store is a RedisStore, which
all of them reach: store="redis://…". The auth object travels with its client secret.
"""

import tempfile

import requests
from dask.distributed import Client, LocalCluster

from requests_xauth import M2MAuth
from requests_xauth.sandbox import Sandbox
from requests_xauth.stores import FileStore


def status(url: str, auth: M2MAuth) -> int:
    """Return the status of a call from wherever the cluster runs it."""
    return requests.get(url, auth=auth, timeout=30).status_code


def main() -> None:
    """Let two workers of four threads call, on no token yet, and on a dead one."""
    with (
        Sandbox() as box,
        tempfile.TemporaryDirectory() as folder,
        LocalCluster(2, threads_per_worker=4, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        auth = M2MAuth(**box.m2m.credentials, store=FileStore(folder))
        urls = [box.m2m.url(f"/things/{number}") for number in range(32)]

        print("32 tasks:", *set(client.gather(client.map(status, urls, auth=auth))))

        box.m2m.revoke()
        tasks = client.map(status, urls, auth=auth, pure=False)
        print("32 tasks on a dead token:", *set(client.gather(tasks)))

        print(box.m2m.token_requests, "token requests")


if __name__ == "__main__":
    main()
