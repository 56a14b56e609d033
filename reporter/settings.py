"""Settings from the environment: read once, checked, then never changed."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet

from reporter.letterhead import PLAIN_ADDRESS

PREFIX = "REPORTER_"
LOCAL_HOSTS = {"127.0.0.1", "localhost", "::1"}


class SettingsError(Exception):
    """One sentence that says which setting is wrong and how to mend it."""


@dataclass(frozen=True)
class Settings:
    """What whoever runs the product decides; each field is the variable REPORTER_<FIELD>."""

    keys: tuple[str, ...]
    database_url: str = "sqlite:///reporter.db"
    base_url: str = "http://127.0.0.1:5000"
    smtp_url: str = ""
    mail_from: str = ""
    mail_per_minute: int = 600
    mail_per_domain: int = 300
    secret_key: str = ""
    workers: int = 2
    host: str = "127.0.0.1"
    port: int = 5000
    trusted_proxies: int = 0
    bounce_address: str = ""
    imap_url: str = ""
    alarm_url: str = ""
    alarm_smtp_url: str = ""
    alarm_to: str = ""
    metrics_token: str = ""
    demo: bool = False
    demo_folder: str = ""

    @property
    def secure(self) -> bool:
        """Whether people reach the pages over TLS, so that cookies may insist on it."""
        return self.base_url.startswith("https://")


def from_env(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; raise SettingsError with one line that names the mend."""
    environ = os.environ if environ is None else environ
    given = {
        field.name: _parse(field.name, field.type, environ[PREFIX + field.name.upper()])
        for field in fields(Settings)
        if environ.get(PREFIX + field.name.upper())
    }
    if not given.get("keys"):
        raise SettingsError(
            "REPORTER_KEYS is not set. Make one with `reporter keys new` and keep a copy of it "
            "away from this machine: without it nobody can read the stored reports."
        )
    settings = Settings(**given)
    _check(settings)
    return settings


def _parse(name: str, kind: Any, text: str) -> Any:
    if name == "keys":
        return _keys(text)
    if kind is int:
        return _whole(name, text)
    if kind is bool:
        return _yes_or_no(name, text)
    return text.strip()


def _keys(text: str) -> tuple[str, ...]:
    keys = tuple(part.strip() for part in text.split(",") if part.strip())
    for number, key in enumerate(keys, start=1):
        try:
            Fernet(key)
        except ValueError:
            raise SettingsError(
                f"Key {number} in REPORTER_KEYS is not one that `reporter keys new` makes "
                "(44 letters and digits). Copy it again, without quotes."
            ) from None
    return keys


def _whole(name: str, text: str) -> int:
    if not text.strip().isdecimal():
        raise SettingsError(f"REPORTER_{name.upper()} must be a whole number, not {text!r}.")
    return int(text)


def _yes_or_no(name: str, text: str) -> bool:
    if text.strip() not in {"1", "0", "true", "false"}:
        raise SettingsError(f"REPORTER_{name.upper()} must be 1 or 0, not {text!r}.")
    return text.strip() in {"1", "true"}


def _check(settings: Settings) -> None:
    if not settings.database_url.startswith(("sqlite:///", "postgresql://", "postgres://")):
        raise SettingsError(
            "REPORTER_DATABASE_URL must start with sqlite:/// or postgresql://, for example "
            "sqlite:////var/lib/reporter/reporter.db"
        )
    if urlsplit(settings.base_url).scheme not in {"http", "https"}:
        raise SettingsError("REPORTER_BASE_URL must be the address people open, with https://.")
    if not 1 <= settings.workers <= 64:
        raise SettingsError("REPORTER_WORKERS must be from 1 to 64.")
    for name in ("smtp_url", "alarm_smtp_url"):
        if getattr(settings, name):
            _check_smtp(settings, name)
    _check_mailbox(settings)
    _check_alarm(settings)


def _check_smtp(settings: Settings, name: str) -> None:
    url = urlsplit(getattr(settings, name))
    if url.scheme not in {"smtp", "smtps"} or not url.hostname:
        raise SettingsError(
            f"REPORTER_{name.upper()} must look like smtp://user:password@mail.example.org:587 "
            "(STARTTLS) or smtps://… (TLS from the start)."
        )
    if settings.demo and url.hostname not in LOCAL_HOSTS:
        raise SettingsError(
            f"Demo mode sends no real mail, so it refuses the mail server {url.hostname}. "
            f"Unset REPORTER_{name.upper()} or leave demo mode."
        )


def _check_mailbox(settings: Settings) -> None:
    url = urlsplit(settings.imap_url)
    if settings.imap_url and (url.scheme not in {"imap", "imaps"} or not url.hostname):
        raise SettingsError(
            "REPORTER_IMAP_URL must look like imaps://user:password@mail.example.org/INBOX."
        )
    if settings.bounce_address and not PLAIN_ADDRESS.fullmatch(settings.bounce_address):
        raise SettingsError(
            "REPORTER_BOUNCE_ADDRESS must be a plain address, like bounces@clinic.example, whose "
            "mail with anything after a plus sign reaches the same mailbox."
        )


def _check_alarm(settings: Settings) -> None:
    url = urlsplit(settings.alarm_url)
    if settings.alarm_url and (url.scheme not in {"http", "https"} or not url.hostname):
        raise SettingsError("REPORTER_ALARM_URL must be a web address, like https://….")
    if settings.alarm_smtp_url and not PLAIN_ADDRESS.fullmatch(settings.alarm_to):
        raise SettingsError(
            "REPORTER_ALARM_TO must be the plain e-mail address that alarms go to, since "
            "REPORTER_ALARM_SMTP_URL is set."
        )
