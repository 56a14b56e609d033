"""How often something was done lately, counted in the store so that all workers share the count."""

from datetime import datetime, timedelta

from reporter.clock import stamp
from reporter.records.db import Database


def count(db: Database, clinic_id: str, name: str, at: datetime, within: timedelta) -> int:
    """Count one more; the how manyth it is since the first of this span, which then ends.

    An end that lies farther off than any span was written by a clock that was wrong.
    """
    with db.transaction():
        rows = db.query(
            "insert into rates (clinic_id, name, used, until) values (:c, :name, 1, :until) "
            "on conflict (clinic_id, name) do update set "
            "used = case when rates.until <= :at or rates.until > :far then 1 "
            "else rates.used + 1 end, "
            "until = case when rates.until <= :at or rates.until > :far then :until "
            "else rates.until end returning used",
            c=clinic_id,
            name=name,
            at=stamp(at),
            until=stamp(at + within),
            far=stamp(at + 2 * within),
        )
    return int(rows[0]["used"])


def forget(db: Database, clinic_id: str, name: str) -> None:
    """Count from one again."""
    db.run("delete from rates where clinic_id = :c and name = :name", c=clinic_id, name=name)
