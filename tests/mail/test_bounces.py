"""What other mail servers and people send back, in their own forms (see samples/README.md)."""

from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reporter.mail import bounces
from reporter.mail.bounces import GONE, LATER, POLICY, Automatic, Bounce, Complaint, Reply

SAMPLES = Path(__file__).parent / "samples"
ROW = "01a1fd08-a501-73b7-9e48-1bde5bf2e02d"


def sample(name: str) -> bounces.Returned:
    return bounces.parse((SAMPLES / f"{name}.eml").read_bytes())


@pytest.mark.parametrize(
    ("name", "kind", "status"),
    [
        ("postfix", GONE, "5.1.1"),
        ("exchange", GONE, "5.1.1"),
        ("apple", GONE, "5.1.6"),
        ("qmail", GONE, "5.0.0"),
        ("google", GONE, ""),
        ("hotmail_full", LATER, "5.2.2"),
        ("postfix_policy", POLICY, "5.7.9"),
        ("exim", POLICY, "5.7.1"),
        ("dragonfly", POLICY, "5.7.26"),
        ("opensmtpd", GONE, "5.0.0"),
    ],
)
def test_bounces_of_many_servers(name: str, kind: str, status: str) -> None:
    assert sample(name) == Bounce((ROW,), kind, status)


@pytest.mark.parametrize("name", ["hotmail_complaint", "arf"])
def test_complaints(name: str) -> None:
    assert sample(name) == Complaint((ROW,))


@pytest.mark.parametrize("name", ["postfix_delay", "arf_not_spam"])
def test_notices_that_ask_for_nothing(name: str) -> None:
    assert sample(name) == Automatic()


def test_every_sample_is_read_here() -> None:
    assert len(list(SAMPLES.glob("*.eml"))) == 14


def test_line_ends_do_not_matter() -> None:
    for path in SAMPLES.glob("*.eml"):
        plain = path.read_bytes()
        assert bounces.parse(plain.replace(b"\n", b"\r\n")) == bounces.parse(plain), path.name


# People -------------------------------------------------------------------------------------


def letter(text: str, **headers: str) -> EmailMessage:
    email = EmailMessage()
    email["From"], email["To"] = "Maria <Maria@Patients.test>", "nurses@epec.test"
    email["Message-ID"] = "<m1@patients.test>"
    for name, value in headers.items():
        email[name.replace("_", "-")] = value
    email.set_content(text)
    return email


def read(email: EmailMessage) -> bounces.Returned:
    return bounces.parse(email.as_bytes())


def reply(email: EmailMessage) -> Reply:
    found = read(email)
    assert isinstance(found, Reply)
    return found


def test_a_person_answers() -> None:
    found = reply(letter("My eyelid droops.\n", In_Reply_To=f"<{ROW}@epec.test>"))
    assert found == Reply((ROW,), "<m1@patients.test>", "maria@patients.test", found.text, 0)
    assert found.text == "My eyelid droops."


@pytest.mark.parametrize(
    "quoted",
    [
        "On Fri, Nov 20, 2026 at 10:30 AM Epec nurses <n@epec.test> wrote:\n> Dear Maria,\n",
        "On Fri, Nov 20, 2026 at 10:30 AM Epec nurses\n<n@epec.test> wrote:\n\n> Dear Maria,",
        "El vie, 20 nov 2026 a las 10:30, Epec (<n@epec.test>) escribió:\n> Estimada Maria:",
        "-----Original Message-----\nFrom: Epec Clinic\nDear Maria,\n",
        "________________________________\nFrom: Epec Clinic\nSent: Friday\n\nDear Maria,\n",
        "> Dear Maria,\n> You visited us\n",
    ],
)
def test_our_own_words_are_not_the_patients(quoted: str) -> None:
    assert reply(letter(f"I cannot swallow.\n\n{quoted}")).text == "I cannot swallow."


@pytest.mark.parametrize(
    "text",
    [
        "On Friday my throat closed and I could not speak\nMy sister wrote: call them",
        "El lunes no pude tragar",
        "> I cannot swallow",
        "On Mon you wrote:\n> How are you?\nI cannot swallow\n> Anything else?\nweak arms",
    ],
)
def test_in_doubt_the_patients_words_are_kept(text: str) -> None:
    found = reply(letter(text)).text
    for word in ("throat", "tragar", "swallow", "weak arms"):
        assert (word in text) <= (word in found)


def test_html_alone_is_read_as_shown() -> None:
    email = letter("x")
    email.set_content(
        "<head><title>t</title><style>p{}</style></head><p>My lip is <b>huge</b></p><p>Help</p>",
        subtype="html",
    )
    assert reply(email).text == "My lip is huge\nHelp"


def test_attachments_are_counted_not_opened() -> None:
    email = letter("Look at my eye")
    email.add_attachment(b"\xff\xd8", maintype="image", subtype="jpeg", filename="eye.jpg")
    found = reply(email)
    assert (found.text, found.attachments) == ("Look at my eye", 1)


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated (vacation)"},
        {"X_Autoreply": "yes"},
        {"Precedence": "bulk"},
        {"Subject": "Automatic reply: Maria, how are you today?"},
        {"Subject": "Out of Office: back on Monday"},
        {"Subject": "Respuesta automática: fuera hasta el lunes"},
    ],
)
def test_machines_are_not_people(headers: dict[str, str]) -> None:
    assert read(letter("I am away until Monday.", **headers)) == Automatic()


def test_a_person_whose_program_says_so_is_a_person() -> None:
    assert reply(letter("no puedo tragar", Auto_Submitted="no")).text == "no puedo tragar"


def test_a_postmaster_who_tells_no_failure_is_ignored() -> None:
    email = letter("Your quota was raised.", Subject="News")
    email.replace_header("From", "postmaster@mx.test")
    assert read(email) == Automatic()


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=2000))
def test_no_bytes_fail(raw: bytes) -> None:
    bounces.parse(raw)


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(sorted(SAMPLES.glob("*.eml"))), st.integers(0, 2000), st.binary(max_size=20))
def test_damaged_samples_do_not_fail(path: Path, at: int, junk: bytes) -> None:
    raw = path.read_bytes()
    bounces.parse(raw[:at] + junk + raw[at + len(junk) :])
    bounces.parse(raw[:at])
