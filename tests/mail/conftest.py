"""An outbox with messages in it, and a mail server that takes them."""

import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from reporter.clinic.clinics import Clinic
from reporter.mail import messages, smtp
from reporter.mail.delivery import Postman, Tally, deliver
from reporter.records.db import Database, Row
from tests.mail.servers import Mailbox, mail_server
from tests.mail.words import ALERT, HEAD, NOW

Post = Callable[..., str]
Send = Callable[..., Tally]


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mail_server() as mailbox:
        yield mailbox


@pytest.fixture
def post(db: Database, clinic: Clinic) -> Post:
    """Write a staff alert into the outbox: post("ann@staff.test", priority=1)."""

    db.letterhead = HEAD

    def write(to: str = "ann@staff.test", at: datetime = NOW, **changes: object) -> str:
        with db.transaction():
            return messages.post(
                db,
                clinic.id,
                name="staff_alert",
                language="en",
                to=to,
                at=at,
                clinic_name=clinic.name,
                reply_to=clinic.reply_to,
                **{**ALERT, **changes},  # type: ignore[arg-type]
            )

    return write


@pytest.fixture
def send(db: Database, clinic: Clinic, box: Mailbox) -> Send:
    """One round of delivery."""

    def carry(at: datetime = NOW, **changes: object) -> Tally:
        connection = smtp.Connection(smtp.server(box.url), timeout=1)
        given = {"worker": "w", "sender": HEAD.sender, "connection": connection, **changes}
        try:
            return deliver(db, clinic.id, Postman(**given), at)  # type: ignore[arg-type]
        finally:
            connection.close()

    return carry


@pytest.fixture
def row(db: Database, clinic: Clinic) -> Callable[[str], Row]:
    """A row of the outbox as it is stored."""

    def read(row_id: str) -> Row:
        found = db.one(
            "select * from outbox where clinic_id = :c and id = :id", c=clinic.id, id=row_id
        )
        assert found is not None
        return found

    return read


@pytest.fixture(scope="session")
def certificate(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A context to serve as localhost, and one that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2099, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, SHA256())
    )
    pem = made.public_bytes(Encoding.PEM)
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + pem)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(path)
    return serving, ssl.create_default_context(cadata=pem.decode())
