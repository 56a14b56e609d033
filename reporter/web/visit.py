"""Who is reporting: a link's token, exchanged at once for a cookie of its own on a clean address.

Two links on one phone never mix: the address names the link's cookie, and each form's key is
bound to the treatment. The key is also bound to this device, so that answers show nowhere else.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Response, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from reporter import clock
from reporter.clinic import clinics, links, treatments
from reporter.clinic.clinics import Clinic, ClinicError
from reporter.clinic.links import LinkEnded
from reporter.clinic.treatments import Treatment
from reporter.records.db import Database
from reporter.records.seal import keyed_hash
from reporter.web.language import choose, cookie_name, set_cookie

KEPT = int(timedelta(days=75).total_seconds())
TOKEN = re.compile(r"[A-Za-z0-9_-]{1,100}")
KEY = re.compile(r"([0-9a-f]{32})([0-9a-f]{32})")


class NoCookie(Exception):
    """This browser does not hold the link that the address speaks of."""


@dataclass(frozen=True)
class Visit:
    """One request under one link."""

    slug: str
    clinic: Clinic
    treatment: Treatment
    checkin_id: str | None
    language: str
    device: str
    now: datetime

    @property
    def day(self) -> int:
        return self.treatment.day(self.now, self.clinic.hours.zone)


def slug_of(token: str) -> str:
    """The link's name in addresses: it tells nothing and opens nothing."""
    return hashlib.sha256(b"slug:" + token.encode()).hexdigest()[:16]


def exchange(token: str, endpoint: str) -> ResponseReturnValue:
    """Put the token into its cookie and leave the address that holds it. Nothing is recorded."""
    db = store()
    if not TOKEN.fullmatch(token):
        raise LinkEnded
    link = links.follow(db, token, clock.now())
    slug = slug_of(token)
    answer: Response = redirect(url_for(endpoint, slug=slug), 303)  # type: ignore[assignment]
    set_cookie(answer, f"link-{slug}", f"{link.clinic_id}.{token}", KEPT)
    device = request.cookies.get(cookie_name("device")) or secrets.token_hex(16)
    set_cookie(answer, "device", device[:64], KEPT)
    return answer


def begin(slug: str) -> Visit:
    """Who visits. Raise NoCookie, LinkEnded or StorageError; g.clinic is set where it is known."""
    clinic_id, _, token = request.cookies.get(cookie_name(f"link-{slug}"), "").partition(".")
    g.clinic = remembered(clinic_id)
    if not TOKEN.fullmatch(token) or slug_of(token) != slug:
        raise NoCookie
    db, now = store(), clock.now()
    link = links.follow(db, token, now)
    g.clinic = clinic = current_clinic(link.clinic_id)
    treatment = treatments.get(db, clinic.id, link.treatment_id)
    if treatment.patient.wrapped_key is None:
        raise LinkEnded(clinic.id)
    language = choose(treatment.patient.language)
    device = request.cookies.get(cookie_name("device"), "")
    return Visit(slug, clinic, treatment, link.checkin_id, language, device, now)


def current_clinic(clinic_id: str) -> Clinic:
    """As stored now; remembered too, so that a page can give the phone when the store is down."""
    clinic = clinics.get(store(), clinic_id)
    current_app.extensions["reporter"].clinics[clinic_id] = clinic
    return clinic


def remembered(clinic_id: str | None) -> Clinic | None:
    """The clinic that was last seen under this id, or the only one there is."""
    known: dict[str, Clinic] = current_app.extensions["reporter"].clinics
    if clinic_id in known:
        return known[clinic_id]
    return next(iter(known.values())) if len(known) == 1 else None


def clinic_of_ended(ended: LinkEnded) -> Clinic | None:
    """Whose phone to show on the page of an ended link."""
    if ended.clinic_id is None:
        return remembered(None)
    try:
        return current_clinic(ended.clinic_id)
    except ClinicError:
        return None


def store() -> Database:
    db: Database = current_app.extensions["reporter"].db
    return db


def new_key(visit: Visit) -> str:
    """A form's submission key: random, and good for this treatment on this device only."""
    chance = secrets.token_hex(16)
    return chance + _proof(visit, chance)


def is_ours(visit: Visit, key: str) -> bool:
    """Whether this device was given this key under this treatment."""
    found = KEY.fullmatch(key)
    return bool(found) and hmac.compare_digest(key[32:], _proof(visit, key[:32]))


def _proof(visit: Visit, chance: str) -> str:
    secret = store().clinic_key(visit.clinic.id).purpose("submission key")
    return keyed_hash(secret, f"{visit.treatment.id} {visit.device} {chance}")
