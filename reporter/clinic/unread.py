"""Which reports a person has not looked at yet: a short list beside a table that only grows.

`reports` writes it: a row comes with a report and goes when somebody has read it.
"""

from dataclasses import dataclass
from datetime import datetime

from reporter.clinic.treatments import Treatment
from reporter.clock import instant, maybe_stamp, stamp
from reporter.records.db import Database


@dataclass(frozen=True)
class Overdue:
    """How many texts should have been read by now, and since when the oldest."""

    texts: int
    since: datetime

    @property
    def words(self) -> str:
        """`2 texts to read are overdue`"""
        one = self.texts == 1
        return "1 text to read is overdue" if one else f"{self.texts} texts to read are overdue"


def add(
    db: Database,
    treatment: Treatment,
    report_id: str,
    read_by_at: datetime | None,
    *,
    in_words: bool,
    unsent: bool,
) -> None:
    """In the open transaction of its report."""
    db.run(
        "insert into unread_reports (clinic_id, report_id, treatment_id, in_words, unsent, "
        "read_by_at) values (:c, :r, :t, :words, :unsent, :by)",
        c=treatment.clinic_id,
        r=report_id,
        t=treatment.id,
        words=int(in_words),
        unsent=int(unsent),
        by=maybe_stamp(read_by_at),
    )


def take_away(db: Database, clinic_id: str, report_id: str) -> None:
    """In the open transaction of its reading."""
    db.run(
        "delete from unread_reports where clinic_id = :c and report_id = :r",
        c=clinic_id,
        r=report_id,
    )


# "cross join" makes SQLite begin with the short table, also where nobody has counted the rows.
# Those on an open case are read there; those of an erased person can be read no more.
WORDS = """
from unread_reports u cross join treatments t cross join patients p
where u.clinic_id = :c and u.in_words = 1
  and t.clinic_id = u.clinic_id and t.id = u.treatment_id
  and p.clinic_id = t.clinic_id and p.id = t.patient_id and p.wrapped_key is not null
  and not exists (select 1 from cases k where k.clinic_id = u.clinic_id
    and k.treatment_id = u.treatment_id and k.is_open = 1)
"""
# The newest of each draft that was taken up and not sent since, unless its case was closed after.
LEFT = """
from unread_reports u cross join reports r cross join drafts d
left join cases k on k.clinic_id = u.clinic_id and k.treatment_id = u.treatment_id
where u.clinic_id = :c and u.unsent = 1
  and r.clinic_id = u.clinic_id and r.id = u.report_id
  and d.clinic_id = r.clinic_id and d.id = r.submission_key
  and d.unfinished_at is not null
  and (d.sent_at is null or d.sent_at < d.unfinished_at)
  and (k.closed_at is null or k.closed_at < r.received_at)
  and not exists (select 1 from reports n where n.clinic_id = r.clinic_id
    and n.submission_key = r.submission_key
    and (n.received_at, n.id) > (r.received_at, r.id))
"""


def words(db: Database, clinic_id: str, limit: int) -> tuple[str, ...]:
    """Own words that nobody has read and that stand on no open case, the soonest due first."""
    rows = db.query(
        f"select u.report_id {WORDS} order by u.read_by_at, u.report_id limit :n",
        c=clinic_id,
        n=limit,
    )
    return tuple(row["report_id"] for row in rows)


def left(db: Database, clinic_id: str, limit: int) -> dict[str, str | None]:
    """Reports that were left and not sent, each with its open case, if it made one."""
    rows = db.query(
        f"select u.report_id, case when k.is_open = 1 then k.id end as case_id {LEFT} "
        "order by r.received_at desc limit :n",
        c=clinic_id,
        n=limit,
    )
    return {row["report_id"]: row["case_id"] for row in rows}


def count_words(db: Database, clinic_id: str, most: int) -> int:
    """How many wait to be read; beyond `most` nobody counts."""
    return _count(db, WORDS, clinic_id, most)


def overdue(db: Database, clinic_id: str, at: datetime, most: int = 10_000) -> Overdue | None:
    """None where every text was read in its time, or still has some. No more than `most` count."""
    row = db.one(
        "select count(*) as n, min(read_by_at) as since from (select u.read_by_at "  # noqa: S608
        f"{WORDS} and u.read_by_at <= :now order by u.read_by_at limit :n) as found",
        c=clinic_id,
        now=stamp(at),
        n=most,
    )
    return Overdue(int(row["n"]), instant(row["since"])) if row and row["n"] else None


def count_left(db: Database, clinic_id: str, most: int) -> int:
    """How many were left unfinished; beyond `most` nobody counts."""
    return _count(db, LEFT, clinic_id, most)


def _count(db: Database, which: str, clinic_id: str, most: int) -> int:
    row = db.one(
        f"select count(*) as n from (select u.report_id {which} limit :n) as found",  # noqa: S608
        c=clinic_id,
        n=most,
    )
    return int(row["n"]) if row else 0
