"""A real mail server: Debian's OpenSMTPD as the clinic's server and as the hospital's beyond it."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.mail.servers import free_port

DAEMON = shutil.which("smtpd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
SOCKET = Path("/var/run/smtpd.sock")
# It has one queue on a machine: what lies in it may be somebody's mail.
QUEUE = Path("/var/spool/smtpd/queue")
# It will not deliver as root, so what it delivers belongs to this user.
NOBODY = pwd.getpwnam("nobody")
# The hospital knows one patient only: mail to anybody else there comes back to the clinic.
CONFIG = """
table patients {{ "maria" = "{nobody.pw_uid}:{nobody.pw_gid}:{folder}" }}
table ours {{ "@clinic.test" = "nobody" }}
listen on lo port {clinic} tag CLINIC
listen on lo port {hospital} tag HOSPITAL
action "beyond" relay host smtp://127.0.0.1:{hospital}
action "patients" maildir "{folder}/patients" userbase <patients>
action "bounces" maildir "{folder}/bounces" virtual <ours>
match tag HOSPITAL from any for domain "patients.test" action "patients"
match tag CLINIC from any for domain "patients.test" action "beyond"
match from any for domain "clinic.test" action "bounces"
"""


def why_not() -> str:
    """Why no such server can be started here, and what to do about it; empty when one can."""
    if DAEMON is None:
        return "OpenSMTPD was missing: no mail went through a real server. Install opensmtpd."
    if os.geteuid() != 0 or (SOCKET.exists() and _answers()):
        return "OpenSMTPD could not be started: run the tests as root, with no other one running."
    if _queued():
        return f"OpenSMTPD was not started: mail lies in {QUEUE}. Send it or remove it."
    return ""


def _queued() -> list[Path]:
    """Messages that wait. Each has a folder below one of two signs, which stays behind."""
    return list(QUEUE.glob("*/*"))


def _answers() -> bool:
    """Whether somebody listens there; a socket may have been left behind."""
    with socket.socket(socket.AF_UNIX) as knock:
        return knock.connect_ex(str(SOCKET)) == 0


@dataclass(frozen=True)
class Mta:
    """`url` takes the clinic's mail; what arrived lies in two maildirs."""

    url: str
    folder: Path

    def arrived(self, box: str, count: int = 1, seconds: float = 30) -> list[Path]:
        """The messages in "patients" or "bounces", once there are so many."""
        deadline = time.monotonic() + seconds
        while len(found := list((self.folder / box / "new").glob("*"))) < count:
            assert time.monotonic() < deadline, f"{len(found)} of {count} came to {box}"
            time.sleep(0.05)
        return found


@contextmanager
def real_server() -> Iterator[Mta]:
    # Not in pytest's own folder: the user nobody cannot enter that one.
    with tempfile.TemporaryDirectory(prefix="reporter-mta-", ignore_cleanup_errors=True) as made:
        folder, ports = Path(made), {"clinic": free_port(), "hospital": free_port()}
        folder.chmod(0o755)
        for box in ("patients", "bounces"):
            (folder / box).mkdir()
            os.chown(folder / box, NOBODY.pw_uid, NOBODY.pw_gid)
        config = folder / "smtpd.conf"
        config.write_text(CONFIG.format(nobody=NOBODY, folder=folder, **ports))
        process = subprocess.Popen(
            [str(DAEMON), "-d", "-f", str(config)], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            _wait_for(ports["clinic"], process)
            yield Mta(f"smtp://127.0.0.1:{ports['clinic']}", folder)
        finally:
            process.terminate()
            process.wait(10)
            for left in _queued():  # ours: there was none at the start
                shutil.rmtree(left, ignore_errors=True)


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 20
    while True:
        assert process.poll() is None and time.monotonic() < deadline, "OpenSMTPD does not answer"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
