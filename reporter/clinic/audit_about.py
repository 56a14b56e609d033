"""Whom an event is about: the treatment, by its reference, behind any id that an event names."""

from collections.abc import Mapping
from dataclasses import dataclass

from reporter.clinic import treatments
from reporter.records.db import Database

MOST = 500
# What belongs to a treatment and has a name of its own in the trail.
OF_TREATMENTS = """
select id from cases where clinic_id = :c and treatment_id in (:t)
union all select id from reports where clinic_id = :c and treatment_id in (:t)
union all select id from drafts where clinic_id = :c and treatment_id in (:t)
union all select id from photos where clinic_id = :c and treatment_id in (:t)
limit :most
"""
JOINED = "join treatments t on t.clinic_id = x.clinic_id and t.id = x.treatment_id"
OF_SUBJECTS = f"""
select t.id, t.reference, t.id as visit, '' as held from treatments t
where t.clinic_id = :c and t.id in (:ids)
union all select t.patient_id, max(t.reference), max(t.id), '' from treatments t
where t.clinic_id = :c and t.patient_id in (:ids) group by t.patient_id
union all select x.id, t.reference, t.id, x.id from cases x {JOINED}
where x.clinic_id = :c and x.id in (:ids)
union all select x.id, t.reference, t.id, '' from reports x {JOINED}
where x.clinic_id = :c and x.id in (:ids)
union all select x.id, t.reference, t.id, '' from drafts x {JOINED}
where x.clinic_id = :c and x.id in (:ids)
union all select x.id, t.reference, t.id, '' from photos x {JOINED}
where x.clinic_id = :c and x.id in (:ids)
"""  # noqa: S608 - ours


@dataclass(frozen=True)
class About:
    """The treatment that people know by its reference, and the case; empty where there is none."""

    reference: str = ""
    treatment_id: str = ""
    case_id: str = ""


NOBODY = About()


def of_subjects(db: Database, clinic_id: str, subjects: set[str]) -> Mapping[str, About]:
    """By id of a patient, treatment, case, report, form or photo: whose it is."""
    if not subjects:
        return {}
    rows = db.query(OF_SUBJECTS, c=clinic_id, ids=tuple(sorted(subjects)))
    return {row["id"]: About(row["reference"], row["visit"], row["held"]) for row in rows}


def subjects_of(db: Database, clinic_id: str, reference: str) -> tuple[str, ...]:
    """All that an event about this treatment's patient may name, the patient and each treatment.

    Raise treatments.NotThere when nothing has that reference.
    """
    visit = treatments.by_reference(db, clinic_id, reference)
    every = treatments.of_person(db, clinic_id, visit.patient.id)
    ids = tuple({visit.id, *(one.id for one in every)})
    rows = db.query(OF_TREATMENTS, c=clinic_id, t=ids, most=MOST)
    return (*ids, visit.patient.id, *(row["id"] for row in rows))
