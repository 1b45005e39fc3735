"""The providers' own host names, on this machine, so that examples run as they stand.

Rule: a name that nobody has placed here does not resolve, so that nothing reaches a
network; the certificate of these names is checked as anywhere else.
"""

import contextlib
import select
import socket
import socketserver
import ssl
import threading
from fnmatch import fnmatch
from pathlib import Path

# A certificate for the names with its key, signed by itself, good for a hundred years.
CERTIFICATE = str(Path(__file__).with_name("names.pem"))
_THIS_MACHINE = ("127.0.0.1", "localhost", "::1", None)


class Names(socketserver.ThreadingTCPServer):
    """
    A TLS listener that hands each connection on to the origin of the name asked for.

    Args:
        ports: Patterns of host names, each with the port of an origin on 127.0.0.1 that
            speaks plain HTTP.
    """

    def __init__(self, ports):
        self._ports = ports
        self._resolve = socket.getaddrinfo
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(CERTIFICATE)
        self._context.sni_callback = _note_name
        self._open = set()
        super().__init__(("127.0.0.1", 0), None)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,))

    def __enter__(self):
        self._thread.start()
        socket.getaddrinfo = self._getaddrinfo
        return self

    def __exit__(self, *exc):
        socket.getaddrinfo = self._resolve
        self.shutdown()
        self._thread.join(10)
        for sock in list(self._open):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        self.server_close()  # waits for the connections' threads

    def finish_request(self, request, client_address):
        """Carry one connection until either side ends it."""
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            tls = self._context.wrap_socket(request, server_side=True)
            stack.enter_context(tls)
            there = ("127.0.0.1", self._port(tls.asked_for))
            plain = stack.enter_context(socket.create_connection(there))
            self._open |= {tls, plain}
            stack.callback(self._open.difference_update, {tls, plain})
            _carry(tls, plain)

    def _port(self, host):
        found = (port for name, port in self._ports.items() if fnmatch(host, name))
        return next(found, None)

    def _getaddrinfo(self, host, port, *args, **kwargs):
        if host in _THIS_MACHINE:
            return self._resolve(host, port, *args, **kwargs)
        if port == 443 and self._port(host):
            return self._resolve("127.0.0.1", self.server_address[1], *args, **kwargs)
        raise socket.gaierror(socket.EAI_NONAME, f"{host}:{port} is nowhere here")


def _note_name(tls, name, context):
    tls.asked_for = name or ""


def _carry(tls, plain):
    while True:
        # What TLS has decrypted already does not show in select().
        waiting = [] if tls.pending() else select.select([tls, plain], [], [])[0]
        for source in waiting or [tls]:
            piece = source.recv(1 << 16)
            if not piece:
                return
            (plain if source is tls else tls).sendall(piece)
