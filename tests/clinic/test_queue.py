"""The queue a page at a time: its order, its counts, its revision, and fifty nurses at once."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from benchmarks import prepared
from reporter.clinic import (
    casebook,
    cases,
    drafts,
    front_desk,
    patients,
    queue,
    reports,
    silent,
    unfinished,
)
from reporter.clinic.cases import Conflict, Refused
from reporter.clinic.clinics import Clinic
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.records import audit
from reporter.records.audit import SYSTEM
from reporter.records.db import Busy, Database
from reporter.rules.knowledge import Knowledge
from reporter.rules.levels import Level
from tests.conftest import MARIA, NOW, report
from tests.web.desk import Ward

MINUTE = timedelta(minutes=1)
LATER = NOW + timedelta(minutes=1)  # within one spell of ten minutes
HIVES = report("hives")


@pytest.fixture
def ward(
    db: Database, knowledge: Knowledge, clinic: Clinic, enrolled: Callable[..., Treatment]
) -> Ward:
    return Ward(db, knowledge, clinic, enrolled)


def names(db: Database, clinic: Clinic, tab: str, me: Staff, limit: int = 50) -> list[str]:
    rows = queue.picked(db, clinic.id, tab, me.id, NOW, limit)
    return [row.treatment.patient.name for row in rows]


def test_a_page_is_the_head_of_the_whole_queue(ward: Ward, db: Database, dana: Staff) -> None:
    for number, (sign, ago) in enumerate(
        [("hives", 9), ("smile_asymmetry", 1), ("trouble_swallowing", 2), ("hives", 30)]
    ):
        ward.case(report(sign), name=f"Pat Number{number}", ago=ago * MINUTE)
    whole = [(one.case, one.treatment, one.told) for one in queue.whole(db, ward.clinic.id)]

    def page(limit: int) -> list[object]:
        rows = queue.picked(db, ward.clinic.id, "todo", dana.id, NOW, limit)
        return [(one.case, one.treatment, one.told) for one in rows]

    assert page(50) == whole
    assert page(2) == whole[:2]
    assert names(db, ward.clinic, "todo", dana)[0] == "Pat Number2"


def test_what_a_second_person_only_confirms_stands_below_the_calls_of_its_level(
    ward: Ward, db: Database, clinic: Clinic, dana: Staff
) -> None:
    done = ward.case(report("trouble_swallowing"), name="Was Called", ago=9 * MINUTE)
    ward.case(report("trouble_swallowing"), name="To Call", ago=MINUTE)
    ward.case(HIVES, name="Less Grave", ago=30 * MINUTE)
    # How it came to wait for the second person is the business of the tests of closing.
    db.run(
        "update cases set state = 'closing' where clinic_id = :c and id = :id",
        c=clinic.id,
        id=done.id,
    )
    assert names(db, clinic, "todo", dana) == ["To Call", "Was Called", "Less Grave"]
    assert names(db, clinic, "first", dana, 1) == ["To Call"]
    assert [one.treatment.patient.name for one in queue.whole(db, clinic.id)][:2] == [
        "To Call",
        "Was Called",
    ]


def test_a_page_is_read_once_for_each_revision(
    ward: Ward, db: Database, clinic: Clinic, dana: Staff, hire: Callable[..., Staff],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    case, ann = ward.case(HIVES, name="Mine Own"), hire("Ann Other")
    asked: list[str] = []
    query = Database.query

    def heard(self: Database, sql: str, **values: object) -> list[dict[str, object]]:
        asked.append(sql)
        return query(self, sql, **values)

    monkeypatch.setattr(Database, "query", heard)

    def page(me: Staff, tab: str) -> tuple[list[str], int]:
        at = queue.revision(db, clinic.id, NOW)
        del asked[:]
        rows = queue.picked_at(db, clinic.id, tab, me.id, NOW, 50, at)
        return [row.owner_name for row in rows], len(asked)

    owners, asks = page(dana, "todo")
    assert (owners, asks > 0) == ([""], True)
    assert page(ann, "todo") == ([""], 0)
    ward.move(case, "claim", dana)
    assert page(ann, "todo")[0] == [dana.name]
    assert (page(dana, "mine")[0], page(ann, "mine")[0]) == ([dana.name], [])
    at = queue.revision(db, clinic.id, NOW)
    mine = [queue.counts_at(db, clinic.id, me.id, NOW, at).mine for me in (dana, ann)]
    assert mine == [1, 0]


def test_ten_thousand_open_cases_are_not_sorted_for_a_page(db: Database) -> None:
    if type(db._engine).__name__ != "SqliteEngine":
        pytest.skip("PostgreSQL plans by what is stored")
    for tab in ("todo", "first", "emergencies", "closed"):
        plan = db.query(
            f"explain query plan {casebook.COLUMNS} where clinic_id = :c and {queue.TABS[tab]}",
            c="c", n=50, **({"now": "2026"} if ":now" in queue.TABS[tab] else {}),
        )  # fmt: skip
        told = " ".join(row["detail"] for row in plan)
        assert "USING INDEX cases_" in told and "TEMP B-TREE" not in told, (tab, told)


def test_counts_are_what_the_tabs_show(ward: Ward, db: Database, dana: Staff) -> None:
    mine = ward.case(HIVES, name="Mine Own")
    rests = ward.case(HIVES, name="Rests Now")
    ward.case(HIVES, name="Nobody Has")
    closed = ward.case(report("headache"), name="Was Closed")
    ward.move(mine, "claim", dana)
    ward.move(rests, "call", dana, result="no_answer", note="", next_due=NOW + 30 * MINUTE)
    closed = ward.move(closed, "claim", dana)
    ward.move(
        closed, "close", dana, outcome="resolved", red_flags_asked=True, taught_back=True, note=""
    )
    words = ward.enrolled(name="Word Smith")
    ward.tell(words, report("bruising", free_text="see you in spring"), NOW)
    (waiting,) = reports.to_read(db, ward.clinic.id)
    counts = queue.counts(db, ward.clinic.id, dana.id, NOW)
    assert (counts.todo, counts.mine, counts.waiting, counts.to_read) == (2, 2, 1, 1)
    assert sorted(names(db, ward.clinic, "todo", dana)) == ["Mine Own", "Nobody Has"]
    assert sorted(names(db, ward.clinic, "mine", dana)) == ["Mine Own", "Rests Now"]
    assert names(db, ward.clinic, "waiting", dana) == ["Rests Now"]
    assert names(db, ward.clinic, "closed", dana) == ["Was Closed"]
    reports.mark_read(db, ward.clinic.id, waiting.id, by=dana.actor, at=NOW)
    assert queue.counts(db, ward.clinic.id, dana.id, NOW).to_read == 0
    back = queue.counts(db, ward.clinic.id, dana.id, NOW + 30 * MINUTE)
    assert (back.todo, back.waiting) == (3, 0)  # its next call is due


def test_who_is_silent_is_counted_as_the_list_counts(
    ward: Ward, db: Database, clinic: Clinic, dana: Staff, enrolled: Callable[..., Treatment]
) -> None:
    for name in ("Never Answered", "Answered Late", "Was Phoned", "Bounced Mail", "Was Erased",
                 "Told Since", "Dead Address"):  # fmt: skip
        enrolled(name=name, mobile="")
    plan = db.query("select id, treatment_id, due_at from checkins where kind = 'checkin'")
    found: dict[str, list[str]] = {}
    for row in sorted(plan, key=lambda one: one["due_at"]):
        found.setdefault(row["treatment_id"], []).append(row["id"])
    by_name = {row.patient.name: found[row.id] for row in front_visits(db, clinic)}
    past = {"due": "2026-11-21T15:00:00.000000+00:00", "next": "2026-11-22T15:00:00.000000+00:00"}
    for name, (first, second, *_) in by_name.items():
        _mark(db, first, past["due"], sent_at=past["due"], state="missed")
        if name == "Answered Late":
            _mark(db, second, past["next"], sent_at=past["next"], answered_at=past["next"],
                  state="answered")  # fmt: skip
        if name == "Was Phoned":
            _mark(db, first, past["due"], phoned_at=past["next"])
        if name == "Bounced Mail":
            _mark(db, second, past["next"], bounced_at=past["next"], bounce="hard", state="sent")
        if name == "Dead Address":  # found out by another message: only the telephone can ask
            _mark(db, first, past["due"], state="stopped")
    visits = {visit.patient.name: visit for visit in front_visits(db, clinic)}
    dead = visits["Dead Address"].patient.id
    db.run("update patients set email_refused_at = :at, may_email = 1 where id = :p",
           at=past["due"], p=dead)  # fmt: skip
    db.run("update checkins set sent_at = null where state = 'stopped'")
    ward.tell(visits["Told Since"], report("bruising"), NOW)
    with db.transaction():
        patients.erase(db, clinic.id, visits["Was Erased"].patient.id, NOW)
    listed = silent.silent(db, clinic.id, NOW)
    assert {one.treatment.patient.name for one in listed} == {
        "Never Answered",
        "Bounced Mail",
        "Dead Address",
    }
    assert queue.counts(db, clinic.id, dana.id, NOW).silent == len(listed)


def front_visits(db: Database, clinic: Clinic) -> list[Treatment]:
    from reporter.clinic import treatments

    return treatments.recent(db, clinic.id)


def _mark(db: Database, checkin_id: str, due: str, **columns: str) -> None:
    sets = ", ".join(f"{name} = :{name}" for name in columns)
    db.run(
        f"update checkins set due_at = :due, closes_at = :due, {sets} where id = :id",  # noqa: S608
        id=checkin_id,
        due=due,
        **columns,
    )


def test_every_change_that_the_queue_shows_changes_the_revision(
    ward: Ward, db: Database, clinic: Clinic, dana: Staff, hire: Callable[..., Staff]
) -> None:
    """One after the other, all that can alter a line, a tab or a count."""
    lin = hire("Lin Park", "practitioner")
    seen = [queue.revision(db, clinic.id, NOW)]

    def changed(what: str) -> None:
        seen.append(queue.revision(db, clinic.id, NOW))
        assert len(set(seen)) == len(seen), what

    case = ward.case(report("smile_asymmetry"), ago=2 * MINUTE)
    changed("a report opens a case")
    visit = reports_visit(db, case)
    ward.tell(visit, report("hives"), NOW - MINUTE)
    changed("a worse report raises it")
    for verb, by, details in (
        ("claim", dana, {}),
        ("note", dana, {"note": "Called the husband."}),
        ("call", dana, {"result": "no_answer", "note": "", "next_due": NOW + 30 * MINUTE}),
        ("release", dana, {"note": ""}),
        ("escalate", dana, {"note": "S: hives"}),
        ("acknowledge", lin, {}),
        ("return", lin, {"decision": "see_today", "next_due": NOW + 30 * MINUTE, "note": ""}),
        ("raise_level", dana, {"level": Level.EMERGENCY, "note": ""}),
    ):
        case = ward.move(ward.now(case), verb, by, **details)
        changed(verb)
    told = ward.enrolled(name="Word Smith")
    changed("an enrolment")
    ward.tell(told, report("bruising", free_text="see you in spring"), NOW)
    changed("words to read")
    (waiting,) = reports.to_read(db, clinic.id)
    reports.mark_read(db, clinic.id, waiting.id, by=dana.actor, at=NOW)
    changed("somebody read them")
    other = replace(MARIA, name="Maria Alvarez-Brown")
    front_desk.correct(
        db,
        ward.knowledge,
        clinic,
        visit,
        other,
        expected_version=visit.version,
        by=dana.actor,
        at=NOW,
    )
    changed("a name corrected")
    answers = {"flags": [], "no_flags": True, **prepared.KINDS["urgent"][0]}
    drafts.save(db, told, "d" * 32, answers, LATER)
    assert queue.revision(db, clinic.id, NOW) == seen[-1]  # not taken up: nothing shows it
    taken = unfinished.take_up(db, unfinished.asked(), clinic, NOW + 12 * MINUTE)
    assert taken == 1
    changed("answers were left")
    with db.transaction():
        db.run("update staff set name = 'Dana Stone' where id = :id", id=dana.id)
        audit.record(db, clinic.id, SYSTEM, "staff.role", dana.id, NOW)
    changed("any event about staff")


def reports_visit(db: Database, case: casebook.Case) -> Treatment:
    from reporter.clinic import treatments

    return treatments.get(db, case.clinic_id, case.treatment_id)


def test_time_alone_changes_it_too(ward: Ward, db: Database, clinic: Clinic, dana: Staff) -> None:
    case = ward.case(HIVES)
    ward.move(case, "call", dana, result="no_answer", note="", next_due=NOW + 3 * MINUTE)
    asleep = queue.revision(db, clinic.id, LATER)
    assert asleep == queue.revision(db, clinic.id, NOW)
    assert queue.revision(db, clinic.id, NOW + 3 * MINUTE) != asleep
    assert queue.revision(db, clinic.id, NOW + queue.CHANGES_BY_ITSELF) != asleep


def test_what_changes_nothing_that_a_queue_shows_is_quiet(
    db: Database, clinic: Clinic, dana: Staff
) -> None:
    before = queue.revision(db, clinic.id, NOW)
    for verb in sorted(audit.QUIET | {f"thing.{look}" for look in audit.LOOKS}):
        with db.transaction():
            audit.record(db, clinic.id, dana.actor, verb, "x", NOW)
        assert queue.revision(db, clinic.id, NOW) == before, verb
    with db.transaction():
        audit.record(db, clinic.id, dana.actor, "some.new_verb", "x", NOW)
    assert queue.revision(db, clinic.id, NOW) != before
    assert audit.verify(db, clinic.id) == []


NURSES, CASES = 50, 12


def test_fifty_nurses_at_once_lose_no_note_and_claim_no_case_twice(
    ward: Ward, db: Database, clinic: Clinic, hire: Callable[..., Staff]
) -> None:
    free = [ward.case(HIVES, name=f"Pat Number{n}").id for n in range(CASES)]
    crew = [hire(f"Nurse{n} Person") for n in range(NURSES)]
    won: list[tuple[str, str]] = []
    noted: list[tuple[str, str]] = []
    strange: list[BaseException] = []
    ready = threading.Barrier(NURSES)

    def shift(number: int) -> None:
        me = crew[number]
        ready.wait()
        for turn in range(CASES):
            case_id = free[(number + turn) % CASES]
            if _tried(db, clinic, case_id, "claim", me, {}):
                won.append((case_id, me.id))
        case_id, note = free[number % CASES], f"Note of {me.id}"
        while not _tried(db, clinic, case_id, "note", me, {"note": note}):
            pass  # refused because somebody was first: look again, and save it again
        noted.append((case_id, note))

    def safely(number: int) -> None:
        try:
            shift(number)
        except BaseException as trouble:  # noqa: BLE001 - a thread's failure must fail the test
            strange.append(trouble)

    threads = [threading.Thread(target=safely, args=(n,)) for n in range(NURSES)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert strange == []
    assert sorted(case_id for case_id, _ in won) == sorted(free)  # each once, each by somebody
    assert len(noted) == NURSES
    for case_id, owner in won:
        moves = casebook.history(db, clinic.id, case_id)
        case = casebook.get(db, clinic.id, case_id)
        assert [move.by_id for move in moves if move.verb == "claim"] == [owner]
        assert case.owner_id == owner
        assert [move.version for move in moves] == list(range(1, case.version + 1))
        mine = {note for found, note in noted if found == case_id}
        assert mine == {move.note for move in moves if move.verb == "note"}
    assert audit.verify(db, clinic.id) == []


def _tried(
    db: Database, clinic: Clinic, case_id: str, verb: str, me: Staff, details: dict[str, str]
) -> bool:
    """As a page does it: with the version that was seen. False when somebody was first."""
    seen = casebook.get(db, clinic.id, case_id)
    if verb == "claim" and seen.owner_id:
        return False
    try:
        cases.move(
            db, clinic.id, case_id, verb, by=me.actor, at=NOW,
            expected_version=seen.version, **details,
        )  # fmt: skip
    except (Conflict, Refused, Busy):
        return False
    return True
