"""The letterhead of every message: the one that the store was opened with."""

from reporter.letterhead import PLAIN_ADDRESS, Letterhead
from reporter.records.db import Database
from reporter.settings import Settings

__all__ = ["PLAIN_ADDRESS", "Letterhead", "from_settings", "of"]


def from_settings(settings: Settings) -> Letterhead:
    return Letterhead(settings.mail_from, settings.base_url)


def of(db: Database) -> Letterhead:
    return db.letterhead
