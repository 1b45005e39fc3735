"""What stands between us and a provider: its names with a certificate, and a proxy.

Rule: the names are known in this process alone, and lead to loopback; nothing is changed
on the machine.
"""

import contextlib
import select
import socket
import socketserver
import ssl

from names import Names

DETOURS = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "CURL_CA_BUNDLE")


class Noted(Names):
    """
    The providers' names, with a certificate of the test's own.

    Attributes:
        asked: The names that were asked for, one for each connection.
    """

    def __init__(self, ports, certificate=None):
        super().__init__(ports)
        self.asked = []
        if certificate:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            certificate.configure_cert(self._context)
        self._context.sni_callback = self._note

    def _note(self, tls, name, context):
        tls.asked_for = name or ""
        self.asked.append(name)


def names_of(box, certificate=None):
    """Return the names of all four providers, each leading to its sandbox."""
    origins = {
        "*.emea.xpkit.net": box.xpkit,
        "*.china.xpkit.cn": box.xpkit,
        "cloud.xee.com": box.xee,
        "*.xmldation.com": box.xmldation,
        "iot.example.com": box.m2m,
    }
    ports = {name: int(o.origin.rpartition(":")[2]) for name, o in origins.items()}
    return Noted(ports, certificate)


class Proxy(socketserver.ThreadingTCPServer):
    """
    An HTTP proxy that carries every tunnel to one listener, or refuses it.

    Attributes:
        heads: What it was asked, as bytes; the first line names the host.
        carried: Everything that went through its tunnels, either way.
    """

    def __init__(self, port, refusal=None):
        self.heads = []
        self.carried = bytearray()
        self._port = port
        self._refusal = refusal
        self._open = []
        super().__init__(("127.0.0.1", 0), None)
        self.place = f"127.0.0.1:{self.server_address[1]}"

    def finish_request(self, request, client_address):
        """Answer one CONNECT, and carry what follows."""
        with contextlib.suppress(OSError), request:
            self._open.append(request)
            request.settimeout(10)
            head = b""
            while b"\r\n\r\n" not in head:
                head += request.recv(4096)
            self.heads.append(head)
            if self._refusal:
                request.sendall(self._refusal)
                return
            with socket.create_connection(("127.0.0.1", self._port)) as there:
                request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                self._carry(request, there)

    def server_close(self):
        """End every tunnel, and wait for the connections' threads."""
        for sock in self._open:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        super().server_close()

    def hosts(self):
        """Return the hosts with their ports that tunnels were asked for."""
        return [head.split(b" ")[1].decode() for head in self.heads]

    def _carry(self, here, there):
        other = {here: there, there: here}
        while True:
            for source in select.select(list(other), [], [])[0]:
                piece = source.recv(1 << 16)
                if not piece:
                    return
                self.carried += piece
                other[source].sendall(piece)
