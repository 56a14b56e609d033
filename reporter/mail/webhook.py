"""Paging on-call by one signed HTTP POST: that a case waits and until when, never why.

The receiver checks X-Reporter-Signature, `sha256=` and the HMAC-SHA256 of the body under the
secret that `reporter init` showed, and folds repeats by the body's `id`.
"""

import urllib.error
import urllib.request
from http.client import HTTPException

from reporter.mail.outbox import Content
from reporter.mail.smtp import NotNow

TIMEOUT = 10.0


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A page goes where the clinic said and nowhere else."""

    def redirect_request(self, *_: object) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirect)


def deliver(content: Content, timeout: float = TIMEOUT) -> None:
    """Returns once the receiver said 2xx. Raise NotNow otherwise: a page is tried again."""
    request = urllib.request.Request(  # noqa: S310 - the clinic's settings allow http(s) only
        content["url"],
        data=content["body"].encode("ascii"),
        headers={
            "Content-Type": "application/json",
            "User-Agent": "Reporter",
            "X-Reporter-Signature": content["signature"],
        },
    )
    try:
        with _opener.open(request, timeout=timeout):
            return
    except urllib.error.HTTPError as trouble:
        trouble.close()
        raise NotNow(f"The pager answered {trouble.code}.") from None
    except (urllib.error.URLError, HTTPException, OSError, ValueError) as trouble:
        raise NotNow(f"The pager cannot be reached ({type(trouble).__name__}).") from None
