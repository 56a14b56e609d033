"""Who may see what was answered before: the device that sent it, or one that was told the patient's
date of birth. A link alone opens nothing.
"""

import hmac
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from reporter.clinic import unlocking
from reporter.records.seal import keyed_hash
from reporter.web import visit
from reporter.web.language import cookie_name, set_cookie
from reporter.web.visit import KEPT, KEY, Visit

View = Callable[..., ResponseReturnValue]


def known(here: Visit) -> bool:
    """Whether this device may see all that was answered for this treatment.

    Either the date of birth was given on it, or all that is kept came from it: what another
    device sent stays closed to whoever holds the link, even after sending something of their own.
    """
    if opened(here):
        return True
    kept = unlocking.forms(visit.store(), here.treatment)
    return bool(kept) and all(visit.is_ours(here, form) for form in kept)


def sent_here(here: Visit) -> bool:
    """Whether something that is kept came from this device, or the date of birth was given on it:
    its own it may see, and `may_see` says of each form whether it is."""
    return opened(here) or any(
        visit.is_ours(here, form) for form in unlocking.forms(visit.store(), here.treatment)
    )


def may_see(here: Visit, key: str) -> bool:
    """Whether this device may see, and go on with, what was answered in the form with this key."""
    return visit.is_ours(here, key) or (bool(KEY.fullmatch(key)) and opened(here))


def anything_kept(here: Visit) -> bool:
    """Whether there is anything to unlock. Never tell it to a device that is not known."""
    return bool(unlocking.forms(visit.store(), here.treatment))


def opened(here: Visit) -> bool:
    """Whether the date of birth was given on this device."""
    shown = request.cookies.get(_cookie(here), "")
    return bool(here.device) and hmac.compare_digest(shown.encode(), _proof(here).encode())


def remember(answer: Response, here: Visit) -> None:
    """The date of birth was right: this device, and no other, opens this treatment from now on."""
    set_cookie(answer, _cookie(here), _proof(here), KEPT)


def required(view: View) -> View:
    """Send a device from which nothing came to the unlock page, which leads back here."""

    @wraps(view)
    def guarded(**values: Any) -> ResponseReturnValue:
        if not sent_here(g.visit):
            return redirect(to(request.path), 303)
        return view(**values)

    return guarded


def to(path: str) -> str:
    """The address of the unlock page that leads on to this path of the same visit."""
    beginning = url_for("patient.first", slug=g.visit.slug)
    onward = path.removeprefix(beginning) if path.startswith(beginning) else ""
    return url_for("patient.unlock", slug=g.visit.slug, onward=onward or None)


def _cookie(here: Visit) -> str:
    """One name for all links of a treatment; it tells nothing of the treatment."""
    secret = visit.store().clinic_key(here.clinic.id).purpose("unlock cookie")
    return cookie_name(f"known-{keyed_hash(secret, here.treatment.id)[:16]}")


def _proof(here: Visit) -> str:
    secret = visit.store().clinic_key(here.clinic.id).purpose("unlocked")
    return keyed_hash(secret, f"{here.treatment.id} {here.device}")
