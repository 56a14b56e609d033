"""A report is decided and explained, by the rules that are live at its clinic."""

import logging
from dataclasses import dataclass
from datetime import datetime

from reporter.clinic import explanations, rulesets
from reporter.clinic.explanations import Explanation
from reporter.clinic.report_columns import can_be_kept
from reporter.records.db import Database, StorageError
from reporter.rules.knowledge import Knowledge
from reporter.rules.report import Report
from reporter.rules.triage import Decision, decide_with_words

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Decided:
    """`decision` is None where the rules failed, `explanation` where it could not be explained."""

    decision: Decision | None
    explanation: Explanation | None


def decided(
    db: Database, knowledge: Knowledge, clinic_id: str, report: Report, at: datetime
) -> Decided:
    """No decision when a rule failed on this report. Call it outside a transaction.

    What failed is logged without what was said.
    """
    try:
        live = rulesets.live(db, clinic_id, knowledge, at)
        decision = decide_with_words(report, live)
        can_be_kept(decision)
    except StorageError:
        raise
    except Exception as trouble:  # noqa: BLE001 - whatever a rule does, a human must see the report
        log.error("A rule failed on a report: %s. It goes to a person.", type(trouble).__name__)
        return Decided(None, None)
    return Decided(decision, explanations.or_none(report, decision, live))
