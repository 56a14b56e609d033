"""A report comes in once, whole, decided, with its case: or not at all, and then it says so."""

import dataclasses
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from reporter.clinic import casebook, cases, deciding, drafts, intake, queue, reports
from reporter.clinic.clinics import Clinic
from reporter.clinic.intake import Receipt
from reporter.clinic.patients import key_of
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.records import audit
from reporter.records.db import Database, StorageError, open_database
from reporter.records.seal import Vault
from reporter.rules.knowledge import Knowledge
from reporter.rules.levels import Level
from reporter.rules.report import Report
from reporter.rules.triage import Decision
from tests.conftest import KEY, NOW, report

Enrol = Callable[..., Treatment]


@pytest.fixture
def send(
    db: Database, knowledge: Knowledge, clinic: Clinic, enrolled: Enrol
) -> Callable[..., Receipt]:
    """Send Maria's report: send(report("headache"), key="k1")."""
    maria = enrolled()

    def submit(said: Report, key: str = "k1", later: timedelta = timedelta(0)) -> Receipt:
        return intake.submit(
            db, knowledge, clinic, maria, said, key=key, channel="link", at=NOW + later
        )

    return submit


Send = Callable[..., Receipt]


def count(db: Database, table: str) -> int:
    return int(db.query(f"select count(*) as n from {table}")[0]["n"])  # noqa: S608


def the_case(db: Database, clinic: Clinic) -> cases.Case:
    (case,) = casebook.all_open(db, clinic.id)
    return case


def test_trouble_swallowing_opens_a_case_before_the_patient_is_told(
    db: Database, clinic: Clinic, send: Send
) -> None:
    receipt = send(report("trouble_swallowing"))
    assert receipt.level is Level.EMERGENCY
    case = the_case(db, clinic)
    assert (case.level, case.state, case.owner_id) == (Level.EMERGENCY, "new", None)
    assert case.due_at == NOW + timedelta(minutes=15)
    assert receipt.reasons[0].source


def test_a_mild_headache_is_stored_without_a_case(db: Database, clinic: Clinic, send: Send) -> None:
    receipt = send(report("headache", day=1))
    assert receipt.level is Level.SELF_CARE
    assert receipt.promise is None
    assert count(db, "reports") == 1
    assert casebook.all_open(db, clinic.id) == ()


def test_words_that_cannot_be_read_make_at_least_a_call_back(
    db: Database, clinic: Clinic, send: Send
) -> None:
    receipt = send(report(free_text="Mir ist seit gestern schwindlig und ich kann nicht schlafen"))
    assert receipt.level is not None and receipt.level >= Level.CALL_BACK
    assert receipt.promise and receipt.promise.call_by


def test_harmless_words_open_no_case_but_a_person_reads_them(
    db: Database, knowledge: Knowledge, clinic: Clinic, enrolled: Enrol, send: Send
) -> None:
    receipt = send(report("headache", day=1, free_text="Thank you, the nurse was so kind"))
    assert receipt.level is Level.SELF_CARE
    (said,) = reports.of_treatment(db, clinic.id, enrolled().id)
    assert said.needs_reading and said.read_by_at


def test_words_raise_what_the_ticks_do_not_say(db: Database, clinic: Clinic, send: Send) -> None:
    receipt = send(report("headache", day=4, free_text="i cant swollow properly since last nite"))
    assert receipt.level is Level.EMERGENCY
    assert the_case(db, clinic).level is Level.EMERGENCY


def test_a_night_clock_for_on_call_is_not_told_as_a_promise(
    db: Database, knowledge: Knowledge, clinic: Clinic, enrolled: Enrol
) -> None:
    maria, night = enrolled(), NOW + timedelta(hours=10)
    for key, said in (("a", report("trouble_swallowing")), ("b", report(call_me=True))):
        receipt = intake.submit(
            db, knowledge, clinic, maria, said, key=key, channel="link", at=night
        )
    assert receipt.promise and receipt.promise.call_by
    assert receipt.promise.call_by > night + timedelta(hours=8)


def test_the_same_report_twice_is_one(db: Database, send: Send) -> None:
    first, second = send(report("double_vision")), send(report("double_vision"))
    assert (first.repeated, second.repeated) == (False, True)
    assert first.report_id == second.report_id
    assert first.promise == second.promise
    assert count(db, "reports") == 1


def test_changed_answers_under_one_key_are_kept_as_an_addendum(
    db: Database, knowledge: Knowledge, clinic: Clinic, send: Send
) -> None:
    first = send(report("headache", day=1))
    second = send(report("headache", "trouble_breathing", day=1), later=timedelta(minutes=2))
    assert second.report_id == first.report_id
    assert second.level is Level.EMERGENCY
    said = reports.of_treatment(db, clinic.id, the_case(db, clinic).treatment_id)
    assert [one.amends_id for one in said] == [first.report_id, None]


def test_taking_a_warning_sign_back_lowers_nothing(
    db: Database, clinic: Clinic, send: Send
) -> None:
    send(report("trouble_breathing"))
    receipt = send(report("headache"), later=timedelta(minutes=1))
    assert receipt.level is Level.EMERGENCY
    assert the_case(db, clinic).level is Level.EMERGENCY


def test_a_key_of_another_patients_form_is_refused(
    db: Database, knowledge: Knowledge, clinic: Clinic, enrolled: Enrol, send: Send
) -> None:
    send(report("headache"))
    robert = enrolled(name="Robert Hale")
    with pytest.raises(intake.WrongKey):
        intake.submit(
            db, knowledge, clinic, robert, report("hives"), key="k1", channel="link", at=NOW
        )
    assert count(db, "reports") == 1


def test_a_worse_report_raises_the_case_and_keeps_its_owner_and_due_time(
    db: Database, clinic: Clinic, dana: Staff, send: Send
) -> None:
    send(report("eyelid_droop"))
    case = the_case(db, clinic)
    cases.move(
        db, clinic.id, case.id, "claim", by=dana.actor, at=NOW, expected_version=case.version
    )
    send(report("trouble_swallowing"), key="k2", later=timedelta(minutes=1))
    raised = the_case(db, clinic)
    assert (raised.level, raised.state, raised.owner_id) == (Level.EMERGENCY, "new", dana.id)
    assert raised.due_at == NOW + timedelta(minutes=16)


def test_a_later_milder_report_never_moves_the_due_time_later(
    db: Database, clinic: Clinic, send: Send
) -> None:
    send(report("double_vision"))
    due = the_case(db, clinic).due_at
    receipt = send(report("eyelid_droop"), key="k2", later=timedelta(minutes=5))
    assert the_case(db, clinic).due_at == due
    assert the_case(db, clinic).level is Level.URGENT
    assert receipt.promise and receipt.promise.call_by == due


def test_a_report_on_a_closed_case_opens_it_again(
    db: Database, clinic: Clinic, dana: Staff, send: Send
) -> None:
    send(report("eyelid_droop"))
    case = the_case(db, clinic)
    cases.move(
        db,
        clinic.id,
        case.id,
        "close",
        by=dana.actor,
        at=NOW,
        expected_version=case.version,
        outcome="improving",
        red_flags_asked=True,
        taught_back=True,
        regulator="no_report",
    )
    send(report("eyelid_droop"), key="k2", later=timedelta(days=1))
    assert the_case(db, clinic).id == case.id
    assert the_case(db, clinic).state == "new"


def test_a_report_that_breaks_a_rule_is_kept_undecided_and_stands_first(
    db: Database,
    knowledge: Knowledge,
    clinic: Clinic,
    enrolled: Enrol,
    send: Send,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    send(report("trouble_breathing"))

    def broken(*_: object) -> None:
        raise KeyError("a rule")

    monkeypatch.setattr(deciding, "decide_with_words", broken)
    robert = enrolled(name="Robert Hale")
    receipt = intake.submit(
        db, knowledge, clinic, robert, report("bruising"), key="r", channel="link", at=NOW
    )
    assert receipt.level is None
    assert receipt.promise
    first, second = queue.whole(db, clinic.id)
    assert (first.case.undecided, first.treatment.id) == (True, robert.id)
    assert second.case.level is Level.EMERGENCY


def test_nothing_is_acknowledged_when_nothing_can_be_kept(
    db: Database, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> bool:
        raise StorageError("database or disk is full")

    monkeypatch.setattr(reports, "add", full)
    with pytest.raises(StorageError):
        send(report("trouble_breathing"))
    assert count(db, "cases") == count(db, "outbox") == 0


def test_staff_are_told_with_the_report_and_never_what_is_wrong(
    db: Database, clinic: Clinic, dana: Staff, send: Send
) -> None:
    send(report("trouble_swallowing", free_text="I choke on water"))
    rows = db.query("select sealed_message from outbox where name = 'staff_alert'")
    assert len(rows) == 1
    message = db.clinic_key(clinic.id).open_data("outbox", rows[0]["sealed_message"])["bytes"]
    for word in ("swallow", "choke", "Maria", "Alvarez"):
        assert word not in message


def test_a_repeat_alerts_nobody_again(db: Database, dana: Staff, send: Send) -> None:
    for _ in range(3):
        send(report("double_vision"))
    send(report("double_vision"), key="k2", later=timedelta(minutes=1))
    assert mails(db) == ["receipt", "receipt", "staff_alert"]


def mails(db: Database) -> list[str]:
    return [row["name"] for row in db.query("select name from outbox order by name")]


def test_the_patient_gets_a_receipt_that_says_nothing_of_the_answers(
    db: Database, send: Send, enrolled: Enrol
) -> None:
    send(report("trouble_swallowing", free_text="I choke on water"))
    row = db.query("select sealed_message from outbox where name = 'receipt'")[0]
    message = key_of(db, enrolled().patient).open_data("outbox", row["sealed_message"])["bytes"]
    assert "We have your message" in message
    for word in ("swallow", "choke", "toxin", "emergency page"):
        assert word not in message


def test_a_mild_report_needs_no_receipt(db: Database, send: Send) -> None:
    send(report("headache", day=1, free_text=""))
    assert mails(db) == []


def test_a_message_that_cannot_be_written_does_not_take_the_report_with_it(
    db: Database, clinic: Clinic, dana: Staff, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("a template")

    monkeypatch.setattr("reporter.mail.messages.render", broken)
    assert send(report("trouble_swallowing")).level is Level.EMERGENCY
    assert the_case(db, clinic).level is Level.EMERGENCY
    assert mails(db) == []


def test_a_decision_that_cannot_be_stored_leaves_the_report_undecided(
    db: Database, clinic: Clinic, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    def strange(*_: object) -> Decision:
        return Decision(Level.SELF_CARE, (), (object(),), False, "x")  # type: ignore[arg-type]

    monkeypatch.setattr(deciding, "decide_with_words", strange)
    assert send(report("bruising")).level is None
    assert the_case(db, clinic).undecided


def test_sending_closes_the_draft(db: Database, send: Send, enrolled: Enrol) -> None:
    maria = enrolled()
    drafts.save(db, maria, "k1", {"red_flags": "none"}, NOW)
    send(report("headache"))
    kept = drafts.load(db, maria, "k1")
    assert kept and kept.sent_at == NOW


def test_a_draft_comes_back_for_its_own_treatment_only(db: Database, enrolled: Enrol) -> None:
    maria, robert = enrolled(), enrolled(name="Robert Hale")
    drafts.save(db, maria, "d", {"words": "my eyelid"}, NOW)
    drafts.save(db, robert, "d", {"words": "not mine"}, NOW)
    kept = drafts.load(db, maria, "d")
    assert kept and kept.answers == {"words": "my eyelid"}
    assert drafts.load(db, robert, "d") is None
    assert "eyelid" not in str(db.query("select * from drafts"))


def test_two_hundred_sends_at_once_make_one_report(
    db: Database, database_url: str, knowledge: Knowledge, clinic: Clinic, enrolled: Enrol
) -> None:
    maria, said, receipts = enrolled(), report("double_vision"), []

    def send_many() -> None:
        store = open_database(database_url, Vault([KEY]))
        for _ in range(25):
            receipts.append(
                intake.submit(
                    store, knowledge, clinic, maria, said, key="one", channel="link", at=NOW
                )
            )
        store.close()

    threads = [threading.Thread(target=send_many) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(receipts) == 200
    assert len({receipt.report_id for receipt in receipts}) == 1
    assert [receipt.repeated for receipt in receipts].count(False) == 1
    assert (count(db, "reports"), count(db, "cases")) == (1, 1)


def test_a_nurse_writes_down_what_was_said_by_telephone(
    db: Database, knowledge: Knowledge, clinic: Clinic, dana: Staff, enrolled: Enrol
) -> None:
    maria = enrolled()
    intake.submit(
        db,
        knowledge,
        clinic,
        maria,
        report("hives", free_text="Itchy all over"),
        key="p",
        channel="phone",
        by=dana.actor,
        at=NOW,
    )
    (said,) = reports.of_treatment(db, clinic.id, maria.id)
    assert (said.writer, said.staff_name, said.words) == ("staff", dana.name, "Itchy all over")


def test_words_are_read_once_and_by_whom_is_kept(
    db: Database,
    knowledge: Knowledge,
    clinic: Clinic,
    dana: Staff,
    send: Send,
    hire: Callable[..., Staff],
) -> None:
    send(report(free_text="Mir ist schwindlig seit gestern"))
    (said,) = reports.of_treatment(db, clinic.id, the_case(db, clinic).treatment_id)
    assert said.needs_reading and said.read_at is None and said.read_by_at
    other = hire("Omar Diaz")
    marked = [
        reports.mark_read(db, clinic.id, said.id, by=one.actor, at=NOW) for one in (dana, other)
    ]
    assert marked == [True, False]
    (read,) = reports.of_treatment(db, clinic.id, said.treatment_id)
    assert (read.read_at, read.reader_name) == (NOW, dana.name)


def test_the_words_lie_sealed_and_the_chain_holds(db: Database, clinic: Clinic, send: Send) -> None:
    send(report("headache", free_text="My secret words"))
    everything = str([db.query(f"select * from {table}") for table in db.tables()])  # noqa: S608
    assert "secret words" not in everything
    assert audit.verify(db, clinic.id) == []


def test_a_stored_report_reads_back_as_it_was_given(
    db: Database, knowledge: Knowledge, clinic: Clinic, send: Send
) -> None:
    said = report(
        "eyelid_droop", free_text="Left \ud83d lid\0", denied=("trouble_breathing",), factors=("x",)
    )
    send(said)
    (kept,) = reports.of_treatment(db, clinic.id, the_case(db, clinic).treatment_id)
    assert dataclasses.replace(kept.report, id=said.id) == said


@pytest.mark.parametrize(
    "damage",
    ["answers = '{'", "answers = '{}'", "reasons = 'x'", "level = 9", "sealed_words = 'x'"],
)
def test_one_damaged_report_does_not_take_the_queue_with_it(
    db: Database, clinic: Clinic, enrolled: Enrol, knowledge: Knowledge, send: Send, damage: str
) -> None:
    send(report("double_vision", free_text="Since noon"))
    robert = enrolled(name="Robert Hale")
    intake.submit(db, knowledge, clinic, robert, report("hives"), key="r", channel="link", at=NOW)
    db.run(f"update reports set {damage} where submission_key = 'k1'")  # noqa: S608
    rows = queue.whole(db, clinic.id)
    assert len(rows) == 2
    (damaged,) = [row for row in rows if row.treatment.id != robert.id]
    assert damaged.said[0].level is None
    assert "Ask the patient" in damaged.said[0].words
