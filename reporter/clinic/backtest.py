"""Every stored report decided again by a draft: which levels would have been otherwise.

Reads by pages in the order of the ids, so that memory stays flat, and writes nothing.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from reporter.clinic.backtest_tally import Moved, Place, Tally, height
from reporter.clinic.report_columns import ReadWord
from reporter.records.db import Database, Row
from reporter.records.seal import Unreadable
from reporter.rules.knowledge import Knowledge
from reporter.rules.levels import Level
from reporter.rules.report import Report, from_stored
from reporter.rules.triage import decide

PAGE = 1000
DECODE: Final = json.JSONDecoder().raw_decode
"""Stored answers are JSON and nothing else: what `json.loads` tries beside costs as much again."""
# A nurse confirmed a case as serious when she closed it with one of these outcomes, or while its
# level was emergency. What was confirmed of a report is said by a closing after it came in.
SERIOUS_OUTCOMES = ("sent_to_er", "treated_here", "referred")
SERIOUS_LEVEL = Level.EMERGENCY


@dataclass(frozen=True)
class Chunk:
    """The reports with ids above `after`, up to and with `upto`."""

    after: str
    upto: str


def whole(db: Database, clinic_id: str, after: str = "") -> Chunk | None:
    """All reports that are stored now; None when there is none."""
    row = db.one(
        "select max(id) as last from reports where clinic_id = :c and id > :after",
        c=clinic_id,
        after=after,
    )
    return Chunk(after, row["last"]) if row and row["last"] else None


def chunks(db: Database, clinic_id: str, size: int) -> Iterator[Chunk]:
    """The same in parts of this many reports, for two processes."""
    everything = whole(db, clinic_id)
    after = ""
    while everything and after != everything.upto:
        row = db.one(
            "select id from reports where clinic_id = :c and id > :after and id <= :upto "
            "order by id limit 1 offset :n",
            c=clinic_id,
            after=after,
            upto=everything.upto,
            n=size - 1,
        )
        upto = row["id"] if row else everything.upto
        yield Chunk(after, upto)
        after = upto


def count(db: Database, clinic_id: str) -> int:
    row = db.one("select count(*) as n from reports where clinic_id = :c", c=clinic_id)
    return int(row["n"]) if row else 0


def run(
    db: Database,
    clinic_id: str,
    draft: Knowledge,
    live: Knowledge,
    chunk: Chunk | None,
    each: Callable[[list[Moved]], None] | None = None,
) -> Tally:
    """Decide the reports of a chunk again. `each` is handed every page's moved reports."""
    tally = Tally()
    for rows in _pages(db, clinic_id, chunk):
        page = _page(db, clinic_id, rows, draft, live)
        if each:
            each(page.moved)
        tally.add(page)
    return tally


def _pages(db: Database, clinic_id: str, chunk: Chunk | None) -> Iterator[list[Row]]:
    after = chunk.after if chunk else ""
    while chunk and (
        rows := db.query(
            "select r.id, r.received_at, r.answers, r.level, r.sealed_mentions, k.id as case_id, "
            "case when r.sealed_words is null then null else r.reasons end as words_said "
            "from reports r left join cases k "
            "on k.clinic_id = r.clinic_id and k.treatment_id = r.treatment_id "
            "where r.clinic_id = :c and r.id > :after and r.id <= :upto order by r.id limit :n",
            c=clinic_id,
            after=after,
            upto=chunk.upto,
            n=PAGE,
        )
    ):
        yield rows
        after = rows[-1]["id"]


def _page(
    db: Database, clinic_id: str, rows: list[Row], draft: Knowledge, live: Knowledge
) -> Tally:
    words = _words(db, clinic_id, rows) if any(row["sealed_mentions"] for row in rows) else {}
    page = Tally(first_at=min(row["received_at"] for row in rows))
    page.last_at, page.last_id = max(row["received_at"] for row in rows), rows[-1]["id"]
    for row in rows:
        old = None if row["level"] is None else Level(row["level"])
        new = _decided(row, old, draft, live, words.get(row["id"], ()))
        page.table[old, new] += 1
        if new != old:
            found = Moved(row["id"], row["case_id"], row["received_at"], old, new, serious=False)
            page.moved.append(found)
    if any(one.lowered for one in page.moved):
        serious = _confirmed_serious(db, clinic_id, rows)
        page.moved = [replace(m, serious=m.report_id in serious) for m in page.moved]
        page.serious = sum(m.serious and m.lowered for m in page.moved)
    return page


def _decided(
    row: Row, old: Place, draft: Knowledge, live: Knowledge, words: tuple[ReadWord, ...]
) -> Place:
    report = from_stored(DECODE(row["answers"])[0])
    if row["words_said"] is None:
        return _level(report, draft)
    # What was read in the words then may be gone with the person's key, or be read better now.
    # So both sets get the same readings, and only where they differ is the report moved.
    told = replace(report, free_text="(own words)" if _not_understood(row, live, draft) else "")
    new = _level(told, draft, words)
    before = _level(told, live, words)
    if new == before:
        return old
    return max(new, old or new, key=height) if height(new) > height(before) else new


def _not_understood(row: Row, *sets: Knowledge) -> bool:
    """Whether the rule for words that nobody could read had fired."""
    asks = {rule.id for one in sets for rule in one.rules if rule.when.free_text}
    return any(reason["rule"] in asks for reason in json.loads(row["words_said"]))


def _level(report: Report, knowledge: Knowledge, words: Iterable[ReadWord] = ()) -> Place:
    try:
        return decide(report, knowledge, words).level
    except KeyError:  # a symptom that these rules do not know: a person would look first
        return None


def _words(db: Database, clinic_id: str, rows: list[Row]) -> dict[str, tuple[ReadWord, ...]]:
    keys = db.query(
        "select r.id, r.sealed_mentions, p.wrapped_key from reports r "
        "join treatments t on t.clinic_id = r.clinic_id and t.id = r.treatment_id "
        "join patients p on p.clinic_id = t.clinic_id and p.id = t.patient_id "
        "where r.clinic_id = :c and r.id >= :first and r.id <= :last "
        "and r.sealed_mentions is not null and p.wrapped_key is not null",
        c=clinic_id,
        first=rows[0]["id"],
        last=rows[-1]["id"],
    )
    return {row["id"]: tuple(_opened(db, row)) for row in keys}


def _opened(db: Database, row: Row) -> Iterator[ReadWord]:
    try:
        found: list[dict[str, Any]] = db.vault.key(row["wrapped_key"]).open_data(
            "mentions", row["sealed_mentions"]
        )
    except Unreadable:
        return
    for one in found:
        yield ReadWord(**one)


def _confirmed_serious(db: Database, clinic_id: str, rows: list[Row]) -> frozenset[str]:
    """The reports of a page whose case was later closed as serious, open again or not."""
    closings = db.query(
        "select r.id, m.level, m.details from reports r "
        "join cases k on k.clinic_id = r.clinic_id and k.treatment_id = r.treatment_id "
        "join case_moves m on m.clinic_id = k.clinic_id and m.case_id = k.id "
        "where r.clinic_id = :c and r.id >= :first and r.id <= :last "
        "and m.verb = 'close' and m.at >= r.received_at",
        c=clinic_id,
        first=rows[0]["id"],
        last=rows[-1]["id"],
    )
    return frozenset(
        row["id"]
        for row in closings
        if row["level"] >= SERIOUS_LEVEL
        or json.loads(row["details"]).get("outcome") in SERIOUS_OUTCOMES
    )
