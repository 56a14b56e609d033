"""The local mail server as a process of its own: `python -m reporter.demo_inbox FOLDER PORT`."""

import signal
import sys
from pathlib import Path
from threading import Event

from reporter.demo_mail import serve_inbox


def main(folder: str, port: str) -> None:
    """Take mail until SIGTERM or Ctrl-C."""
    asked = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked.set())
    with serve_inbox(Path(folder), int(port)):
        asked.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
