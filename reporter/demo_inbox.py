"""What takes mail and pages in the demo, a process of its own:
`python -m reporter.demo_inbox FOLDER MAIL_PORT PAGER_PORT`."""

import signal
import sys
from contextlib import closing
from pathlib import Path
from queue import SimpleQueue

from reporter.clinic import clinics
from reporter.demo_mail import serve_inbox
from reporter.demo_pager import serve_pager
from reporter.records.db import open_from
from reporter.settings import from_env


def main(folder: str, mail_port: str, pager_port: str) -> None:
    """Take what comes until SIGTERM or Ctrl-C."""
    asked = SimpleQueue[None]()
    for number in (signal.SIGTERM, signal.SIGINT):
        # A queue's put is all that is safe here: the signal may come while any lock is held.
        signal.signal(number, lambda *_: asked.put(None))
    inbox = Path(folder)
    with serve_inbox(inbox, int(mail_port)), serve_pager(inbox, int(pager_port), _secret):
        asked.get()


def _secret() -> str:
    """Asked for each page: the director may have made a new one."""
    with closing(open_from(from_env())) as db:
        return clinics.the_clinic(db).on_call_secret


if __name__ == "__main__":
    main(*sys.argv[1:])
