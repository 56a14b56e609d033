"""A backup counts only once it was restored: on both engines, from each to each."""

import gzip
import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from reporter.clinic import cases, front_desk, intake, log_ins, queue, treatments
from reporter.clinic.clinics import Clinic
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.records import audit, backup, backup_file
from reporter.records.audit import SYSTEM
from reporter.records.backup_file import BackupError
from reporter.records.db import Database, Row, open_database
from reporter.records.restore import restore
from reporter.records.rotation import rotate
from reporter.records.seal import Unreadable, Vault
from reporter.rules.knowledge import Knowledge
from tests.conftest import KEY, NOW, PASSWORD, report

OTHER_KEY = "YW5vdGhlci1rZXktb25seS1mb3ItdGVzdHMtMTIzNCE="
LATER = NOW + timedelta(days=4)  # past the check-in of day 7

Enrol = Callable[..., Treatment]


def rows(db: Database, table: str) -> list[Row]:
    return db.query(f"select * from {table}")  # noqa: S608 - a name from our migrations


def contents(db: Database) -> dict[str, list[str]]:
    """Every row of every table, as text in one order."""
    return {
        table: sorted(json.dumps(row, sort_keys=True) for row in rows(db, table))
        for table in db.tables()
    }


@pytest.fixture
def lived(
    db: Database, knowledge: Knowledge, clinic: Clinic, dana: Staff, enrolled: Enrol
) -> Database:
    """A store with a bit of everything: people, check-ins, reports, a case that moved, mail."""
    for number in range(3):
        treatment = enrolled(name=f"Maria Alvarez {number}", email=f"maria{number}@patients.test")
        intake.submit(
            db,
            knowledge,
            clinic,
            treatment,
            report("trouble_swallowing", free_text="it gets stuck ☂"),
            key=f"key-{number}",
            channel="link",
            at=NOW,
        )
    first = queue.whole(db, clinic.id)[0].case
    cases.move(
        db, clinic.id, first.id, "claim", by=dana.actor, at=NOW, expected_version=first.version
    )
    log_ins.log_in(db, dana.email, PASSWORD, at=NOW, address="127.0.0.1")
    return db


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "reporter.backup"


@pytest.fixture
def empty(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[..., Database]:
    """Another store, empty and migrated: on SQLite."""

    def make(key: str = KEY) -> Database:
        store = open_database(f"sqlite:///{tmp_path / 'other.db'}", Vault([key]))
        store.migrate()
        request.addfinalizer(store.close)
        return store

    return make


def test_holds_everything_and_leaves_no_other_file(lived: Database, file: Path) -> None:
    made = backup.make(lived, file, at=NOW)
    assert made.breaks == []
    assert made.rows == sum(len(rows) for rows in contents(lived).values())
    assert [path.name for path in file.parent.iterdir() if "backup" in path.name] == [file.name]
    assert file.stat().st_mode & 0o077 == 0


def test_holds_no_personal_data_in_clear(lived: Database, file: Path) -> None:
    backup.make(lived, file, at=NOW)
    text = gzip.decompress(file.read_bytes()).decode()
    for word in ("Alvarez", "maria0@", "gets stuck", "5550188"):
        assert word not in text


def test_comes_back_in_another_store(
    lived: Database, file: Path, empty: Callable[..., Database], clinic: Clinic
) -> None:
    """From PostgreSQL too: there the other store is of the other engine."""
    backup.make(lived, file, at=NOW)
    before = contents(lived)
    other = empty()
    done = restore(other, file, by=SYSTEM, at=NOW)
    assert done.breaks == []
    after = contents(other)
    for table in ("clinics", "staff", "patients", "treatments", "reports", "cases", "case_moves"):
        assert after[table] == before[table], table
    assert audit.verify(other, clinic.id) == []
    assert treatments.find(other, clinic.id, "alvarez")[0].patient.name.startswith("Maria")


def test_comes_back_from_the_other_engine(
    tmp_path: Path, lived: Database, file: Path, empty: Callable[..., Database], clinic: Clinic
) -> None:
    """To SQLite and back into the running system, whichever engine that is."""
    backup.make(lived, file, at=NOW)
    other = empty()
    restore(other, file, by=SYSTEM, at=NOW)
    second = tmp_path / "second.backup"
    backup.make(other, second, at=NOW)
    done = restore(lived, second, by=SYSTEM, at=NOW)
    assert done.breaks == []
    left, right = contents(lived), contents(other)
    for table in set(left) - {"audit_events", "audit_heads"}:
        assert left[table] == right[table], table
    assert audit.verify(lived, clinic.id) == []


def test_what_came_in_since_is_gone_and_that_is_written_down(
    lived: Database, file: Path, clinic: Clinic, enrolled: Enrol
) -> None:
    backup.make(lived, file, at=NOW)
    enrolled(name="Robert Hale")
    restore(lived, file, by=SYSTEM, at=LATER)
    assert treatments.find(lived, clinic.id, "Robert") == []
    last = list(audit.events(lived, clinic.id))[-1]
    assert last["verb"] == "backup.restored"
    assert audit.verify(lived, clinic.id) == []


def test_sends_no_old_mail(lived: Database, file: Path, clinic: Clinic) -> None:
    waiting = lived.query("select id from outbox where state = 'due'")
    assert waiting, "the alert to the nurse waits"
    backup.make(lived, file, at=NOW)
    done = restore(lived, file, by=SYSTEM, at=LATER)
    assert done.held == len(waiting)
    assert lived.query("select 1 from outbox where state = 'due'") == []
    late = lived.query(
        "select 1 from checkins where state in ('planned', 'queued') and due_at <= :at",
        at=LATER.isoformat(),
    )
    assert done.missed > 0
    assert late == []
    ahead = lived.query("select 1 from checkins where state = 'planned'")
    assert ahead, "what is still to come goes on"


def test_nobody_stays_logged_in(lived: Database, file: Path) -> None:
    backup.make(lived, file, at=NOW)
    restore(lived, file, by=SYSTEM, at=LATER)
    assert lived.query("select 1 from sessions where ended_at is null") == []


def test_who_was_erased_since_stays_erased(lived: Database, file: Path, clinic: Clinic) -> None:
    backup.make(lived, file, at=NOW)
    gone = treatments.find(lived, clinic.id, "Alvarez 1")[0]
    front_desk.erase(lived, clinic, gone, by=SYSTEM, at=NOW)
    done = restore(lived, file, by=SYSTEM, at=LATER)
    assert done.erased_again == 1
    assert treatments.get(lived, clinic.id, gone.id).patient.name == "Erased person"
    assert len(treatments.find(lived, clinic.id, "Alvarez")) == 2


def test_does_not_overwrite_unless_told(lived: Database, file: Path) -> None:
    backup.make(lived, file, at=NOW)
    with pytest.raises(BackupError, match="there already"):
        backup.make(lived, file, at=NOW)
    backup.make(lived, file, at=NOW, force=True)


def test_says_where_it_cannot_write(lived: Database, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="cannot be written: No such file"):
        backup.make(lived, tmp_path / "nowhere" / "file", at=NOW)


def test_finds_that_the_trail_was_altered(lived: Database, file: Path) -> None:
    lived.run("update audit_events set verb = 'nothing' where seq = 2")
    assert backup.make(lived, file, at=NOW).breaks == ["Event 2 was altered or moved."]


@pytest.mark.parametrize("where", [0.02, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("how", ["cut", "flipped"])
def test_refuses_a_damaged_file_and_changes_nothing(
    lived: Database, file: Path, where: float, how: str
) -> None:
    backup.make(lived, file, at=NOW)
    data = bytearray(file.read_bytes())
    place = int(len(data) * where)
    if how == "cut":
        del data[place:]
    else:
        data[place] ^= 0xFF
    file.write_bytes(data)
    before = contents(lived)
    with pytest.raises(BackupError, match=r"damaged|no backup"):
        restore(lived, file, by=SYSTEM, at=LATER)
    assert contents(lived) == before


def rewritten(file: Path, change: Callable[[list[str]], list[str]]) -> None:
    """The file with other lines in it, packed anew."""
    lines = gzip.decompress(file.read_bytes()).decode().splitlines()
    file.write_bytes(gzip.compress(("\n".join(change(lines)) + "\n").encode()))


def newer(lines: list[str]) -> list[str]:
    head = json.loads(lines[0])
    return [json.dumps({**head, "migrations": [*head["migrations"], "9999_later"]}), *lines[1:]]


def swapped(lines: list[str]) -> list[str]:
    return [lines[0], *lines[1:-2], lines[-2].replace("0", "1"), lines[-1]]


def injected(lines: list[str]) -> list[str]:
    table = json.dumps({"table": "staff; drop table staff", "columns": ["x"]})
    return [lines[0], table, *lines[1:]]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (newer, "newer version"),
        (lambda lines: lines[:-1], "damaged"),
        (lambda lines: [*lines[:5], *lines[6:]], "damaged"),
        (lambda lines: [*lines, lines[-1]], "damaged"),
        (swapped, "damaged"),
        (injected, "damaged"),
        (lambda lines: lines[1:], "no backup"),
        (lambda _: ["[]"], "no backup"),
        (lambda _: [], "no backup"),
    ],
)
def test_refuses_what_is_not_whole_or_too_new(
    lived: Database, file: Path, change: Callable[[list[str]], list[str]], sentence: str
) -> None:
    backup.make(lived, file, at=NOW)
    rewritten(file, change)
    before = contents(lived)
    with pytest.raises(BackupError, match=sentence):
        restore(lived, file, by=SYSTEM, at=LATER)
    assert contents(lived) == before


def test_refuses_another_file(db: Database, clinic: Clinic, tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("not a backup")
    with pytest.raises(BackupError, match="no backup"):
        restore(db, other, by=SYSTEM, at=NOW)
    with pytest.raises(BackupError, match="cannot be read"):
        restore(db, tmp_path / "missing", by=SYSTEM, at=NOW)


def test_refuses_keys_that_do_not_open_it(
    lived: Database, file: Path, empty: Callable[..., Database]
) -> None:
    backup.make(lived, file, at=NOW)
    with pytest.raises(BackupError, match="REPORTER_KEYS does not open"):
        restore(empty(OTHER_KEY), file, by=SYSTEM, at=NOW)


def test_reads_a_large_table_page_by_page(
    lived: Database, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "PAGE", 2)
    assert backup.make(lived, file, at=NOW).rows == sum(map(len, contents(lived).values()))


def test_every_table_has_a_key_to_read_it_by(db: Database) -> None:
    for table in db.tables():
        assert backup.primary_key(table)[0] == "clinic_id", table


def test_remembers_until_when_copies_are_kept(db: Database) -> None:
    assert backup.last_one(db) is None
    backup.note(db, NOW, 35)
    assert backup.note(db, LATER, 10) == backup.last_one(db)
    assert backup.last_one(db) == backup.Kept("2026-11-28", "2026-12-08")


def test_rotating_keys_lets_the_old_one_go(
    lived: Database, database_url: str, clinic: Clinic, file: Path
) -> None:
    both = open_database(database_url, Vault([OTHER_KEY, KEY]))
    with closing(both):
        done = rotate(both, Vault([OTHER_KEY]))
        assert (done.wrapped, done.before) == (4, 0)
        again = rotate(both, Vault([OTHER_KEY]))
        assert (again.wrapped, again.before) == (0, 4)
    with closing(open_database(database_url, Vault([OTHER_KEY]))) as new:
        assert treatments.find(new, clinic.id, "maria")[0].patient.name.startswith("Maria")
        assert audit.verify(new, clinic.id) == []
    with closing(open_database(database_url, Vault([KEY]))) as old, pytest.raises(Unreadable):
        old.clinic_key(clinic.id)


def test_rotating_goes_on_by_pages_and_leaves_erased_people_alone(
    lived: Database, database_url: str, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reporter.records.rotation.PAGE", 1)
    gone = treatments.find(lived, clinic.id, "Alvarez 1")[0]
    front_desk.erase(lived, clinic, gone, by=SYSTEM, at=NOW)
    with closing(open_database(database_url, Vault([OTHER_KEY, KEY]))) as both:
        assert rotate(both, Vault([OTHER_KEY])).wrapped == 3
        assert treatments.get(both, clinic.id, gone.id).patient.wrapped_key is None


def test_header_says_what_it_is(lived: Database, file: Path, clinic: Clinic) -> None:
    backup.make(lived, file, at=NOW)
    header = backup_file.read_header(file)
    assert header.made_at == "2026-11-24T15:12:00.000000Z"
    assert header.heads[clinic.id][0] == audit.head(lived, clinic.id).seq
    assert replace(header, made_at="") != header
