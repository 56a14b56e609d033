"""What comes back by mail: a bounce, a complaint, an automatic answer, or a person's words. Pure.

A bounce names the message that it is about twice: by the address it comes to, which is made for
that one message (VERP), and by the headers that the other server sends back. Both hold the row of
the outbox. Sources: RFC 3464 (delivery status), RFC 3463 (status codes), RFC 5965 (complaints),
RFC 3834 (automatic answers).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default
from email.utils import getaddresses

from reporter.mail.reply_text import content_of, said_in

# A bounce or a reply is small; what is larger is read up to here.
LARGEST = 2 * 1024 * 1024
ROW = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
VERP = re.compile(rf"\+({ROW})@", re.IGNORECASE)
MESSAGE_ID = re.compile(rf"<({ROW})@[^<>\s]+>", re.IGNORECASE)
STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
CODE = re.compile(r"\b([45]\d\d)[ -]")
POSTMASTERS = re.compile(r"^(mailer-daemon|postmaster|mail-daemon)\b", re.IGNORECASE)
FAILED = re.compile(
    r"undeliver|not (be )?delivered|delivery (has )?(failed|failure)|failure notice"
    r"|returned to sender|permanent (fatal )?error|did not like our|wasn't able to deliver",
    re.IGNORECASE,
)
AUTOMATIC_SUBJECT = re.compile(
    r"^\s*(auto(matic)?[ -]?(reply|response)|out of (the )?office|respuesta autom[aá]tica"
    r"|fuera de (la )?oficina)",
    re.IGNORECASE,
)

GONE, LATER, POLICY = "gone", "later", "policy"


@dataclass(frozen=True)
class Bounce:
    """`kind`: gone (this address takes no mail), later (full or slow: it may again), or policy
    (our sending is refused, which is ours to mend). `status` is the code of RFC 3463, or ""."""

    rows: tuple[str, ...]
    kind: str
    status: str


@dataclass(frozen=True)
class Complaint:
    """The person pressed "spam": no more check-ins."""

    rows: tuple[str, ...]


@dataclass(frozen=True)
class Automatic:
    """An out-of-office answer, a delivery receipt, a delay notice: nobody wrote anything."""


@dataclass(frozen=True)
class Reply:
    """What a person wrote. `text` is without our own message, `attachments` are only counted."""

    rows: tuple[str, ...]
    message_id: str
    sender: str
    text: str
    attachments: int


Returned = Bounce | Complaint | Automatic | Reply


def parse(raw: bytes) -> Returned:
    """What `raw`, one message as it came, is. What is nothing else was written by a person.

    Never raises: a message that cannot be taken apart is a reply whose text is all that it holds.
    """
    email = message_from_bytes(raw[:LARGEST], policy=default.clone(raise_on_defect=False))
    assert isinstance(email, EmailMessage)  # noqa: S101 - the policy's own kind
    parts = list(email.walk())
    if found := _status(email, parts):
        return found
    if found := _complaint(email, parts):
        return found
    if _from_postmaster(email):
        return _in_prose(email)
    if _is_automatic(email):
        return Automatic()
    return _reply(email)


def _status(email: EmailMessage, parts: Sequence[Message]) -> Returned | None:
    """A delivery status notification, by its machine-readable part."""
    part = next((p for p in parts if p.get_content_type() == "message/delivery-status"), None)
    if part is None:
        return None
    groups = [g for g in _groups(part) if _header(g, "action") or _header(g, "status")]
    rows = _rows(email, parts)
    if not groups:
        return _in_prose(email)
    actions = {_header(group, "action").strip().lower() for group in groups}
    if "failed" not in actions and actions & {"delayed", "delivered", "relayed", "expanded"}:
        return Automatic()
    group = next((g for g in groups if _header(g, "action").strip().lower() == "failed"), groups[0])
    told = f"{_header(group, 'diagnostic-code')} "
    return Bounce(rows, *_kind(_header(group, "status"), told))


def _groups(part: Message | None) -> Iterator[Message]:
    """The blocks of fields in a machine-readable part."""
    payload = part.get_payload() if part else None
    if isinstance(payload, list):
        yield from (each for each in payload if isinstance(each, Message))


def _header(part: Message, name: str) -> str:
    """One header as text, whatever state it is in."""
    try:
        return str(part.get(name) or "")
    except (ValueError, IndexError, AttributeError, TypeError):
        return ""


def _kind(status: str, told: str) -> tuple[str, str]:
    """The exact code of what the server said beats the vague one (5.0.0) of who reports it."""
    exact = STATUS.search(told)
    found = STATUS.search(status)
    code = exact[1] if exact else found[1] if found else ""
    if not code:
        plain = CODE.search(told)
        code = f"{plain[1][0]}.0.0" if plain else ""
    if code.startswith("4.") or code == "5.2.2":
        return LATER, code
    if code.startswith("5.7."):
        return POLICY, code
    return GONE, code


def _complaint(email: EmailMessage, parts: Sequence[Message]) -> Returned | None:
    """An abuse report; and Hotmail's own form of it, which has no machine-readable part."""
    report = next((p for p in parts if p.get_content_type() == "message/feedback-report"), None)
    hotmail = _header(email, "subject").strip().lower().startswith("complaint about message from")
    if report is None and not hotmail:
        return None
    kinds = {_header(group, "feedback-type").strip().lower() for group in _groups(report)}
    if "not-spam" in kinds:
        return Automatic()
    return Complaint(_rows(email, parts))


def _from_postmaster(email: EmailMessage) -> bool:
    senders = [address for _, address in getaddresses([_header(email, "from")])]
    by_name = any(POSTMASTERS.match(address) for address in [*senders, _header(email, "from")])
    nobody = _header(email, "return-path").strip() == "<>"
    return by_name or (nobody and bool(FAILED.search(_header(email, "subject"))))


def _in_prose(email: EmailMessage) -> Returned:
    """A bounce in words only, as qmail and small mail programs write it."""
    said = content_of(email)
    if not FAILED.search(f"{_header(email, 'subject')}\n{said}"):
        return Automatic()
    ours = re.split(r"below this line is a copy|headers follow|original message", said, flags=re.I)
    status = STATUS.search(ours[0])
    return Bounce(_rows(email, list(email.walk())), *_kind(status[1] if status else "", ours[0]))


def _is_automatic(email: EmailMessage) -> bool:
    submitted = _header(email, "auto-submitted").strip().lower()
    if submitted and submitted != "no":
        return True
    if _header(email, "x-autoreply") or _header(email, "x-autorespond"):
        return True
    if _header(email, "precedence").strip().lower() in {"auto_reply", "bulk", "junk", "list"}:
        return True
    return bool(AUTOMATIC_SUBJECT.match(_header(email, "subject")))


def _reply(email: EmailMessage) -> Reply:
    text, attachments = said_in(email)
    sender = next((a for _, a in getaddresses([_header(email, "from")]) if "@" in a), "")
    return Reply(
        rows=_named(_header(email, name) for name in (*ADDRESSED, "in-reply-to", "references")),
        message_id=_header(email, "message-id").strip(),
        sender=sender.strip().lower(),
        text=text,
        attachments=attachments,
    )


ADDRESSED = ("to", "cc", "delivered-to", "x-original-to", "envelope-to")


def _rows(email: EmailMessage, parts: Sequence[Message]) -> tuple[str, ...]:
    """The rows of the outbox that a bounce or complaint is about, the surest first."""
    addressed = [_header(email, name) for name in ADDRESSED]
    returned = [_header(part, name) for part in parts[1:] for name in ("message-id", "return-path")]
    asked = [_header(email, name) for name in ("in-reply-to", "references")]
    copied = [content_of(part) for part in parts if part.get_content_maintype() == "text"]
    return _named((*addressed, *returned, *asked, *copied))


def _named(texts: Iterable[str]) -> tuple[str, ...]:
    found = (
        match[1].lower()
        for text in texts
        for pattern in (VERP, MESSAGE_ID)
        for match in pattern.finditer(text)
    )
    return tuple(dict.fromkeys(found))
