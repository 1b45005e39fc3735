"""
What a token request costs when the endpoint is hostile: the most memory, and the time.

Rule: each answer is met by a process of its own that has had a refusal before, so that
what is counted is the answer, not the modules; the peak is Linux's, or the system's.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer

from requests_xauth import M2MAuth, errors

MIB = 1 << 20
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
GIB = b"Content-Length: 1073741824\r\n"
BLOCK = b" " * 65536
PROCESS = Path("/proc/self")
LIMIT_MIB = 8.0


def packed() -> Iterator[bytes]:
    """Return 1 GiB of zeros, packed by gzip, in pieces."""
    packer = zlib.compressobj(1, wbits=31)
    for _ in range(1024):
        yield packer.compress(bytes(MIB))
    yield packer.flush()


# What is sent at first, the pieces that follow, and the pause between, in seconds.
Answer = tuple[bytes, Callable[[], Iterable[bytes]], float]
ANSWERS: dict[str, Answer] = {
    "1 GiB, Content-Length": (OK + GIB + b"\r\n", lambda: [BLOCK] * 16384, 0),
    "1 GiB, no length": (OK + b"\r\n", lambda: [BLOCK] * 16384, 0),
    "1 GiB, chunked": (CHUNKED, lambda: [b"10000\r\n" + BLOCK + b"\r\n"] * 16384, 0),
    "1 GiB, a chunk of -1": (CHUNKED + b"-1\r\n", lambda: [BLOCK] * 16384, 0),
    "1 GiB, gzip": (OK + b"Content-Encoding: gzip\r\n\r\n", packed, 0),
    "headers without end": (OK, lambda: [b"X-A: " + b"a" * 60000 + b"\r\n"] * 17000, 0),
    "100 without end": (b"", lambda: [b"HTTP/1.1 100 Go\r\n\r\n" * 999] * 9999, 0),
    "a drip of headers": (OK, lambda: [b"X-A: 1\r\n"] * 99999, 0.05),
    "a drip of bytes": (OK + GIB + b"\r\n", lambda: [b" "] * 99999, 0.05),
}
REFUSAL = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"


class Hostile(BaseRequestHandler):
    """Answers the path /N/oauth/v2/token with the answer of that number."""

    def handle(self) -> None:
        """Read the request, which comes in one piece, and send until it is refused."""
        number = self.request.recv(65536).split(b"/")[1]
        if not number.isdigit():
            self.request.sendall(REFUSAL)
            return
        first, pieces, pause_s = list(ANSWERS.values())[int(number)]
        try:
            self.request.sendall(first)
            for piece in pieces():
                self.request.sendall(piece)
                time.sleep(pause_s)
        except OSError:
            return  # the client has had enough


def memory(name: str) -> float:
    """Return a figure of this process, in MiB."""
    if not (PROCESS / "status").exists():
        import resource  # noqa: PLC0415  # not everywhere

        unit = 1 << (20 if sys.platform == "darwin" else 10)
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    lines = (PROCESS / "status").read_text().splitlines()
    return next(int(x.split()[1]) / 1024 for x in lines if x.startswith(name))


def outcome(url: str, deadline_s: float) -> str:
    """Return what becomes of a token request to *url*."""
    auth = M2MAuth(url, "id", "secret")
    # The package's own is a minute; what is measured does not depend on it.
    auth._engine.endpoint.deadline_s = deadline_s  # noqa: SLF001  # no argument shortens it
    try:
        return repr(auth.renew())
    except errors.TokenRequestError as error:
        return str(error)


def meet(url: str, number: str, deadline_s: float) -> None:
    """Print the peak above idle, the seconds, and the outcome of one answer."""
    outcome(f"{url}/refusal", deadline_s)
    if (PROCESS / "clear_refs").exists():
        (PROCESS / "clear_refs").write_text("5")
    idle, began_at = memory("VmRSS:"), time.monotonic()
    met = outcome(f"{url}/{number}", deadline_s)
    lasted_s = time.monotonic() - began_at
    print(json.dumps([memory("VmHWM:") - idle, lasted_s, met]))


def measure(url: str, deadline_s: float) -> float:
    """Print a line for each answer, and return the most memory that one took."""
    most = 0.0
    print("   MiB       s  answer: outcome")
    for number, name in enumerate(ANSWERS):
        command = [sys.executable, __file__, "--meet", url, str(number)]
        command += ["--deadline-s", str(deadline_s)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        grown, lasted_s, met = json.loads(done.stdout)
        print(f"{grown:6.2f} {lasted_s:7.3f}  {name}: {met.replace(url, 'URL')}")
        most = max(most, grown)
    return most


def main() -> int:
    """Measure, print, and return 1 when an answer takes more memory than the limit."""
    parser = argparse.ArgumentParser(description="What hostile token answers cost.")
    parser.add_argument("--deadline-s", type=float, default=3.0, help="of each request")
    parser.add_argument("--limit-mib", type=float, default=LIMIT_MIB)
    parser.add_argument("--meet", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.meet:
        meet(*options.meet, options.deadline_s)
        return 0
    with ThreadingTCPServer(("127.0.0.1", 0), Hostile) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        most = measure(url, options.deadline_s)
        server.shutdown()
    print(f"at the most {most:.2f} MiB above idle; limit {options.limit_mib:.2f} MiB")
    return int(most > options.limit_mib)


if __name__ == "__main__":
    sys.exit(main())
