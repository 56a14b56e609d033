"""Who is reporting: a link's token, exchanged at once for a cookie of its own on a clean address.

Two links on one phone never mix: the address names the link's cookie, and each form's key is
bound to the treatment. The key is also bound to this device, so that answers show nowhere else.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

from flask import Response, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from reporter import clock
from reporter.clinic import clinics, hours, links, posters
from reporter.clinic.clinics import Clinic, ClinicError
from reporter.clinic.hours import local
from reporter.clinic.links import LinkEnded
from reporter.clinic.posters import PosterEnded
from reporter.clinic.treatments import Treatment
from reporter.records.db import Database
from reporter.records.seal import keyed_hash
from reporter.web.language import choose, cookie_name, set_cookie

# Nobody reads a page of warning signs and presses a button in this time.
TOO_SOON = timedelta(seconds=2)
LATE_ENOUGH = 26  # from here on the rules' questions offer every answer that they have
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
    token: str = field(default="", repr=False)
    opened_at: datetime | None = None

    @property
    def day(self) -> int:
        """Whole days since the treatment; where nobody knows, late enough for every answer."""
        if self.treatment.day_unknown:
            return LATE_ENOUGH
        return self.treatment.day(self.now, self.clinic.hours.zone)

    @property
    def today(self) -> date:
        """On the clinic's calendar."""
        return local(self.clinic.hours.zone, self.now).date()

    @cached_property
    def open_now(self) -> bool:
        """Whether somebody is at the clinic; every part of a page asks."""
        return hours.is_open(self.clinic.hours, self.now)

    @property
    def from_poster(self) -> bool:
        return bool(posters.TOKEN.fullmatch(self.token))

    @property
    def too_soon(self) -> bool:
        """Whether a mail scanner, which opens a link and presses at once, may be at work here."""
        return self.opened_at is not None and self.now - self.opened_at < TOO_SOON


def slug_of(token: str) -> str:
    """The link's name in addresses: it tells nothing and opens nothing."""
    return hashlib.sha256(b"slug:" + token.encode()).hexdigest()[:16]


def exchange(token: str, endpoint: str) -> ResponseReturnValue:
    """Put the token into its cookie and leave the address that holds it. Nothing is recorded."""
    db = store()
    if not TOKEN.fullmatch(token):
        raise LinkEnded
    now = clock.now()
    link = links.follow(db, token, now)
    opened = _first_opening(link.clinic_id, slug_of(token)) or now
    return with_cookies(link.clinic_id, token, opened, endpoint)


def with_cookies(
    clinic_id: str, token: str, opened: datetime, endpoint: str
) -> ResponseReturnValue:
    """To the clean address of this token's pages; the device carries it from now on."""
    slug = slug_of(token)
    answer: Response = redirect(url_for(endpoint, slug=slug), 303)  # type: ignore[assignment]
    since = f"{int(opened.timestamp() * 1000):x}"
    signed = _sign_opening(clinic_id, slug, since)
    set_cookie(answer, f"link-{slug}", f"{clinic_id}.{token}.{since}.{signed}", KEPT)
    device = request.cookies.get(cookie_name("device")) or secrets.token_hex(16)
    set_cookie(answer, "device", device[:64], KEPT)
    return answer


def _first_opening(clinic_id: str, slug: str) -> datetime | None:
    """When this device first opened this link, as its cookie says and we have signed."""
    kept = request.cookies.get(cookie_name(f"link-{slug}"), "").split(".")
    if len(kept) != 4 or not re.fullmatch(r"[0-9a-f]{1,12}", kept[2]):
        return None
    if not hmac.compare_digest(kept[3].encode(), _sign_opening(clinic_id, slug, kept[2]).encode()):
        return None
    return datetime.fromtimestamp(int(kept[2], 16) / 1000, UTC)


def _sign_opening(clinic_id: str, slug: str, since: str) -> str:
    return keyed_hash(store().clinic_key(clinic_id).purpose("first opening"), f"{slug} {since}")


def begin(slug: str) -> Visit:
    """Who visits. Raise NoCookie, LinkEnded or StorageError; g.clinic is set where it is known."""
    clinic_id, token = _carried(slug)
    g.clinic = remembered(clinic_id)
    if not TOKEN.fullmatch(token) or slug_of(token) != slug:
        raise NoCookie
    now = clock.now()
    treatment, checkin_id = _reported_on(clinic_id, token, now)
    language = choose(treatment.patient.language)
    device = request.cookies.get(cookie_name("device"), "")
    opened = _first_opening(clinic_id, slug)
    return Visit(
        slug, g.clinic, treatment, checkin_id, language, device, now, token=token, opened_at=opened
    )


def _carried(slug: str) -> tuple[str, str]:
    """The clinic's id and the token that this device has for this address."""
    kept = request.cookies.get(cookie_name(f"link-{slug}"), "").split(".")
    return (kept[0], kept[1]) if len(kept) in {2, 4} else ("", "")


def _reported_on(clinic_id: str, token: str, now: datetime) -> tuple[Treatment, str | None]:
    """The treatment under this token; from a poster it may be one that is not stored yet."""
    db = store()
    try:
        found = links.opened(db, token, now)
    except LinkEnded as ended:
        if ended.clinic_id or not posters.TOKEN.fullmatch(token):
            raise
        g.clinic = clinic = _poster_clinic(clinic_id, token)
        return posters.place(db, clinic, token, choose(), now), None
    g.clinic = _keep_at_hand(found.clinic)
    return found.treatment, found.checkin_id


def _poster_clinic(clinic_id: str, token: str) -> Clinic:
    """The clinic before whose poster this visit began, if we have signed that."""
    try:
        clinic = current_clinic(clinic_id)
    except ClinicError:
        raise NoCookie from None
    if posters.begun_at(store(), clinic_id, token) is None:
        raise NoCookie
    return clinic


def current_clinic(clinic_id: str) -> Clinic:
    """As stored now; remembered too, so that a page can give the phone when the store is down."""
    return _keep_at_hand(clinics.get(store(), clinic_id))


def _keep_at_hand(clinic: Clinic) -> Clinic:
    current_app.extensions["reporter"].clinics[clinic.id] = clinic
    return clinic


def remembered(clinic_id: str | None) -> Clinic | None:
    """The clinic that was last seen under this id, or the only one there is."""
    known: dict[str, Clinic] = current_app.extensions["reporter"].clinics
    if clinic_id in known:
        return known[clinic_id]
    return next(iter(known.values())) if len(known) == 1 else None


def clinic_of_ended(ended: LinkEnded | PosterEnded) -> Clinic | None:
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
