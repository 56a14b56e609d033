"""Every stored report decided again: counted right, in pages, and the serious ones guarded."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from reporter.clinic import (
    backtest,
    backtest_pool,
    casebook,
    cases,
    intake,
    ruleset_approval,
    ruleset_book,
    rulesets,
)
from reporter.clinic.backtest_tally import MOST_LISTED, Moved, Tally, lowers
from reporter.clinic.clinics import Clinic
from reporter.clinic.ruleset_drafts import Refused
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.records.db import Database
from reporter.rules.knowledge import Knowledge
from reporter.rules.levels import Level
from reporter.rules.report import Report
from reporter.rules.rule_change import changed
from tests.clinic.ruleset_desk import Office
from tests.conftest import KEY, NOW, report

HOUR = timedelta(hours=1)


@pytest.fixture
def office(db: Database, clinic: Clinic) -> Office:
    return Office(db, clinic.id)


@pytest.fixture
def ann(hire: Callable[..., Staff]) -> Staff:
    return hire("Ann Lin", role="practitioner")


@pytest.fixture
def bob(hire: Callable[..., Staff]) -> Staff:
    return hire("Bob Kern", role="director")


@pytest.fixture
def tell(
    db: Database, clinic: Clinic, knowledge: Knowledge, enrolled: Callable[..., Treatment]
) -> Callable[..., Treatment]:
    """Somebody reports: tell(report("hives"), name="June Okafor", after=HOUR)."""

    def submit(said: Report, name: str = "Maria Alvarez", after: timedelta = HOUR) -> Treatment:
        visit, at = enrolled(name=name), NOW + after
        more: Any = {"channel": "link", "at": at, "key": f"{name} {at}"}
        intake.submit(db, knowledge, clinic, visit, said, **more)
        return visit

    return submit


def drafted(rule: str, level: str) -> Knowledge:
    files = changed(rulesets.shipped_files(), rule, {"level": level})
    return rulesets.checked(files)


def outcome_of(db: Database, clinic: Clinic, draft: Knowledge, live: Knowledge) -> Tally:
    return backtest.run(db, clinic.id, draft, live, backtest.whole(db, clinic.id))


def test_old_against_new_lowered_first(
    db: Database, clinic: Clinic, knowledge: Knowledge, tell: Callable[..., Treatment]
) -> None:
    tell(report("bruising", day=2), "Ann One")
    tell(report("hoarse_voice"), "Bea Two")
    tell(report("drooling", areas=("lips",)), "Cia Three")
    lower = changed(rulesets.shipped_files(), "hoarse_voice", {"level": "call_back"})
    draft = rulesets.checked(changed(lower, "drooling", {"level": "emergency"}))
    tally = outcome_of(db, clinic, draft, knowledge)
    urgent = Level.URGENT
    assert dict(tally.table) == {
        (Level.SELF_CARE, Level.SELF_CARE): 1,
        (urgent, Level.CALL_BACK): 1,
        (urgent, Level.EMERGENCY): 1,
    }
    assert [(m.old, m.new) for m in tally.moved] == [
        (urgent, Level.CALL_BACK),
        (urgent, Level.EMERGENCY),
    ]
    assert (tally.total, tally.lowered, tally.raised, tally.serious) == (3, 1, 1, 0)


def test_no_change_moves_nothing(
    db: Database, clinic: Clinic, knowledge: Knowledge, tell: Callable[..., Treatment]
) -> None:
    tell(report("hives", free_text="since noon"))
    tell(report(free_text="All good, thank you!"), "Ann One")
    tally = outcome_of(db, clinic, knowledge, knowledge)
    assert not tally.moved
    assert tally.total == 2
    assert outcome_of(db, clinic, knowledge, knowledge).extra_calls_a_week == 0


def test_an_empty_clinic_has_an_empty_table(
    db: Database, clinic: Clinic, knowledge: Knowledge
) -> None:
    tally = outcome_of(db, clinic, knowledge, knowledge)
    assert (tally.total, tally.extra_calls_a_week, tally.last_id) == (0, 0.0, "")


def test_extra_calls_a_week(
    db: Database, clinic: Clinic, knowledge: Knowledge, tell: Callable[..., Treatment]
) -> None:
    tell(report("dry_eye"), "Ann One", timedelta(days=1))
    tell(report("dry_eye"), "Bea Two", timedelta(days=15))
    files = dict(rulesets.shipped_files())
    start = files["rules.toml"].index('[[rule]]\nid = "dry_or_watery_eye"')
    end = files["rules.toml"].index("[[rule]]", start + 1)
    rules = files["rules.toml"][:start] + files["rules.toml"][end:]
    draft = replace(
        knowledge, rules=tuple(r for r in knowledge.rules if r.id != "dry_or_watery_eye")
    )
    assert len(rules) < len(files["rules.toml"])
    assert outcome_of(db, clinic, draft, knowledge).extra_calls_a_week == pytest.approx(-1.0)


@pytest.mark.parametrize("outcome", cases.OUTCOMES)
def test_a_case_confirmed_as_serious_stops_the_draft(
    db: Database,
    clinic: Clinic,
    tell: Callable[..., Treatment],
    office: Office,
    ann: Staff,
    dana: Staff,
    outcome: str,
) -> None:
    visit = tell(report("hoarse_voice"))
    _close(db, clinic, visit, ann if outcome == "unreached" else dana, outcome)
    draft = office.tested(office.with_level("hoarse_voice", "call_back", ann), ann)
    serious = outcome in backtest.SERIOUS_OUTCOMES
    match = "confirmed as serious. It cannot go live" if serious else "Write why"
    with pytest.raises(Refused, match=match):
        ruleset_approval.propose(db, draft, office.step(draft, ann, "" if not serious else "Yes"))


def _close(
    db: Database, clinic: Clinic, visit: Treatment, by: Staff, outcome: str, after: timedelta = HOUR
) -> None:
    move: Any = {"by": by.actor}
    case = casebook.of_treatment(db, clinic.id, visit.id)
    assert case
    for n in range(3 if outcome == "unreached" else 0):
        at = NOW + after + timedelta(minutes=31 * n + 1)
        due = {"result": "no_answer", "next_due": at + HOUR}
        seen = case.version
        case = cases.move(
            db, clinic.id, case.id, "call", at=at, expected_version=seen, **move, **due
        )
    done = {"outcome": outcome, "red_flags_asked": True, "taught_back": True}
    done |= {"regulator": "no_report", "note": "Nobody else is here."}
    at, seen = NOW + after + 2 * HOUR, case.version
    cases.move(db, clinic.id, case.id, "close", at=at, expected_version=seen, **move, **done)


def test_an_emergency_that_was_kept_until_it_closed_is_serious(
    db: Database,
    clinic: Clinic,
    knowledge: Knowledge,
    tell: Callable[..., Treatment],
    dana: Staff,
) -> None:
    visit = tell(report("trouble_speaking"))
    draft = drafted("speech", "urgent")
    assert outcome_of(db, clinic, draft, knowledge).serious == 0
    _close(db, clinic, visit, dana, "resolved")
    tally = outcome_of(db, clinic, draft, knowledge)
    assert (tally.serious, tally.lowered) == (1, 1)
    assert tally.moved[0].serious


def test_serious_stays_serious_when_the_case_opens_again_but_not_for_what_came_later(
    db: Database,
    clinic: Clinic,
    knowledge: Knowledge,
    tell: Callable[..., Treatment],
    dana: Staff,
) -> None:
    visit = tell(report("hoarse_voice"))
    _close(db, clinic, visit, dana, "sent_to_er")
    tell(report("hoarse_voice", day=20), after=30 * HOUR)
    _close(db, clinic, visit, dana, "resolved", after=31 * HOUR)
    tally = outcome_of(db, clinic, drafted("hoarse_voice", "call_back"), knowledge)
    assert (tally.lowered, tally.serious) == (2, 1)


def test_what_is_confirmed_between_proposal_and_approval_stops_it(
    db: Database,
    clinic: Clinic,
    tell: Callable[..., Treatment],
    office: Office,
    ann: Staff,
    bob: Staff,
    dana: Staff,
) -> None:
    visit = tell(report("hoarse_voice"))
    draft = office.with_level("hoarse_voice", "call_back", ann)
    proposed = office.proposed(draft, ann, "A hoarse voice alone was never spread here")
    _close(db, clinic, visit, dana, "sent_to_er")
    with pytest.raises(Refused, match="confirmed as serious"):
        office.approve(proposed, bob)
    assert office.live().number == 1


def test_a_report_that_comes_in_while_it_is_tested_is_tested_too(
    db: Database,
    clinic: Clinic,
    tell: Callable[..., Treatment],
    office: Office,
    ann: Staff,
    bob: Staff,
) -> None:
    draft = office.with_level("hoarse_voice", "call_back", ann)
    proposed = office.proposed(draft, ann, "Local evidence")
    tally = office.tally(proposed)
    assert tally.lowered == 0
    tell(report("hoarse_voice"))
    live = ruleset_approval.approve(db, proposed, tally, office.step(proposed, bob))
    assert live.tested and live.tested["lowered"] == 1


def test_lowering_needs_a_reason_and_then_goes_live(
    db: Database,
    tell: Callable[..., Treatment],
    office: Office,
    ann: Staff,
    bob: Staff,
) -> None:
    tell(report("hoarse_voice"))
    draft = office.tested(office.with_level("hoarse_voice", "call_back", ann), ann)
    assert draft.tested and draft.tested["lowered"] == 1
    with pytest.raises(Refused, match="Write why") as refused:
        ruleset_approval.propose(db, draft, office.step(draft, ann, "  "))
    assert refused.value.field == "reason"
    proposed = ruleset_approval.propose(db, draft, office.step(draft, ann, "Local evidence"))
    assert office.approve(proposed, bob).reason == "Local evidence"


def test_words_are_read_by_both_sets_alike(
    db: Database, clinic: Clinic, knowledge: Knowledge, tell: Callable[..., Treatment]
) -> None:
    """A report whose words cannot be opened any more is moved only by what the sets differ in."""
    tell(report("hoarse_voice", free_text="words that raised it once"))
    db.run("update reports set level = 3, sealed_mentions = 'cannot be opened'")
    assert not outcome_of(db, clinic, knowledge, knowledge).moved
    lower = outcome_of(db, clinic, drafted("hoarse_voice", "call_back"), knowledge)
    assert [(m.old, m.new) for m in lower.moved] == [(Level.EMERGENCY, Level.CALL_BACK)]
    higher = outcome_of(db, clinic, drafted("hoarse_voice", "emergency"), knowledge)
    assert not higher.moved


def test_stored_readings_are_opened(
    db: Database, clinic: Clinic, knowledge: Knowledge, tell: Callable[..., Treatment]
) -> None:
    visit = tell(report("bruising", day=2, free_text="my voice is hoarse"))
    read = [{"symptom": "hoarse_voice", "text": "hoarse", "start": 12, "end": 18}]
    sealed = db.vault.key(visit.patient.wrapped_key).seal_data(
        "mentions", [{**one, "status": "present"} for one in read]
    )
    db.run("update reports set level = 2, sealed_mentions = :m", m=sealed)
    lower = outcome_of(db, clinic, drafted("hoarse_voice", "call_back"), knowledge)
    assert [(m.old, m.new) for m in lower.moved] == [(Level.URGENT, Level.CALL_BACK)]


def test_a_symptom_that_the_draft_does_not_know_goes_to_a_person(
    db: Database, clinic: Clinic, knowledge: Knowledge, tell: Callable[..., Treatment]
) -> None:
    tell(report("bruising", day=2))
    known = {id: one for id, one in knowledge.symptoms.items() if id != "bruising"}
    rules = tuple(rule for rule in knowledge.rules if "bruising" not in str(rule.when))
    tally = outcome_of(db, clinic, replace(knowledge, symptoms=known, rules=rules), knowledge)
    assert dict(tally.table) == {(Level.SELF_CARE, None): 1}
    assert (tally.lowered, tally.raised) == (0, 1)


@pytest.mark.parametrize(
    ("old", "new", "lower"),
    [
        (Level.URGENT, Level.CALL_BACK, True),
        (Level.URGENT, Level.URGENT, False),
        (Level.URGENT, None, False),
        (None, Level.EMERGENCY, False),  # both are looked at at once
        (None, Level.URGENT, True),
    ],
)
def test_what_counts_as_lowering(old: Level | None, new: Level | None, lower: bool) -> None:
    assert lowers(old, new) is lower


def test_the_list_stays_short_and_keeps_the_lowered_ones() -> None:
    tally = Tally()
    for n in range(3 * MOST_LISTED):
        new = Level.CALL_BACK if n % 7 == 0 else Level.EMERGENCY
        moved = Moved(f"{n:05}", None, "", Level.URGENT, new, serious=n == 700)
        tally.add(Tally(moved=[moved]))
    assert len(tally.moved) == MOST_LISTED
    assert tally.moved[0].report_id == "00700"
    assert sum(one.lowered for one in tally.moved) == len(range(0, 3 * MOST_LISTED, 7))


def _many(db: Database, clinic: Clinic, visit: Treatment, n: int) -> None:
    """Copies of the first report with ids of their own."""
    row = db.one("select * from reports where clinic_id = :c", c=clinic.id)
    assert row
    names = ", ".join(row)
    holes = ", ".join(f":{name}" for name in row)
    with db.transaction():
        for count in range(n):
            copy: Mapping[str, Any] = {
                **row,
                "id": f"{count:08x}-{row['id'][9:]}",
                "submission_key": f"copy {count}",
            }
            db.run(f"insert into reports ({names}) values ({holes})", **copy)  # noqa: S608 - our own


def test_chunks_hold_every_report_once(
    db: Database, clinic: Clinic, knowledge: Knowledge, tell: Callable[..., Treatment]
) -> None:
    visit = tell(report("hoarse_voice"))
    _many(db, clinic, visit, 22)
    total = Tally()
    parts = list(backtest.chunks(db, clinic.id, 5))
    for chunk in parts:
        total.add(backtest.run(db, clinic.id, knowledge, knowledge, chunk))
    assert total.total == 23 == backtest.count(db, clinic.id)
    assert len(parts) == 5
    assert total.last_id == parts[-1].upto


def test_two_processes_count_what_one_counts(
    db: Database,
    database_url: str,
    clinic: Clinic,
    knowledge: Knowledge,
    tell: Callable[..., Treatment],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _many(db, clinic, tell(report("hoarse_voice")), 30)
    monkeypatch.setattr(backtest_pool, "WORTH_IT", 10)
    monkeypatch.setattr(backtest_pool, "CHUNK", 4)
    live = rulesets.shipped_files()
    draft = changed(live, "hoarse_voice", {"level": "call_back"})
    task = backtest_pool.Task(database_url, (KEY,), clinic.id, draft, live)
    seen: list[tuple[int, int]] = []
    tally = backtest_pool.run(db, task, lambda done, moved: seen.append((done, len(moved))))
    alone = outcome_of(db, clinic, rulesets.checked(draft), knowledge)
    assert tally.table == alone.table
    assert [m.report_id for m in tally.moved] == [m.report_id for m in alone.moved]
    assert sum(done for done, _ in seen) == sum(n for _, n in seen) == 31


def test_a_kept_test_names_no_patient(
    db: Database, tell: Callable[..., Treatment], office: Office, ann: Staff
) -> None:
    tell(report("hoarse_voice", free_text="my own words"))
    draft = office.tested(office.with_level("hoarse_voice", "call_back", ann), ann)
    kept = json.dumps(draft.tested)
    assert "hoarse" not in kept and "words" not in kept and "Maria" not in kept
    assert ruleset_book.get(db, office.clinic_id, draft.number).tested == draft.tested
