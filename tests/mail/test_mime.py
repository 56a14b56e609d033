"""What is written by hand must be what a mail program reads: any words, any names."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reporter.mail import mime, wording

# What templates and forms can give: wording.one_line cleans what goes into a header.
LINES = st.text(max_size=300).map(wording.one_line)
BODIES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=500)


def read(written: bytes) -> EmailMessage:
    email = message_from_bytes(written, policy=default)
    assert not email.defects
    return email


def content(email: EmailMessage, kind: str) -> str:
    part = email.get_body((kind,))
    assert part is not None
    assert not part.defects
    return str(part.get_content())


@settings(deadline=None, max_examples=200)
@given(LINES, LINES, BODIES, BODIES)
def test_any_words_come_back(subject: str, name: str, text: str, html: str) -> None:
    headers = [("Subject", subject), ("From", mime.mailbox(name, "nurses@epec.test"))]
    written = mime.write(headers, text, html, "0190")
    email = read(written)
    assert str(email["Subject"]) == subject
    assert email["From"].addresses[0].addr_spec == "nurses@epec.test"
    # The reader of the standard library keeps the fold between two encoded words as a space.
    shown = email["From"].addresses[0].display_name
    assert "".join(shown.split()) == "".join(name.split())
    for kind, said in (("plain", text), ("html", html)):
        assert content(email, kind).splitlines() == (said.splitlines() or [""])


@settings(deadline=None, max_examples=100)
@given(LINES, BODIES)
def test_every_server_takes_the_bytes(subject: str, text: str) -> None:
    written = mime.write([("Subject", subject)], text, f"<p>{text}", "0190")
    lines = written.split(b"\r\n")
    assert max(map(len, lines)) <= 998
    assert all(byte < 128 for byte in written)
    assert b"\n" not in b"".join(lines)
    assert b"\r" not in b"".join(lines)


@pytest.mark.parametrize("name", ["Epec, Clinic", 'The "Best" Clinic', "A <b@c.test>", "Clínica ñ"])
def test_a_name_never_becomes_an_address(name: str) -> None:
    email = read(mime.write([("From", mime.mailbox(name, "nurses@epec.test"))], "a", "b", "0190"))
    assert [one.addr_spec for one in email["From"].addresses] == ["nurses@epec.test"]
    assert email["From"].addresses[0].display_name == name
