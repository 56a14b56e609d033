"""The store behaves the same on both engines, and what it let go of is there."""

import multiprocessing
import os
import signal
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter.clock import stamp
from reporter.records.db import Busy, Conflict, Database, StorageError, open_database, scripts
from reporter.records.postgres import to_pyformat
from reporter.records.seal import Vault
from reporter.records.sqlite import wal_is_safe
from reporter.records.trouble import statements
from tests.conftest import KEY, NOW


def add_rate(db: Database, name: str, used: int = 1) -> int:
    return db.run(
        "insert into rates (clinic_id, name, used, until) values ('-', :name, :used, :until)",
        name=name,
        used=used,
        until=stamp(NOW),
    )


def used(db: Database, name: str) -> int | None:
    row = db.one("select used from rates where clinic_id = '-' and name = :name", name=name)
    return row["used"] if row else None


def test_a_transaction_keeps_all_or_nothing(db: Database) -> None:
    with pytest.raises(ZeroDivisionError), db.transaction():
        add_rate(db, "lost")
        raise ZeroDivisionError
    with db.transaction():
        add_rate(db, "kept")
    assert used(db, "lost") is None
    assert used(db, "kept") == 1


def test_an_inner_transaction_takes_part_in_the_outer_one(db: Database) -> None:
    with pytest.raises(ZeroDivisionError), db.transaction():
        with db.transaction():
            add_rate(db, "inner")
        raise ZeroDivisionError
    assert used(db, "inner") is None


def test_a_second_row_of_the_same_key_is_a_conflict(db: Database) -> None:
    add_rate(db, "twice")
    with pytest.raises(Conflict):
        add_rate(db, "twice", used=2)
    assert used(db, "twice") == 1


def test_a_missing_parent_row_is_refused(db: Database) -> None:
    with pytest.raises(StorageError):
        db.run(
            "insert into links (clinic_id, token_hash, treatment_id, created_at, expires_at) "
            "values ('c', 'h', 'nobody', 'x', 'y')"
        )


def test_percent_quotes_and_casts_mean_the_same_on_both_engines(db: Database) -> None:
    add_rate(db, "50% of O'Neil::x")
    found = db.query(
        "select name from rates where name like '50%' and name = :n", n="50% of O'Neil::x"
    )
    assert found == [{"name": "50% of O'Neil::x"}]


def test_writers_in_threads_lose_nothing(db: Database) -> None:
    add_rate(db, "counter", used=0)

    def count() -> None:
        for _ in range(25):
            db.atomically(lambda: db.run("update rates set used = used + 1 where clinic_id = '-'"))
        db.close() if threading.current_thread() is threading.main_thread() else None

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert used(db, "counter") == 100


def test_work_is_tried_again_when_somebody_was_in_the_way(db: Database) -> None:
    tries = []

    def work() -> str:
        tries.append(1)
        if len(tries) < 3:
            raise Busy("in the way")
        return "done"

    assert db.atomically(work) == "done"
    assert len(tries) == 3


def test_work_that_is_always_in_the_way_says_so(db: Database) -> None:
    def work() -> None:
        raise Busy("for ever")

    with pytest.raises(Busy):
        db.atomically(work)


def test_steps_before_commit_come_last_and_are_part_of_it(db: Database) -> None:
    order = []
    with db.transaction():
        db.before_commit(lambda: order.append(add_rate(db, "last")))
        add_rate(db, "first")
        assert not order
    assert used(db, "last") == 1


def test_migrating_again_changes_nothing(db: Database) -> None:
    assert db.migrate() == []


def _migrate(url: str) -> list[str]:
    return open_database(url, Vault([KEY])).migrate()


# Reads of the engine itself how the next commit will be kept; 2 is FULL with SQLite.
FLUSHES = {"sqlite": ("pragma synchronous", 2), "postgresql": ("show synchronous_commit", "on")}


def test_a_commit_that_is_not_durable_survives_a_kill_and_the_next_one_is(
    db: Database, database_url: str
) -> None:
    ask, full = FLUSHES[database_url.partition(":")[0]]
    if full == "on":  # the tests' own server is told not to wait for its disk
        db.run("set synchronous_commit = on")
    seen = []
    for durable in (True, False, True):
        with db.transaction(durable=durable):
            seen += [value == full for value in db.query(ask)[0].values()]
    assert seen == [True, False, True]
    with pytest.raises(ZeroDivisionError), db.transaction(durable=False):
        raise ZeroDivisionError
    assert full in db.query(ask)[0].values()
    killed = multiprocessing.get_context("spawn").Process(target=_add_and_die, args=(database_url,))
    killed.start()
    killed.join(30)
    assert killed.exitcode == -signal.SIGKILL
    assert used(db, "before the kill") == 1


def _add_and_die(url: str) -> None:
    store = open_database(url, Vault([KEY]))
    store.atomically(lambda: add_rate(store, "before the kill"), durable=False)
    os.kill(os.getpid(), signal.SIGKILL)


def test_eight_processes_migrate_one_new_store_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    with multiprocessing.get_context("spawn").Pool(8) as pool:
        applied = pool.map(_migrate, [url] * 8)
    assert sorted(applied) == [[]] * 7 + [[name for name, _ in scripts()]]


def test_tables_come_after_those_they_refer_to(db: Database) -> None:
    tables = db.tables()
    assert tables.index("patients") < tables.index("treatments") < tables.index("reports")


def test_every_table_is_led_by_its_clinic() -> None:
    for _, sql in scripts():
        for statement in statements(sql):
            if statement.startswith("create table"):
                first = statement.split("(", 1)[1].split()[0]
                assert first == "clinic_id", statement
            if statement.startswith("create") and "index" in statement.split(" on ")[0]:
                assert "(clinic_id" in statement, statement


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 0), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 53, 4), True),
    ],
)
def test_sqlite_versions_past_the_wal_reset_fault(version: tuple[int, ...], safe: bool) -> None:
    assert wal_is_safe(version) is safe


@given(st.lists(st.sampled_from(["'a:b%'", '"c:d"', "::text", "%", "x=:name", "-- :no\n", " "])))
def test_only_names_outside_literals_become_parameters(parts: list[str]) -> None:
    sql = " ".join(parts)
    assert to_pyformat(sql).count("%(name)s") == parts.count("x=:name")
    assert to_pyformat(sql) % {"name": ":name"} == sql


def test_sqlite_is_durable_and_strict(tmp_path: Path) -> None:
    store = open_database(f"sqlite:///{tmp_path / 'r.db'}", Vault([KEY]))
    store.migrate()
    pragmas = ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
    said = [next(iter(store.query(f"pragma {name}")[0].values())) for name in pragmas]
    assert said == ["wal", 2, 1, 1]
    with pytest.raises(StorageError):
        store.run("insert into rates values ('-', 'n', 'many', 'x')")
    with pytest.raises(StorageError):
        store.query("select * from reprot")
    store.close()


def test_a_folder_that_is_not_there_is_one_clear_error(tmp_path: Path) -> None:
    store = open_database(f"sqlite:///{tmp_path / 'no' / 'r.db'}", Vault([KEY]))
    with pytest.raises(StorageError, match="unable to open"):
        store.migrate()
