"""A small IMAP server in this process: one folder, as much of RFC 3501 as reading it needs."""

import re
import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread


@dataclass
class Folder:
    """`messages` by UID; a test may add to it and see which were marked."""

    messages: dict[int, bytes] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    port: int = 0
    password: str = "s3cret @:/"
    breaks_after: int = 1_000_000
    fetched: int = 0

    @property
    def url(self) -> str:
        return f"imap://clinic:s3cret%20%40%3A%2F@127.0.0.1:{self.port}/INBOX"


class _Handler(socketserver.StreamRequestHandler):
    folder: Folder

    def say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self) -> None:
        self.say("* OK ready")
        for raw in self.rfile:
            tag, _, rest = raw.decode().strip().partition(" ")
            name, _, told = rest.partition(" ")
            if not self.answer(tag, name.upper(), told):
                return

    def answer(self, tag: str, name: str, told: str) -> bool:
        if name == "CAPABILITY":
            self.say("* CAPABILITY IMAP4rev1")
        elif name == "LOGIN" and f'"{self.folder.password}"' not in told:
            self.say(f"{tag} NO wrong password")
            return True
        elif name == "SELECT":
            if told.strip('"') != "INBOX":
                self.say(f"{tag} NO no such folder")
                return True
            self.say(f"* {len(self.folder.messages)} EXISTS")
        elif name == "UID":
            return self.by_uid(tag, told)
        elif name == "LOGOUT":
            self.say("* BYE")
        self.say(f"{tag} OK done")
        return name != "LOGOUT"

    def by_uid(self, tag: str, told: str) -> bool:
        verb, _, rest = told.partition(" ")
        if verb == "SEARCH":
            new = sorted(set(self.folder.messages) - self.folder.seen)
            self.say("* SEARCH " + " ".join(map(str, new)))
        elif verb == "FETCH":
            return self.fetch(tag, rest)
        elif verb == "STORE":
            self.folder.seen.add(int(rest.split()[0]))
        self.say(f"{tag} OK done")
        return True

    def fetch(self, tag: str, rest: str) -> bool:
        number = int(rest.split(maxsplit=1)[0])
        span = re.search(r"<(\d+)\.(\d+)>", rest)
        assert span is not None
        content = self.folder.messages[number][: int(span[2])]
        self.folder.fetched += 1
        if self.folder.fetched > self.folder.breaks_after:
            return False
        self.say(f"* {number} FETCH (UID {number} BODY[]<0> {{{len(content)}}}")
        self.wfile.write(content + b")\r\n")
        self.say(f"{tag} OK done")
        return True


@contextmanager
def imap_server(*messages: bytes) -> Iterator[Folder]:
    folder = Folder(dict(enumerate(messages, start=1)))
    handler = type("Handler", (_Handler,), {"folder": folder})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        folder.port = server.server_address[1]
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield folder
        finally:
            server.shutdown()
            thread.join()
