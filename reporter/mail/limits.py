"""How many messages may go in a minute, in all and to one domain: what providers ask of senders.

Counted in the store, so that all schedulers share the count. Alerts to staff never wait for it.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from reporter.clock import instant, stamp
from reporter.mail import outcomes
from reporter.mail.outbox import ALERT, MAIL, Claimed
from reporter.records.db import Database

SPAN = timedelta(minutes=1)
# `rates` keeps what no single clinic owns under this name.
NOBODY = "-"


@dataclass(frozen=True)
class Limits:
    """Messages a minute; 0 is no limit. A domain has its count at each clinic."""

    per_minute: int = 0
    per_domain: int = 0


NO_LIMITS = Limits()


def allowed(db: Database, batch: Sequence[Claimed], limits: Limits, at: datetime) -> list[Claimed]:
    """Those that may go now, in the open transaction; the others wait for another minute."""
    held: set[str] = set()
    if limits.per_domain:
        groups: dict[str, list[Claimed]] = defaultdict(list)
        for claimed in batch:
            if _counts(claimed):
                groups[claimed.domain].append(claimed)
        for domain, group in groups.items():
            owner = group[0].clinic_id
            held |= _hold(db, owner, f"mail to {domain}", group, limits.per_domain, at)
    if limits.per_minute:
        rest = [claimed for claimed in batch if _counts(claimed) and claimed.id not in held]
        held |= _hold(db, NOBODY, "mail", rest, limits.per_minute, at)
    return [claimed for claimed in batch if claimed.id not in held]


def _counts(claimed: Claimed) -> bool:
    return claimed.channel == MAIL and claimed.priority > ALERT


def _hold(
    db: Database, owner: str, name: str, group: Sequence[Claimed], limit: int, at: datetime
) -> set[str]:
    """Count these; put back those that are too many. The ids of the latter."""
    if not group:
        return set()
    used, until = _take(db, owner, name, len(group), at)
    too_many = min(max(used - limit, 0), len(group))
    for claimed in group[len(group) - too_many :]:
        outcomes.hold(db, claimed, until)
    return {claimed.id for claimed in group[len(group) - too_many :]}


def _take(db: Database, owner: str, name: str, count: int, at: datetime) -> tuple[int, datetime]:
    """Count so many more: how many this minute has now, and when it is over."""
    (row,) = db.query(
        "insert into rates (clinic_id, name, used, until) values (:c, :name, :n, :until) "
        "on conflict (clinic_id, name) do update set "
        "used = case when rates.until <= :at or rates.until > :far then :n "
        "else rates.used + :n end, "
        "until = case when rates.until <= :at or rates.until > :far then :until "
        "else rates.until end returning used, until",
        c=owner,
        name=name,
        n=count,
        at=stamp(at),
        until=stamp(at + SPAN),
        # An end that is farther off was written by a clock that was wrong.
        far=stamp(at + 2 * SPAN),
    )
    return row["used"], instant(row["until"])
