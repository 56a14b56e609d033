"""Every message as a file, as it would go out; and nothing in it of anybody real."""

from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from reporter.mail import preview
from reporter.mail.messages import LANGUAGES
from reporter.rules.checkin_protocol import WORDINGS

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("mail") / "new" / "folder"
    preview.write(made)
    return made


def test_no_template_and_no_wording_is_left_out(folder: Path) -> None:
    templates = {path.name for path in (ROOT / "templates/email").iterdir() if path.is_dir()}
    assert {template for template, _ in preview.VARIANTS.values()} == templates
    written = {path.stem for path in folder.iterdir()}
    checkins = {f"checkin-{wording}.{tongue}" for wording in WORDINGS for tongue in LANGUAGES}
    assert checkins <= written


def test_each_has_its_three_files_and_parses(folder: Path) -> None:
    mails = sorted(folder.glob("*.eml"))
    assert len(mails) * 3 == len(list(folder.iterdir()))
    for path in mails:
        email = message_from_bytes(path.read_bytes(), policy=default)
        html, text = email.get_body(("html",)), email.get_body(("plain",))
        assert not email.defects and html and text
        assert path.with_suffix(".html").read_text("utf-8") in html.get_content().replace("\r", "")
        assert str(email["Subject"]) in path.with_suffix(".txt").read_text("utf-8")
        is_checkin = path.name.startswith(("checkin", "reminder"))
        assert (email["List-Unsubscribe"] is not None) == is_checkin


SUBJECTS = {  # as designed, word by word
    "checkin-day_1": ("Maria, how are you today? (1 minute)", "Maria, ¿cómo está hoy? (1 minuto)"),
    "checkin-day_3": ("Maria, day 3: anything new?", "Maria, día 3: ¿algo nuevo?"),
    "checkin-day_7": (
        "Maria, one week on: how are you?", "Maria, ya pasó una semana: ¿cómo está?",
    ),
    "checkin-day_14": (
        "Maria, two weeks on: how are you?", "Maria, ya pasaron dos semanas: ¿cómo está?",
    ),
    "checkin-day_28": ("Maria, your last check-in", "Maria, su último seguimiento"),
    "reminder": (
        "Still there, Maria? Two taps will do", "¿Sigue ahí, Maria? Son solo dos toques",
    ),
    "receipt": ("We have your message (K7-42Q)", "Recibimos su mensaje (K7-42Q)"),
    "missed_call": ("Maria, we tried to call you", "Maria, intentamos llamarle"),
}  # fmt: skip


def test_the_subjects_are_those_that_were_designed() -> None:
    found = {(one.name, one.language): one.words.subject for one in preview.everything()}
    for name, (english, spanish) in SUBJECTS.items():
        assert (found[name, "en"], found[name, "es"]) == (english, spanish)
