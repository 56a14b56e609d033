"""Patients who have answered every page and are about to press "Send": for loads and for kills.

All of it is made through the product's own functions; what is left to do is one form POST each.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Flask

from reporter.clinic import clinics, drafts, front_desk, links, staff, treatments
from reporter.clinic.clinic_settings import DAYS
from reporter.clinic.clinics import Clinic
from reporter.clinic.enrolment import AreaDose, Enrolment
from reporter.clinic.treatments import Treatment
from reporter.records.audit import SYSTEM
from reporter.records.db import Database
from reporter.rules.knowledge import Knowledge
from reporter.web.visit import Visit, new_key, slug_of

PASSWORD = "correct horse battery"
DEVICE = "d" * 32
# Open all week round the clock, so that a run at night measures and proves what one by day does.
CLINIC = {
    "name": "Epec Clinic",
    "zone": "UTC",
    "phone": "301-555-0142",
    "after_hours_phone": "301-555-0190",
    "emergency_number": "911",
    "crisis_line": "988",
    "reply_to": "nurses@epec.test",
    "hours": {day: ["00:00-23:59"] for day in DAYS},
    "holidays": [],
}
LATELY = {"started": ["days"], "trend": ["same"]}
# What each kind answers on the pages before the last, and what it writes on the last one.
KINDS: dict[str, tuple[dict[str, Any], str]] = {
    "self_care": (
        {"noticed": ["bruise"], "said": {"bruise.size": ["small"], **LATELY}},
        "",
    ),
    "call_back": (
        {
            "noticed": ["headache"],
            "said": {
                "headache.severity": ["moderate"],
                "headache.headache_signs": ["none"],
                **LATELY,
            },
        },
        "It began on Tuesday evening and comes back each day.",
    ),
    "urgent": (
        {
            "noticed": ["eyelid"],
            "said": {
                "eyelid.side": ["right"],
                "eyelid.lid_cover": ["pupil"],
                "eyelid.sight": ["double"],
                "since": ["none"],
                **LATELY,
            },
        },
        "I see two of everything.",
    ),
}


@dataclass(frozen=True)
class Submission:
    """One "Send" that has not been pressed. `kind` is the level that the rules should give."""

    key: str
    kind: str
    path: str
    cookie: str
    body: str


def mixed(count: int, flagged: float) -> list[str]:
    """`count` kinds in an even mixture; every fourth flagged one is urgent."""
    kinds, seen = [], 0
    for number in range(count):
        if int((number + 1) * flagged) > int(number * flagged):
            seen += 1
            kinds.append("call_back" if seen % 4 else "urgent")
        else:
            kinds.append("self_care")
    return kinds


def found_clinic(db: Database, at: datetime) -> Clinic:
    """A clinic with one nurse, who is told of urgent cases."""
    clinic = clinics.create(db, CLINIC, at=at)
    staff.add(
        db,
        clinic.id,
        email="dana@staff.test",
        name="Dana Reyes",
        role="nurse",
        password=PASSWORD,
        by=SYSTEM,
        at=at,
    )
    return clinic


def submissions(app: Flask, clinic: Clinic, kinds: Sequence[str], at: datetime) -> list[Submission]:
    """Enrol a patient for each kind, four days after the visit, with link and saved answers."""
    found: list[Submission] = []
    with app.app_context():
        db, knowledge = app.extensions["reporter"].db, app.extensions["reporter"].knowledge
        for start in range(0, len(kinds), 100):
            with db.transaction():  # a hundred patients to a commit: only the making is hastened
                for number, kind in enumerate(kinds[start : start + 100], start):
                    found.append(_patient(db, knowledge, clinic, number, kind, at))
        session, csrf = _session(app, found[0])
    return [_with_session(one, session, csrf) for one in found]


def _patient(
    db: Database, knowledge: Knowledge, clinic: Clinic, number: int, kind: str, at: datetime
) -> Submission:
    entry = _enrolment(number, at.date() - timedelta(days=4))
    made, _ = front_desk.enrol(db, knowledge, clinic, entry, by=SYSTEM, at=at)
    treatment = treatments.get(db, clinic.id, made.id)
    token = links.make(db, treatment, at)
    slug = slug_of(token)
    key = new_key(_visit(clinic, treatment, slug, at))
    answers, words = KINDS[kind]
    drafts.save(db, treatment, key, {"flags": [], "no_flags": True, **answers}, at)
    cookie = f"link-{slug}={clinic.id}.{token}; device={DEVICE}"
    return Submission(key, kind, f"/c/{slug}/{key}/check", cookie, urlencode({"words": words}))


def _enrolment(number: int, given_on: date) -> Enrolment:
    return Enrolment(
        name=f"Pat{_letters(number)} Doe",
        born=date(1950, 1, 1) + timedelta(days=number),
        email=f"p{number}@patients.test",
        mobile=f"+1240555{number:04d}",
        language="en",
        may_voicemail=True,
        may_email=True,
        given_on=given_on,
        product="Botox Cosmetic",
        lot="C8123F2",
        expiry="2028-08",
        areas=(AreaDose("glabella", 20),),
        injector="Dr. A. Lin",
        factors=(),
    )


def _letters(number: int) -> str:
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))


def _visit(clinic: Clinic, treatment: Treatment, slug: str, at: datetime) -> Visit:
    return Visit(slug, clinic, treatment, None, "en", DEVICE, at)


def _session(app: Flask, one: Submission) -> tuple[str, str]:
    """One look at the last page gives a session and the form's token."""
    client = app.test_client()
    for name, _, value in (part.partition("=") for part in one.cookie.split("; ")):
        client.set_cookie(name, value)
    page = client.get(one.path)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    cookie = client.get_cookie("session")
    assert page.status_code == 200 and token and cookie, f"{page.status}: {page.text[:500]}"
    return cookie.value, token[1]


def _with_session(one: Submission, session: str, csrf: str) -> Submission:
    body = f"{one.body}&{urlencode({'csrf_token': csrf})}"
    return Submission(one.key, one.kind, one.path, f"{one.cookie}; session={session}", body)


def stored(db: Database) -> Iterator[dict[str, Any]]:
    """Every report that is in the store: key, level, whether its treatment's case is open."""
    yield from db.query(
        "select r.submission_key as key, r.level, r.amends_id, k.is_open, k.due_at, "
        "k.undecided, k.id as case_id, k.level as case_level from reports r "
        "left join cases k on k.clinic_id = r.clinic_id and k.treatment_id = r.treatment_id "
        "where r.clinic_id in (select clinic_id from clinics)"
    )
