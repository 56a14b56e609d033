"""Photos that a patient may add: one at a time, so that on a slow line each that came is kept.

The answers are kept before this page and without it: a photo that fails takes nothing with it.
"""

from flask import Blueprint, flash, g, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from reporter.clinic import photos, remarks
from reporter.clinic.photos import LARGEST, Enough, NotAPhoto, TooManyPixels
from reporter.clinic.told import PHOTO
from reporter.records.db import StorageError
from reporter.rules import interview
from reporter.rules.interview import Answers
from reporter.web import sending, times
from reporter.web.patient_page import ours, page, url
from reporter.web.sending import at_hand

# A form around the photo, with its token and the name of the file.
LARGEST_POST = LARGEST + 64 * 1024
# What can be seen on a photo; for the rest nobody is asked for one.
VISIBLE = frozenset(
    {"eyelid", "eyebrow", "dry_eye", "puffy_lid", "smile", "bruise", "swelling", "lump", "rash"}
    | {"face_swelling", "infection", "look", "something_else"}
)


def add_to(blueprint: Blueprint) -> None:
    path = "/c/<slug>/<key>/photos"
    blueprint.add_url_rule(path, "photos", show)
    blueprint.add_url_rule(path, "add_photo", add, methods=["POST"])
    blueprint.add_url_rule(f"{path}/<photo_id>", "remove_photo", remove, methods=["POST"])


def allow_large(endpoint: str | None) -> None:
    """Before anything is read of the request: only this one may be as large as a photo."""
    if endpoint == "patient.add_photo":
        request.max_content_length = LARGEST_POST


def is_seen(answers: Answers) -> bool:
    """Whether a photo could show what was noticed, now or the last time."""
    questions = at_hand().questions
    seen = {symptom for id in VISIBLE for symptom in questions.notices[id].symptoms}
    before = {entry.symptom for entry in interview.last_time(questions, answers)}
    return bool(seen & before) or any(
        one.id in VISIBLE for one in interview.ticked(questions, answers)
    )


def count(key: str) -> int:
    return len(photos.of_form(at_hand().db, g.visit.treatment, key))


def _may(key: str) -> bool:
    """Before the form is sent, and later while somebody works on it and will look."""
    if not sending.receipt(key):
        return bool(sending.answers(key))
    case = sending.open_case()
    return case is not None and case.is_open


@ours
def show(key: str) -> ResponseReturnValue:
    if not _may(key):
        return redirect(url("first"), 303)
    too_large = "large" in request.args
    return _page(key, _too_large() if too_large else "", 413 if too_large else 200)


def _page(key: str, problem: str = "", status: int = 422) -> ResponseReturnValue:
    kept = photos.of_form(at_hand().db, g.visit.treatment, key)
    zone, language = g.visit.clinic.hours.zone, g.visit.language
    return page(
        "photos",
        _("Add photos"),
        status if problem else 200,
        key=key,
        problem=problem,
        kept=[(one.id, times.clock(one.added_at, zone, language)) for one in kept],
        room=photos.may_add(at_hand().db, g.visit.treatment, key),
        sent=bool(sending.receipt(key)),
        most=photos.MOST,
    )


@ours
def add(key: str) -> ResponseReturnValue:
    if not _may(key):
        return redirect(url("first"), 303)
    data = _chosen()
    if data is None:
        return _page(key, _("Take or choose a photo first"))
    if len(data) > LARGEST:
        return _page(key, _too_large())
    problem = _keep(key, data)
    if problem:
        return _page(key, problem)
    flash(_("We have your photo."))
    return redirect(url("photos", key=key), 303)


def _chosen() -> bytes | None:
    """What was taken or chosen: the page has a field for each."""
    sent = request.files.getlist("photo")
    chosen = next((one for one in sent if one.filename), None)
    data = chosen.stream.read(LARGEST + 1) if chosen else None
    for one in sent:
        one.close()
    return data


def _too_large() -> str:
    return str(
        _(
            "The photo is larger than 10 MB. Take a new one, choose a smaller one, "
            "or go on without it"
        )
    )


def _keep(key: str, data: bytes) -> str:
    """What went wrong, in one sentence; nothing where the photo is kept."""
    try:
        sending.settled()
        photos.add(at_hand().db, g.visit.treatment, key, data, g.visit.now)
        if sending.receipt(key):
            here = g.visit.treatment
            remarks.remark(at_hand().db, here.clinic_id, here.id, PHOTO, at=g.visit.now)
    except NotAPhoto:
        return str(
            _("We cannot open this photo. Take a new one, or choose a JPEG, PNG or HEIC photo")
        )
    except TooManyPixels:
        return str(_("This photo has too many dots. Take a new one, or choose a smaller one"))
    except Enough:
        return str(_("You can add 3 photos. Go on without this one"))
    except StorageError:
        return str(_("We could not keep the photo just now. Your answers are kept. Try again"))
    return ""


@ours
def remove(key: str, photo_id: str) -> ResponseReturnValue:
    """Only before it is sent: what staff may have looked at stays."""
    if not sending.receipt(key):
        photos.remove(at_hand().db, g.visit.treatment, key, photo_id, g.visit.now)
        flash(_("The photo is removed."))
    return redirect(url("photos", key=key), 303)
