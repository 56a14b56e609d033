"""Settings that would make an empty promise are named, all of them at once."""

import json
from datetime import date, timedelta
from typing import Any

import pytest

from reporter.clinic import clinics, settings_changes, settings_log, waits
from reporter.clinic.clinic_checks import faults
from reporter.clinic.clinic_settings import hours_of, kept, steps_of
from reporter.clinic.hours import promise
from reporter.clinic.settings_changes import SettingsMoved, SettingsRefused
from reporter.clinic.settings_log import Change, Changed, merged
from reporter.clinic.staff import Staff
from reporter.clinic.steps import Steps
from reporter.records import audit
from reporter.records.audit import SYSTEM
from reporter.records.db import Database
from reporter.rules.levels import Level
from tests.conftest import CLINIC, NOW

MONDAYS = {"hours": {"monday": ["09:00-12:00"]}}
ALL_MONDAYS = [str(date(2027, 1, 4) + timedelta(weeks=week)) for week in range(300)]


@pytest.mark.parametrize(
    ("change", "name", "sentence"),
    [
        ({"hours": {"monday": ["08:00-12:00", "11:00-17:00"]}}, "hours.monday", "overlap"),
        ({"hours": {"monday": [f"0{n}:00-0{n}:30" for n in range(5)]}}, "hours.monday", "5 spans"),
        ({"hours": {"monday": [7]}}, "hours.monday", "must be spans"),
        ({**MONDAYS, "holidays": ALL_MONDAYS[:201]}, "holidays", "201 days"),
        ({**MONDAYS, "holidays": ALL_MONDAYS[:200]}, "holidays", "no open day for 180 days"),
        ({"holidays": [7]}, "holidays", "list of days"),
        ({"targets": {"urgent": 14}}, "targets.urgent", "from 15 to 480"),
        ({"targets": {"urgent": "1e3"}}, "targets.urgent", "from 15 to 480"),
        ({"targets": {"urgent": "٤٥"}}, "targets.urgent", "from 15 to 480"),
        ({"targets": {"emergency": 0}}, "targets.emergency", "from 1 to 60"),
        ({"targets": {"soon": 5}}, "targets.soon", "not known"),
        ({"targets": 5}, "targets.targets", "not known"),
        ({"steps": {"urgent": {"owner": -1}}}, "steps.urgent.owner", "from 0 to 1440"),
        ({"steps": {"urgent": {"boss": 5}}}, "steps.urgent.boss", "owner, practitioner"),
        ({"steps": {"urgent": {"owner": 20}}}, "steps.urgent.practitioner", "not be earlier"),
        ({"steps": {"later": {}}}, "steps.later", "not known"),
        ({"waits": {"urgent": {"decide": ""}}}, "waits.urgent.decide", "from 5 to 1440"),
        ({"waits": {"urgent": {"boss": 5}}}, "waits.urgent", "only acknowledge, decide"),
        ({"waits": {"second_way": 0}}, "waits.second_way", "from 1 to 60"),
        ({"waits": {"tries": 2}}, "waits.tries", "from 3 to 10"),
        ({"waits": {"nap": 2}}, "waits.nap", "not known"),
        ({"waits": 5}, "waits.waits", "not known"),
        ({"waits": {"emergency": {"acknowledge": 20}}}, "waits.emergency.acknowledge", "the 15 of"),
        ({"waits": {"emergency": {"apart": 31}}}, "waits.emergency.apart", "to the next call"),
        ({"on_call_email": "boss"}, "on_call_email", "plain e-mail"),
        ({"on_call_webhook": "https://["}, "on_call_webhook", "https://"),
    ],
)
def test_each_fault_is_named(change: dict[str, Any], name: str, sentence: str) -> None:
    found = faults({**CLINIC, **change})
    assert sentence in found[name], found


def test_all_faults_come_at_once() -> None:
    given = {**CLINIC, "phone": "", "zone": "Mars", "targets": {"urgent": 0}, "fax": "1"}
    assert set(faults(given)) == {"phone", "zone", "targets.urgent", "fax"}
    assert faults(CLINIC) == {}


def test_what_an_older_version_kept_is_read_with_the_usual_numbers() -> None:
    old = {name: value for name, value in kept(CLINIC).items() if name not in {"targets", "steps"}}
    assert hours_of(old).targets.urgent == 60
    assert steps_of(old).of(Level.URGENT) == Steps(0, 15, 60, unclaimed=45)
    assert steps_of(old).of(Level.EMERGENCY) == Steps(0, 0, 15, unclaimed=5)
    before = {"steps": {"emergency": {"owner": 1, "practitioner": 2, "director": 3}}}
    assert steps_of(before).emergency == Steps(1, 2, 3, unclaimed=5)
    assert faults({**CLINIC, "steps": {"urgent": {"unclaimed": 0}}}) == {}
    assert waits.of_stored(old) == waits.WaitTable()
    quick = {"waits": {"urgent": {"decide": "45"}, "tries": "4"}}
    told = waits.of_stored(kept({**CLINIC, **quick}))
    assert (told.urgent.decide, told.call_back.decide, told.tries) == (45, 480, 4)
    row = {"settings": json.dumps({**old, **before}), "second_factor": "nobody"}
    page = settings_changes._stored({**row, "settings_version": 1})
    assert page.settings["steps"]["emergency"] == vars(Steps(1, 2, 3, unclaimed=5))


def test_a_promise_follows_the_targets() -> None:
    given = {**CLINIC, "targets": {"urgent": "30", "emergency": 5, "call_back_days": 2}}
    clinic_hours = hours_of(kept(given))
    urgent = promise(Level.URGENT, NOW, clinic_hours, on_call=False)
    emergency = promise(Level.EMERGENCY, NOW, clinic_hours, on_call=False)
    call_back = promise(Level.CALL_BACK, NOW, clinic_hours, on_call=False)
    assert urgent and emergency and call_back and urgent.call_by and call_back.call_by
    assert f"{urgent.call_by:%H:%M}" == "15:45", "10:42 in New York, rounded up"
    assert (emergency.due_at - NOW).seconds == 300
    # Thursday is Thanksgiving: the second clinic day after Tuesday is Friday.
    assert f"{call_back.call_by:%Y-%m-%d %H:%M}" == "2026-11-27 22:30"


def test_on_both_engines_of_two_who_save_one_is_told(db: Database, dana: Staff) -> None:
    clinic_id = dana.clinic_id
    now = settings_changes.stored(db, clinic_id)

    def save(**changes: Any) -> tuple[Change, ...]:
        version = now.version
        wanted = {**now.settings, **changes}
        return settings_changes.change(
            db, clinic_id, wanted, version=version, by=dana.actor, at=NOW
        )

    assert save() == (), "nothing different, nothing written"
    assert save(phone="301-555-0100") == (Change("phone", "301-555-0142", "301-555-0100"),)
    with pytest.raises(SettingsMoved) as moved:
        save(crisis_line="112")
    assert [one.by_name for one in moved.value.since] == ["Dana Reyes"]
    with pytest.raises(SettingsRefused) as refused:
        save(phone="", second_factor="some")
    assert set(refused.value.faults) == {"phone", "second_factor"}
    settings_changes.need_factor(db, clinic_id, "everybody", by=SYSTEM, at=NOW)
    secret = settings_changes.new_secret(db, clinic_id, by=SYSTEM, at=NOW)
    clinic = clinics.get(db, clinic_id)
    assert (clinic.phone, clinic.on_call_secret) == ("301-555-0100", secret)
    assert settings_changes.stored(db, clinic_id).settings["second_factor"] == "everybody"
    rows = db.query("select details from audit_events where verb = 'clinic.setting' order by seq")
    told = [json.loads(row["details"])["setting"] for row in rows]
    assert told == ["phone", "second_factor", "on_call_secret"]
    assert audit.verify(db, clinic_id) == []


def test_what_one_left_alone_becomes_the_others_and_the_rest_stays() -> None:
    now = settings_log.flat(kept(CLINIC)) | {"phone": "2", "zone": "B", "name": "N2"}
    others = [
        Changed(3, NOW, "Lin", (Change("phone", "1", "2"), Change("name", "N1", "N2"))),
        Changed(2, NOW, "Mia", (Change("phone", "0", "1"), Change("zone", "A", "B"))),
    ]
    both = merged({"phone": "0", "zone": "mine", "name": "N2", "colour": "red"}, others, now)
    assert both.typed == {"phone": "2", "zone": "mine", "name": "N2", "colour": "red"}
    assert both.crossed == {"zone": ("Mia", "B")}
