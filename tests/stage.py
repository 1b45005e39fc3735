"""Where a page's examples are run: the sandbox under the providers' own names.

Rule: what an example says is what is run; only the places that its names lead to, and
the environment's variables, are ours.
"""

import contextlib
import io
import re
import warnings
from types import MappingProxyType

import requests
from names import CERTIFICATE, Names

from requests_xauth.sandbox import M2M, Sandbox

PROFILES = "https://profiles.emea.xpkit.net/api/profiles/"
# What would lead requests elsewhere.
DETOURS = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "CURL_CA_BUNDLE")


class Acme(M2M):
    """An invented provider: like M2M, with paths and a refusal of its own."""

    token_path = "/token"
    api_root = ""
    api_path = "/things"
    refusal_table = MappingProxyType(
        {
            **M2M.refusal_table,
            "expired": M2M.refusal_table["denied"]._replace(
                body={"fault": "stale token"}
            ),
        }
    )


class Stage:
    """What stands where an example's hosts are, and what it has printed."""

    def __init__(self, stack):
        self.box = stack.enter_context(Sandbox())
        self.acme = Acme(self.box.m2m.now)
        stack.callback(self.acme.close)
        self.acme.start()
        stack.enter_context(Names(self._ports()))
        self._out = io.StringIO()
        self._played = []
        stack.callback(self._close_sessions)

    def environ(self):
        """Return the variables that examples take their settings from."""
        services = (self.box.xpkit, self.box.xee, self.box.xmldation, self.box.m2m)
        return {
            "REQUESTS_CA_BUNDLE": CERTIFICATE,
            "MY_REFRESH_TOKEN": self.box.xee.issue_refresh_token(),
            "ACME_CLIENT_ID": self.acme.client_id,
            "ACME_CLIENT_SECRET": self.acme.client_secret,
            **{k: v for service in services for k, v in service.environ.items()},
        }

    def run(self, text, line=1, **names):
        """Run *text*, whose first line is so far down its page, and return its names."""
        code = compile("\n" * (line - 1) + text, "<example>", "exec")
        names = {"__name__": "example", "input": self._person, **names}
        self._played.append(names)
        with contextlib.redirect_stdout(self._out), warnings.catch_warnings():
            exec(code, names)  # noqa: S102  # the example, to see that it does
        return names

    def run_all(self, blocks, **names):
        """Run *blocks* one after the other in one namespace, and return that."""
        for block in blocks:
            names = self.run(block.text, block.line, **names)
        return names

    def printed(self):
        """Return the lines printed so far."""
        return self._out.getvalue().splitlines()

    def _ports(self):
        origins = {
            "*.emea.xpkit.net": self.box.xpkit,
            "gateway.example.com": self.box.xpkit,
            "cloud.xee.com": self.box.xee,
            "*.xmldation.com": self.box.xmldation,
            "iot.example.com": self.box.m2m,
            "status.example.org": self.box.elsewhere,
            "*.acme.example": self.acme,
        }
        return {
            name: int(origin.origin.rpartition(":")[2])
            for name, origin in origins.items()
        }

    def _close_sessions(self):
        for value in (value for names in self._played for value in names.values()):
            if isinstance(value, requests.Session):
                value.close()

    def _person(self, prompt):
        """Do what a person does: open the address shown, paste the one arrived at."""
        url = re.findall(r"https://\S+", self._out.getvalue())[-1]
        return self.box.xpkit.authorize(url)


@contextlib.contextmanager
def on_stage(monkeypatch):
    """Give a stage, with its variables in the environment and nothing in the way."""
    for name in DETOURS:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    with contextlib.ExitStack() as stack:
        stage = Stage(stack)
        for name, value in stage.environ().items():
            monkeypatch.setenv(name, value)
        yield stage
