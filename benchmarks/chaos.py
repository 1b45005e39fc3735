"""
Everything goes wrong at once, for minutes, and no call fails that could be served.

Rule: a worker does what a user's program does, and knows nothing of what is done to it;
what excuses a failed call is proven by the records of others.

Several processes of many threads call all four providers of the sandbox, and meanwhile:
tokens end, or are killed on the server; a URL of XPKit and one of XMLdation is denied;
token endpoints fail one time in five; Redis crashes and comes back; workers are killed
and replaced; their clock is an hour ahead, then an hour behind. XPKit's token is in
Redis, with fallback; Xee's, whose refresh tokens work once, and XMLdation's are in files;
M2M's is in each worker's memory.

What counts as a failed call: one that ended with anything but 200, or did not end. Not
one whose worker was killed, which nobody waits for any more; and not the refusal of a
URL that is denied. The provider could not have served it, if

- the token endpoint failed four times in a row for one worker, which is as often as a
  token request is sent, and the call waited for it or heard of it;
- a worker was killed between Xee's answer and its save, and with it the only copy of a
  refresh token that works once: until somebody logs in again there is none.

It could, but for a limit that the documentation names, and it is counted apart, if

- a worker was killed while it held Redis' lock, which then lasts for 130 s;
- its token was killed together with the newer one that a sibling had: a refused call is
  sent once more, with what is there, and never a third time. Where that one is young,
  the URL counts as denied for 30 s in that worker.

Each of these is proven by the records. All other failed calls could have been served:
one of them misses the target, and so do siblings' dead tokens in more than one call of
twenty in a run of a minute or longer, more tokens than `storm.figures.allowances`, and
descriptors that leak. A token is not killed in its first second: a URL that refuses the
token renewed for it counts as denied, and nobody could tell the difference.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from storm.figures import figures_of, table
from storm.fleet import Redis, Workers, why_no_redis
from storm.records import Event, Lines, Run, now, read
from storm.weather import HOUR_S, Flaky, Trouble, forecast
from storm.worker import Job, Site

from requests_xauth.sandbox import Sandbox

LIFETIMES_S = {"XPKit": 20.0, "Xee": 16.0, "XMLdation": 24.0, "M2M": 20.0}
# What is denied, where.
DENIED_PATH = "denied"
_NOT_BEFORE_S = 1.0


class Storm:
    """One run: what is there, and what is done to it."""

    def __init__(self, box: Sandbox, options: argparse.Namespace) -> None:
        """Let tokens be short, and token endpoints flaky."""
        self.options = options
        self.events: list[Event] = []
        self.services: dict[str, Any] = {
            "XPKit": box.xpkit,
            "Xee": box.xee,
            "XMLdation": box.xmldation,
            "M2M": box.m2m,
        }
        self.flaky: dict[str, Flaky] = {}
        for name, service in self.services.items():
            service.lifetime_s = LIFETIMES_S[name]
            service.recording = False
            self.flaky[name] = Flaky(service, name, options.seed)

    def run(self, folder: Path, redis: Redis | None) -> Run:
        """Let it all happen, and return what did."""
        options = self.options
        self._redis, self._suspicious = redis, False
        job = Job(
            self._sites(),
            folder,
            folder / "tokens",
            redis and redis.url,
            options.threads,
            options.pause_s,
        )
        job.folder.mkdir(mode=0o700)
        self._workers = Workers(job, options.workers, options.seconds)
        began_at = now()
        try:
            for trouble in forecast(options.seconds, options.seed):
                time.sleep(max(0.0, began_at + trouble.at_s - now()))
                self._do(trouble)
            time.sleep(max(0.0, began_at + options.seconds - now()))
            lasted_s = now() - began_at
        finally:
            self._workers.end()
        self._look(all_ended=True)
        return self._found(lasted_s)

    def _sites(self) -> dict[str, Site]:
        sites = {}
        for name, service in self.services.items():
            credentials = service.credentials
            if name == "Xee":
                seed = service.issue_refresh_token()
                credentials |= {"account": "ada", "refresh_token": seed}
            denied = (
                service.url(DENIED_PATH) if name in {"XPKit", "XMLdation"} else None
            )
            sites[name] = Site(credentials, service.api_url, denied)
        return sites

    def _do(self, trouble: Trouble) -> None:
        act, whom = trouble.act, trouble.whom
        done = True
        if act == "clock":
            act, whom = self._set_clock(int(whom))
        elif act == "kill":
            self._suspicious = done = self._workers.kill()
        elif whom == "redis":
            done = self._redis is not None
            if self._redis:
                getattr(self._redis, act)()
        elif act == "deny":
            self.services[whom].deny(DENIED_PATH)
        else:
            done = self._kill_token(act, whom)
        if done:
            self.events.append(Event(now(), act, whom))
        self._look(all_ended=False)

    def _look(self, *, all_ended: bool) -> None:
        """Note the holds that killed workers have left in Redis."""
        if self._redis is None:
            return
        if self._suspicious and self._redis.suspect():
            self._suspicious = False
        for at in self._redis.dead(all_ended=all_ended):
            self.events.append(Event(at, "held by the dead", ""))

    def _set_clock(self, hours: int) -> tuple[str, str]:
        values = self._workers.values
        before, values[0] = values[0], hours * HOUR_S
        return "clock", "forward" if values[0] > before else "back"

    def _kill_token(self, act: str, name: str) -> bool:
        flaky = self.flaky[name]
        while now() < flaky.issued_at + _NOT_BEFORE_S:
            time.sleep(0.01)
        getattr(self.services[name], act)()
        return True

    def _found(self, seconds: float) -> Run:
        options, workers = self.options, self._workers
        settings = {
            **vars(options),
            "seconds": seconds,
            "spared": workers.spared,
            "started": len(workers.paths),
            "lifetimes_s": LIFETIMES_S,
            "redis": self._redis is not None,
            "load": os.getloadavg()[0],
        }
        asked = (one for flaky in self.flaky.values() for one in flaky.asked)
        issued = {name: s.tokens_issued for name, s in self.services.items()}
        if options.folder:
            self._keep(Path(options.folder))
        run = Run(
            settings,
            asked=tuple(sorted(asked)),
            events=tuple(self.events),
            issued=issued,
            reuses=self.services["Xee"].reuses,
        )
        return read(workers.paths, run)

    def _keep(self, folder: Path) -> None:
        """Let people read what happened, too."""
        lines = Lines(folder / "storm.lines")
        for event in self.events:
            lines.write("event", *event)
        for flaky in self.flaky.values():
            for asked in flaky.asked:
                lines.write("asked", *asked)


def options_of(arguments: list[str] | None = None) -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description="Everything goes wrong at once.")
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--seed", type=int, default=7, help="of what goes wrong")
    parser.add_argument("--workers", type=int, default=4, help="processes")
    parser.add_argument("--threads", type=int, default=2, help="for each provider")
    parser.add_argument("--pause-s", type=float, default=0.1, help="between two calls")
    parser.add_argument("--json", help="a file for the figures")
    parser.add_argument("--folder", help="a folder for the records, which stay there")
    return parser.parse_args(arguments)


def main() -> int:
    """Run, print, and return 1 when a target is missed."""
    options = options_of()
    with ExitStack() as stack:
        folder = options.folder or stack.enter_context(
            tempfile.TemporaryDirectory(prefix="chaos-")
        )
        redis = _redis(stack, Path(folder))
        storm = Storm(stack.enter_context(Sandbox()), options)
        figures = figures_of(storm.run(Path(folder), redis))
    print(table(figures))
    for words in figures["missed"]:
        print(f"MISSED: {words}")
    if options.json:
        Path(options.json).write_text(json.dumps(figures, indent=1))
    return int(bool(figures["missed"]))


def _redis(stack: ExitStack, folder: Path) -> Redis | None:
    why_not = why_no_redis()
    if why_not:
        print(f"Without Redis, XPKit's token is in a file: {why_not}.")
        return None
    (folder / "redis").mkdir()
    redis = Redis(folder / "redis")
    stack.callback(redis.stop)
    return redis


if __name__ == "__main__":
    sys.exit(main())
