"""Who writes to the outside, and the host that links in messages lead to."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9][A-Za-z0-9.-]*")


@dataclass(frozen=True)
class Letterhead:
    """`base_url` is the configured address, never the Host of some request."""

    mail_from: str = ""
    base_url: str = "http://127.0.0.1:5000"

    @property
    def sender(self) -> str:
        """A plain address, whatever the setting holds: a report must not fail on it."""
        if PLAIN_ADDRESS.fullmatch(self.mail_from):
            return self.mail_from
        return f"reporter@{urlsplit(self.base_url).hostname or 'localhost'}"

    @property
    def domain(self) -> str:
        """The right side of our Message-IDs."""
        return self.sender.rpartition("@")[2]

    def url(self, path: str) -> str:
        return self.base_url.rstrip("/") + path
