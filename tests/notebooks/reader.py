"""Somebody who reads a notebook: runs its cells in a kernel, and answers what one asks.

Rule: what runs are the notebook's own cells; whatever else a test wants to know of the
kernel is asked by cells put behind them, which the file has not.
"""

from __future__ import annotations

import asyncio
import html
import os
import re
from pathlib import Path

import nbformat
import requests
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from traitlets.config import Config

__all__ = [
    "CellExecutionError",
    "Program",
    "Reader",
    "allowed",
    "nobody",
    "notebook_of",
    "run",
]

FOLDER = Path(__file__).parents[2] / "examples"
# For one cell, and for the kernel to start on a busy machine.
WAIT_S = 60
# By sockets that are files where there are such: five ports that are free when a kernel is
# started may be another test's by the time it binds them.
_TRANSPORT = "ipc" if os.name == "posix" else "tcp"


class Program(NotebookClient):
    """Runs a notebook as a program does: nobody is there to be asked."""

    def __init__(self, notebook, **settings):
        """Read *notebook*."""
        super().__init__(
            notebook,
            timeout=WAIT_S,
            startup_timeout=WAIT_S,
            config=Config(KernelManager={"transport": _TRANSPORT}),
            **settings,
        )


class Reader(Program):
    """
    Runs a notebook as a person at JupyterLab does: what a cell asks for is entered.

    Attributes:
        prompts: What was asked.
    """

    def __init__(self, notebook, visit):
        """Read *notebook*; *visit* takes the link shown and returns what is pasted."""
        # A line may arrive in two pieces.
        super().__init__(notebook, coalesce_streams=True)
        self._visit = visit
        self._link = None
        self._answering = None
        self.prompts = []

    async def async_start_new_kernel_client(self):
        """Start it, and be somebody who can be asked."""
        client = await super().async_start_new_kernel_client()
        client.allow_stdin = True
        self._link = asyncio.get_running_loop().create_future()
        self._answering = asyncio.create_task(self._answer(client))
        return client

    def process_message(self, msg, cell, cell_index):
        """Show it, and see a link in it."""
        shown = msg["content"].get("data", {}).get("text/html", "")
        link = re.search(r'<a href="([^"]+)"', shown)
        if link and not self._link.done():
            self._link.set_result(html.unescape(link[1]))
        return super().process_message(msg, cell, cell_index)

    async def _answer(self, client):
        asked = await client.get_stdin_msg()
        self.prompts.append(asked["content"]["prompt"])
        link = await self._link
        client.input(await asyncio.to_thread(self._visit, link))


def notebook_of(name, *more):
    """Return the notebook of that name, with *more* cells behind its own."""
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    cells = [nbformat.v4.new_code_cell(source) for source in more]
    notebook.cells += cells
    return notebook


def run(client):
    """Let a client run its notebook to the end, and end the kernel."""
    asyncio.run(client.async_execute())


def allowed(link):
    """Open *link* as a browser does, press Allow, and return where that leads to."""
    with requests.Session() as browser:
        browser.trust_env = False
        page = browser.get(link, timeout=WAIT_S)
        assert "asks for access to Xee" in page.text
        pressed = f"{page.url}&decision=allow"
        answer = browser.get(pressed, timeout=WAIT_S, allow_redirects=False)
        return answer.headers["Location"]


def nobody(link):
    """Be there for a notebook that asks nothing."""
    raise AssertionError(link)
