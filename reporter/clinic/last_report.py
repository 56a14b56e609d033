"""What the last report before this one said, so that the rules can tell worse from the same."""

import json
import logging

from reporter.records.db import Database
from reporter.rules.report import Report, ReportedSymptom, from_stored

log = logging.getLogger(__name__)


def before(
    db: Database, clinic_id: str, treatment_id: str, key: str
) -> tuple[ReportedSymptom, ...]:
    """The symptoms of the treatment's last report; what the same form sent is no other time.

    One damaged row is as if nothing had been said: it must not stand in the new report's way.
    """
    row = db.one(
        "select answers from reports where clinic_id = :c and treatment_id = :t "
        "and submission_key <> :key order by received_at desc, id desc limit 1",
        c=clinic_id,
        t=treatment_id,
        key=key,
    )
    if row is None:
        return ()
    try:
        last: Report = from_stored(json.loads(row["answers"]))
    except (ValueError, KeyError, TypeError) as trouble:
        log.error("The last report cannot be read: %s.", type(trouble).__name__)
        return ()
    return last.symptoms
