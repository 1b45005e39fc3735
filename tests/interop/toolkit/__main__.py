"""Serve on a free port of 127.0.0.1, print the address, end with standard input.

Rule: whoever started this process holds its standard input; when that closes, by a word
or by a death, the server goes too.
"""

from __future__ import annotations

import os
import sys
import threading

import django
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from waitress.server import create_server


def main() -> None:
    """Make the database named on the command line, serve until standard input ends."""
    os.environ["TOOLKIT_DATABASE"] = sys.argv[1]
    os.environ["DJANGO_SETTINGS_MODULE"] = "toolkit.settings"
    django.setup()
    # Imports every view: a mistake ends the start, not a request.
    call_command("check", stdout=sys.stderr)
    call_command("migrate", verbosity=0)
    server = create_server(get_wsgi_application(), host="127.0.0.1", port=0, threads=16)
    threading.Thread(target=server.run, daemon=True).start()
    sys.stdout.write(f"http://127.0.0.1:{server.effective_port}\n")
    sys.stdout.flush()
    sys.stdin.read()
    os._exit(0)  # not sys.exit: waitress' threads may be in the middle of an answer


if __name__ == "__main__":
    main()
