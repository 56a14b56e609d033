"""The demo's inbox: real SMTP, each message one file, newest first."""

import smtplib
from pathlib import Path

from reporter import demo_mail
from reporter.mail import messages, mime
from tests.mail.servers import free_port
from tests.mail.words import COMMON


def test_what_is_sent_can_be_read(tmp_path: Path) -> None:
    folder, port = tmp_path / "inbox", free_port()
    with demo_mail.serve_inbox(folder, port), smtplib.SMTP("127.0.0.1", port, timeout=5) as smtp:
        for day in ("day_1", "day_3"):
            words = messages.render("checkin", "es", **COMMON, wording=day)
            headers = [
                ("Subject", words.subject),
                ("Message-ID", f"<{day}@epec.test>"),
                ("From", "nurses@epec.test"),
                ("To", "maria@patients.test"),
                ("Date", "Tue, 24 Nov 2026 15:12:00 +0000"),
            ]
            email = mime.write(headers, words.text, words.html, day)
            smtp.sendmail("nurses@epec.test", "maria@patients.test", email)
    newest, oldest = demo_mail.messages(folder)
    assert (newest.message_id, oldest.message_id) == ("<day_3@epec.test>", "<day_1@epec.test>")
    assert newest.subject == "Maria, día 3: ¿algo nuevo?"
    assert newest.to == "maria@patients.test"
    assert newest.at is not None
    assert "https://epec.test/r/TOKEN/fine" in newest.text
    assert 'href="https://epec.test/r/TOKEN/fine"' in newest.html
    assert demo_mail.message(folder, newest.name) == newest
    assert demo_mail.message(folder, "../secrets.eml") is None


def test_half_a_file_is_not_a_message(tmp_path: Path) -> None:
    demo_mail.store(tmp_path, b"Subject: whole\r\n\r\nx")
    (tmp_path / "0.part").write_bytes(b"Subject: ha")
    assert [mail.subject for mail in demo_mail.messages(tmp_path)] == ["whole"]
    assert demo_mail.messages(tmp_path)[0].html == ""
