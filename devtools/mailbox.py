"""A mail server that keeps what the demo sends in `.dev/mail` and delivers nothing."""

import contextlib
import socketserver
import threading
import time
from pathlib import Path


class _Session(socketserver.StreamRequestHandler):
    """One SMTP conversation: every command is fine, the message goes to a file."""

    def _answer(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    def handle(self) -> None:
        """Speak just enough SMTP for Python's smtplib, with clients that may die."""
        with contextlib.suppress(ConnectionError):
            self._talk()

    def _talk(self) -> None:
        self._answer("220 demo")
        for line in self.rfile:
            verb = line[:4].upper().strip()
            if verb == b"DATA":
                self._answer("354 go on")
                self._keep()
            elif verb == b"QUIT":
                self._answer("221 bye")
                return
            self._answer("250 ok")

    def _keep(self) -> None:
        lines = []
        for line in self.rfile:
            if line.rstrip(b"\r\n") == b".":
                break
            lines.append(line[1:] if line.startswith(b"..") else line)
        name = f"{time.strftime('%Y%m%d-%H%M%S')}-{time.monotonic_ns() % 10**6:06}.eml"
        (self.server.folder / name).write_bytes(b"".join(lines))


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    folder: Path


def start(folder: Path) -> int:
    """Listen in a thread of this process; return the port."""
    folder.mkdir(parents=True, exist_ok=True)
    server = _Server(("127.0.0.1", 0), _Session)
    server.folder = folder
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]
