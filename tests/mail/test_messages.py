"""What the e-mails say, as snapshots; and that nothing in a name can change what they are."""

import os
import re
from datetime import date, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from hypothesis import given, settings
from hypothesis import strategies as st

from reporter.clinic.clinics import Clinic
from reporter.letterhead import Letterhead
from reporter.mail import messages, mime, outbox, wording
from reporter.records.db import Database
from reporter.rules.knowledge import Knowledge
from tests.mail.words import CASES, COMMON, HEAD, NOW, RECEIPT, VARIANTS

ROOT = Path(__file__).resolve().parents[2]
SNAPSHOTS = ROOT / "tests/snapshots/mail"
PARTS = ("txt", "html")
# What must never stand in a mail that anybody may read over a shoulder.
HEALTH_WORDS = re.compile(
    r"botox|toxin|botulin|dysport|xeomin|inject|treat(ed|ment)|procedure|dose|\bunits?\b|vial|lot\b"
    r"|symptom|side.?effect|\beffects?\b|reaction|allerg|pain|ache|swell|droop|bruis|vision|eyelid"
    r"|muscle|wrinkle|infection|fever|cosmetic|aesthetic|face|skin|health|medic|diagnos|drug"
    r"|tratamiento|inyecci|dosis|síntoma|efecto|reacci|alergi|dolor|hincha|párpado|moret|visión"
    r"|fiebre|salud|medicament|estétic|cara\b|piel|\bnormal|\bsafe\b|\bsegur",
    re.IGNORECASE,
)


def rendered(variant: str, language: str) -> EmailMessage:
    template, context = VARIANTS[variant]
    return read(messages.render(template, language, **{**COMMON, **context}))


def read(words: messages.Words) -> EmailMessage:
    """The message as a mail program sees it."""
    written = mime.write([("Subject", words.subject)], words.text, words.html, "mark")
    email = message_from_bytes(written, policy=default)
    assert not email.defects
    return email


def body(email: EmailMessage, kind: str) -> str:
    part = email.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


@pytest.mark.parametrize(("variant", "language"), CASES)
def test_message_reads_as_in_its_snapshot(variant: str, language: str) -> None:
    email = rendered(variant, language)
    found = {
        "txt": f"Subject: {email['Subject']}\n\n{body(email, 'plain')}",
        "html": body(email, "html"),
    }
    for part in PARTS:
        path = SNAPSHOTS / f"{variant}.{language}.{part}"
        if os.environ.get("REPORTER_WRITE_SNAPSHOTS"):
            path.write_text(found[part], "utf-8")
        assert found[part] == path.read_text("utf-8"), f"{path.name} differs"


@pytest.mark.parametrize(("variant", "language"), CASES)
def test_no_word_about_health_and_one_line_of_subject(variant: str, language: str) -> None:
    email = rendered(variant, language)
    words = re.sub(r"<style>.*?</style>|<[^>]+>", " ", body(email, "html"), flags=re.DOTALL)
    for text in (str(email["Subject"]), body(email, "plain"), words):
        assert not HEALTH_WORDS.findall(text)
    assert not re.search(r"[\r\n]", str(email["Subject"]))
    assert len(str(email["Subject"])) <= 70


@pytest.mark.parametrize(("variant", "language"), CASES)
def test_html_fetches_nothing_and_says_what_the_text_says(variant: str, language: str) -> None:
    email = rendered(variant, language)
    html, text = body(email, "html"), body(email, "plain")
    assert not re.search(r"<img|<script|<link|<iframe|url\(|@import|src=", html)
    assert f'<html lang="{language}">' in html
    in_html = set(re.findall(r'href="(http[^"]+)"', html))
    numbers = {"tel:911", "tel:3015550142", "tel:3015550190"}
    assert set(re.findall(r'href="(?!http)([^"]+)"', html)) <= numbers
    assert in_html == set(re.findall(r"https?://\S+", text))


@pytest.mark.parametrize("language", ["en", "es"])
def test_check_in_has_both_answers_the_numbers_and_the_other_language(language: str) -> None:
    text = body(rendered("checkin.day_1", language), "plain")
    other = "es" if language == "en" else "en"
    assert "https://epec.test/r/TOKEN/fine\n" in text
    assert "https://epec.test/r/TOKEN\n" in text
    assert f"https://epec.test/r/TOKEN?lang={other}" in text
    assert "911" in text
    assert "301-555-0142" in text


def test_every_wording_of_the_protocol_has_its_own_subject(knowledge: Knowledge) -> None:
    subjects = {
        messages.render("checkin", "en", **COMMON, wording=day.wording).subject
        for day in knowledge.checkins
    }
    assert len(subjects) == len(knowledge.checkins)


def test_every_english_sentence_has_its_spanish_one() -> None:
    found = extract_from_dir(str(ROOT / "templates/email"), method_map=[("**", "jinja2")])
    spanish = messages.translations("es")
    english = {message for _, _, message, *_ in found} | {"%(clinic)s nurses"}
    assert len(english) > 20
    assert not [text for text in english if spanish.gettext(str(text)) == text]


def test_compiled_words_are_those_of_the_catalogue(tmp_path: Path) -> None:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    folder = ROOT / "reporter/mail/locale/es/LC_MESSAGES"
    with (folder / "mail.po").open("rb") as file:
        catalogue = read_po(file, locale="es")
    with (tmp_path / "mail.mo").open("wb") as file:
        write_mo(file, catalogue)
    assert (tmp_path / "mail.mo").read_bytes() == (folder / "mail.mo").read_bytes(), (
        "Run: pybabel compile -D mail -d reporter/mail/locale"
    )


def test_unknown_language_is_answered_in_english() -> None:
    assert (
        "how are you today" in messages.render("checkin", "fr", **COMMON, wording="day_1").subject
    )


def test_alert_for_another_day_names_the_day() -> None:
    due = VARIANTS["staff_alert"][1]["due"] + timedelta(days=1)
    words = messages.render(
        "staff_alert", "en", **COMMON, **{**VARIANTS["staff_alert"][1], "due": due}
    )
    assert words.subject == "1 urgent case waiting, due Wed 11:15"


# What is written into the outbox ------------------------------------------------------------


def post(db: Database, clinic: Clinic, head: Letterhead = HEAD, **changes: object) -> EmailMessage:
    """The bytes that were stored for Maria's first check-in, as a mail program reads them."""
    given = {
        **{name: value for name, value in COMMON.items() if name not in {"head", "sent_at"}},
        "name": "checkin",
        "language": "en",
        "to": "maria@patients.test",
        "reply_to": clinic.reply_to,
        "wording": "day_1",
        **changes,
    }
    db.letterhead = head
    with db.transaction():
        messages.post(db, clinic.id, at=NOW, **given)
    claimed = outbox.claim(db, clinic.id, "w", NOW, 10)
    content = outbox.opened(db, claimed[-1], NOW)
    assert content is not None
    return message_from_bytes(content["bytes"].encode("ascii"), policy=default)


def test_headers(db: Database, clinic: Clinic) -> None:
    email = post(db, clinic)
    row = db.one("select id, message_id from outbox where clinic_id = :c", c=clinic.id)
    assert row is not None
    assert str(email["From"]) == "Epec Clinic nurses <nurses@epec.test>"
    assert str(email["To"]) == "maria@patients.test"
    assert str(email["Reply-To"]) == "nurses@epec.test"
    assert str(email["Auto-Submitted"]) == "auto-generated"
    assert str(email["Message-ID"]) == row["message_id"] == f"<{row['id']}@epec.test>"
    assert email["Date"].datetime == NOW.replace(microsecond=0)
    assert email["List-Unsubscribe"] == "<https://epec.test/stop/TOKEN>"
    assert email["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert not email.defects


def test_a_long_stop_address_stays_whole_in_its_header(db: Database, clinic: Clinic) -> None:
    long = f"https://{'follow-up.' * 12}epec.test/stop/{'x' * 43}"
    assert post(db, clinic, stop_url=long)["List-Unsubscribe"] == f"<{long}>"


def test_only_check_ins_and_reminders_can_be_stopped(db: Database, clinic: Clinic) -> None:
    receipt = post(db, clinic, name="receipt", stop_url="", **RECEIPT)
    assert receipt["List-Unsubscribe"] is None


NASTY = "Ma\r\nBcc: all@x.test\x00ria \u202ecod.exe\u2066 \u200bAlvarez\ud800 \u2028x"


def test_no_name_can_add_a_header_or_turn_the_reading(db: Database, clinic: Clinic) -> None:
    email = post(
        db, clinic, first_name=NASTY, clinic_name=f"Clinic {NASTY}", to="maria@patients.test"
    )
    assert set(email.keys()) == {
        "Subject", "MIME-Version", "Content-Type", "From", "To", "Reply-To", "Auto-Submitted",
        "Date", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post",
    }  # fmt: skip
    everything = f"{email['Subject']} {email['From']} {body(email, 'plain')} {body(email, 'html')}"
    assert not re.search("[\x00\u202a-\u202e\u2066-\u2069\u200b\u2028]", everything)
    assert str(email["Subject"]).startswith("Ma Bcc: all x. test ria cod. e")


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("https://evil.example/x", "https: evil. example x"),
        ("me@evil.example", "me evil. example"),
        ("M\u0430ri\u0430", "Maria"),  # the a's are Cyrillic
        ("\u039caria", "Maria"),  # the M is Greek
        ("\u041c\u0430\u0440\u0438\u044f", "\u041c\u0430\u0440\u0438\u044f"),  # real Russian
        ("J.R. O\u2019Neil-\u00d1u\u00f1ez", "J. R. O\u2019Neil-\u00d1u\u00f1ez"),
    ],
)
def test_no_name_becomes_a_link_or_imitates_another(typed: str, shown: str) -> None:
    assert wording.first(typed) == shown
    assert wording.name(typed) == shown


def test_html_in_a_name_is_text(db: Database, clinic: Clinic) -> None:
    email = post(db, clinic, first_name="<a href=//x>Maria", clinic_name="A & B <b>")
    assert "&lt;a href= x&gt;Maria" in body(email, "html")
    assert "A &amp; B &lt;b&gt;" in body(email, "html")
    assert "<a href= x>Maria" in body(email, "plain")


@pytest.mark.parametrize(
    ("to", "header"),
    [
        ("o'brien+x@patients.test", "o'brien+x@patients.test"),
        ("a@b.test, c@d.test", "undisclosed-recipients:;"),
        ("a@b.test\r\nBcc: c@d.test", "undisclosed-recipients:;"),
        ("josé@patients.test", "undisclosed-recipients:;"),
        ("", "undisclosed-recipients:;"),
    ],
)
def test_one_recipient(db: Database, clinic: Clinic, to: str, header: str) -> None:
    assert str(post(db, clinic, to=to)["To"]) == header


@pytest.mark.parametrize("mail_from", ["", "Epec <nurses@epec.test>", "a@b\r\nBcc: c@d.test", "x"])
def test_strange_sender_never_fails_a_report(db: Database, clinic: Clinic, mail_from: str) -> None:
    email = post(db, clinic, head=Letterhead(mail_from, "https://epec.test"))
    assert str(email["From"]) == "Epec Clinic nurses <reporter@epec.test>"


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=200), st.text(max_size=200))
def test_any_name_renders(first_name: str, clinic_name: str) -> None:
    context = {**COMMON, "first_name": first_name, "clinic_name": clinic_name}
    for template, more in VARIANTS.values():
        words = messages.render(template, "es", **{**context, **more})
        assert not re.search(r"[\r\n\x00]", words.subject)
        assert str(read(words)["Subject"]) == words.subject


# The reader's way ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "english", "spanish"),
    [
        ("00:05", "12:05 am", "las 12:05 a. m."),
        ("01:00", "1:00 am", "la 1:00 a. m."),
        ("12:00", "12:00 pm", "las 12:00 p. m."),
        ("13:30", "1:30 pm", "la 1:30 p. m."),
        ("17:30", "5:30 pm", "las 5:30 p. m."),
    ],
)
def test_clock(at: str, english: str, spanish: str) -> None:
    instant = datetime.fromisoformat(f"2026-11-24T{at}:00+00:00")
    assert wording.oclock(instant, "en").replace("\u00a0", " ") == english
    assert wording.oclock(instant, "es").replace("\u00a0", " ") == spanish


def test_days() -> None:
    friday = date(2026, 11, 20)
    assert wording.day(friday, "en") == "Friday, Nov 20"
    assert wording.day(friday, "es") == "viernes 20 de noviembre"
    assert wording.short_day(date(2027, 1, 20), "es") == "20 de enero"


def test_hours_join_days_that_are_alike() -> None:
    early, late = [("08:30", "12:00"), ("13:00", "17:30")], [("09:00", "13:00")]
    week = [early, early, early, late, early, late, []]
    assert wording.hours(week, "en").replace("\u00a0", " ") == (
        "Mon–Wed 8:30 am–12:00 pm, 1:00 pm–5:30 pm; Thu 9:00 am–1:00 pm; "
        "Fri 8:30 am–12:00 pm, 1:00 pm–5:30 pm; Sat 9:00 am–1:00 pm"
    )
    monday = wording.hours([early, [], [], [], [], [], []], "es").replace("\u00a0", " ")
    assert monday == "lun 8:30 a. m.–12:00 p. m., 1:00 p. m.–5:30 p. m."
