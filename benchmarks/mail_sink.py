"""A mail server that takes everything at full speed and keeps nothing: `… mail_sink.py PORT`."""

import socket
import sys
import threading
from typing import Any


def take(connection: socket.socket) -> None:
    """One client's dialogue, with as little work a message as it can be done with."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.sendall(b"220 sink\r\n")
    waiting, in_body = b"", False
    while more := connection.recv(262144):
        waiting += more
        while True:
            mark = b"\r\n.\r\n" if in_body else b"\r\n"
            head, found, rest = waiting.partition(mark)
            if not found:
                break
            waiting = rest
            if in_body:
                in_body = False
                connection.sendall(b"250 kept\r\n")
            elif head[:4].upper() == b"DATA":
                in_body = True
                connection.sendall(b"354 go on\r\n")
            elif head[:4].upper() == b"QUIT":
                connection.sendall(b"221 bye\r\n")
                return
            else:
                connection.sendall(b"250 OK\r\n")


class Bin:
    """For a real server library: parses, checks and answers as an MTA does, and keeps nothing.

    `offers` are its extensions: Postfix, Exim and the large providers offer PIPELINING.
    """

    def __init__(self, offers: tuple[str, ...]) -> None:
        self._offers = offers

    async def handle_EHLO(
        self, _server: object, session: Any, _envelope: object, name: str, answers: list[str]
    ) -> list[str]:
        session.host_name = name
        return [answers[0], *self._offers, *answers[1:]]

    async def handle_DATA(self, _server: object, _session: object, _envelope: object) -> str:
        return "250 kept"


def serve_really(port: int, offers: tuple[str, ...]) -> None:
    from aiosmtpd.controller import Controller

    Controller(Bin(offers), hostname="127.0.0.1", port=port).start()
    threading.Event().wait()


def main(port: int, kind: str) -> None:
    if kind != "raw":
        serve_really(port, ("250-PIPELINING",) if kind == "pipelining" else ())
        return
    with socket.create_server(("127.0.0.1", port)) as listening:
        while True:
            connection, _ = listening.accept()
            threading.Thread(target=take, args=(connection,), daemon=True).start()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
