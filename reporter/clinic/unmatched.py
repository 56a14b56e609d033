"""A poster's report that needs nobody's call still needs somebody who says whose it is."""

from datetime import datetime

from reporter.clinic import cases, places
from reporter.clinic.casebook import Case
from reporter.clinic.clinics import Clinic
from reporter.clinic.hours import end_of_next_clinic_day
from reporter.clinic.treatments import Treatment
from reporter.records.db import Database
from reporter.rules.levels import Level


def open_case(db: Database, clinic: Clinic, treatment: Treatment, at: datetime) -> Case | None:
    """Its case, on the clock of a call-back, in the open transaction; None once it is known whose
    it is, and for what came by a personal link. Nothing is promised to whoever sent it."""
    if treatment.matching != places.UNMATCHED:
        return None
    due = end_of_next_clinic_day(clinic.hours, at)
    case, _ = cases.reported(db, treatment, Level.SELF_CARE, False, due, at)
    return case
