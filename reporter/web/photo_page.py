"""A patient's photo for whoever works on cases: one address, logged each time, kept nowhere."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, abort, g

from reporter.clinic import photos
from reporter.clinic.clinics import Clinic
from reporter.clinic.photos import Photo
from reporter.clinic.reports import StoredReport
from reporter.records.audit import record
from reporter.records.db import Database
from reporter.web import clock_words
from reporter.web.at_hand import store
from reporter.web.log_in import let_in

blueprint = Blueprint("photos", __name__, url_prefix="/desk/photo")
blueprint.before_request(let_in)


@dataclass(frozen=True)
class Shown:
    """One photo for `nurse/photos.html`, which covers it until somebody opens it."""

    id: str
    number: int
    when: str


def shown(
    db: Database, clinic: Clinic, said: Iterable[StoredReport], now: datetime
) -> tuple[Shown, ...]:
    """The photos that came with these reports, numbered from the oldest."""
    return numbered(photos.of_reports(db, clinic.id, said), clinic, now)


def numbered(found: Iterable[Photo], clinic: Clinic, now: datetime) -> tuple[Shown, ...]:
    """These photos, as `nurse/photos.html` shows them."""
    return tuple(
        Shown(one.id, number, clock_words.moment(one.added_at, now, clinic.hours.zone))
        for number, one in enumerate(found, start=1)
    )


@blueprint.get("/<photo_id>")
def show(photo_id: str) -> Response:
    """The picture alone. Each look is in the audit trail, also the second by the same person."""
    found = photos.picture(store(), g.clinic.id, photo_id)
    if found is None:
        abort(404)
    photo, picture = found
    with store().transaction():
        record(
            store(),
            g.clinic.id,
            g.staff.actor,
            "photo.seen",
            photo.id,
            g.now,
            treatment=photo.treatment_id,
        )
    answer = Response(picture, mimetype="image/jpeg")
    answer.headers["Content-Disposition"] = 'inline; filename="photo.jpg"'
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = "no-store"
    return answer
