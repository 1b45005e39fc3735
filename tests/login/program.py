"""
A program that logs somebody in to Xee's sandbox and uses the token; another may use it.

Given are: the sandbox's address, where the store is, and "log in" or "use".
"""

import sys

import requests

from requests_xauth import XeeAuth
from requests_xauth.stores import FileStore

base_url, folder, act = sys.argv[1:]
auth = XeeAuth(
    base_url=base_url,
    redirect_uri="http://127.0.0.1/callback",
    store=FileStore(folder),
    account="ada",
)
if act == "log in":
    auth.login()
answer = requests.get(f"{base_url}/users/me", auth=auth, timeout=30)
sys.stdout.write(f"status {answer.status_code}\n")
