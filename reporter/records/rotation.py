"""Putting every wrapped key under the first master key, so that an older one can be retired."""

from collections.abc import Iterator
from dataclasses import dataclass

from reporter.records.db import Database, Row
from reporter.records.seal import Unreadable, Vault

PAGE = 200
# Each table that holds wrapped keys, with the column that names a row beside its clinic.
HOLDERS = {"clinics": "clinic_id", "patients": "id"}


@dataclass(frozen=True)
class Rotated:
    """How many keys were wrapped anew, and how many were under the first master key before."""

    wrapped: int
    before: int


def rotate(db: Database, first: Vault) -> Rotated:
    """Wrap anew what is not yet under `first`, the vault of the first master key alone.

    In short transactions, while the product runs; broken off, it goes on when run again. A key
    that changes or is destroyed meanwhile is left as it is.
    """
    wrapped = before = 0
    for table, name in HOLDERS.items():
        for page in _pages(db, table, name):
            old = [row for row in page if not _opens(first, row["wrapped_key"])]
            before += len(page) - len(old)
            wrapped += _wrap_anew(db, table, name, old) if old else 0
    db.forget_deleted()
    return Rotated(wrapped, before)


def _opens(first: Vault, wrapped: str) -> bool:
    try:
        first.unwrap(wrapped)
    except Unreadable:
        return False
    return True


def _pages(db: Database, table: str, name: str) -> Iterator[list[Row]]:
    last = {"clinic_id": "", name: ""}
    while page := db.query(
        f"select clinic_id, {name}, wrapped_key from {table} "  # noqa: S608 - names from HOLDERS
        f"where (clinic_id, {name}) > (:clinic_id, :{name}) and wrapped_key is not null "
        f"order by clinic_id, {name} limit {PAGE}",
        **last,
    ):
        yield page
        last = {key: page[-1][key] for key in last}


def _rewrapped(db: Database, row: Row) -> str:
    return db.vault.wrap(db.vault.unwrap(row["wrapped_key"]))


def _wrap_anew(db: Database, table: str, name: str, rows: list[Row]) -> int:
    anew = [{**row, "anew": _rewrapped(db, row)} for row in rows]

    def work() -> int:
        return sum(
            db.run(
                f"update {table} set wrapped_key = :anew where clinic_id = :clinic_id "  # noqa: S608 - the same
                f"and {name} = :{name} and wrapped_key = :wrapped_key",
                **row,
            )
            for row in anew
        )

    return db.atomically(work)
