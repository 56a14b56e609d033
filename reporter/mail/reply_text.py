"""The words of an incoming message: what its writer wrote, without the message that was answered.

In doubt a line is kept: what a patient wrote must not be cut away with the quotation. Pure.
"""

import re
from email.message import EmailMessage, Message
from html.parser import HTMLParser

# Lines that begin the copy of the message that was answered, as common programs write them.
QUOTATION = re.compile(
    r"^\s*(-{2,}\s*(original message|forwarded message|mensaje original|mensaje reenviado)\s*-{2,}"
    r"|_{20,}\s*$|(on|el)\b.{4,200}\b(wrote|escribi[oó]):\s*$)",
    re.IGNORECASE,
)
# The same, broken over two lines.
OPENING = re.compile(r"^\s*(on|el)\b.{4,200}$", re.IGNORECASE)
CLOSING = re.compile(r"^.{0,200}\b(wrote|escribi[oó]):\s*$", re.IGNORECASE)
BLOCKS = {"p", "div", "br", "li", "tr", "h1", "h2", "h3", "blockquote"}
UNSEEN = {"style", "script", "head", "title"}


def said_in(email: EmailMessage) -> tuple[str, int]:
    """What the writer wrote, and how many files came with it.

    A message that is nothing but quotation gives all of its text: people answer inside it too.
    """
    whole = content_of(email).strip()
    return _own(whole) or whole, sum(1 for part in email.walk() if _is_file(part))


def content_of(email: Message) -> str:
    """The plain text of a message or part; HTML without its marks where there is no plain text."""
    parts = [part for part in email.walk() if not part.is_multipart() and not _is_file(part)]
    plain = [_text(part) for part in parts if part.get_content_type() == "text/plain"]
    if any(text.strip() for text in plain):
        return "\n".join(plain)
    rich = [_shown(_text(part)) for part in parts if part.get_content_type() == "text/html"]
    return "\n".join(rich) or "\n".join(_text(part) for part in parts)


def _is_file(part: Message) -> bool:
    if part.is_multipart():
        return False
    return part.get_content_disposition() == "attachment" or part.get_content_maintype() in {
        "image",
        "audio",
        "video",
        "application",
    }


def _text(part: Message) -> str:
    """The part's text in whatever charset it claims; what does not fit is shown as it can be."""
    raw = part.get_payload(decode=True)
    if not isinstance(raw, bytes):
        return str(part.get_payload() or "")
    try:
        return raw.decode(part.get_content_charset() or "utf-8")
    except (LookupError, UnicodeDecodeError, ValueError):
        return raw.decode("utf-8", "replace")


def _own(text: str) -> str:
    lines = text.splitlines()
    kept: list[str] = []
    for number, line in enumerate(lines):
        after = lines[number + 1] if number + 1 < len(lines) else ""
        if _begins_quotation(line, after) and any(each.strip() for each in kept):
            kept += _answers_inside(lines[number + 1 :])
            break
        if not line.lstrip().startswith(">"):
            kept.append(line)
    return "\n".join(kept).strip()


def _begins_quotation(line: str, after: str) -> bool:
    if QUOTATION.match(line):
        return True
    return bool(OPENING.match(line) and CLOSING.match(after) and not after.startswith(">"))


def _answers_inside(lines: list[str]) -> list[str]:
    """Lines written between quoted ones: only where quotation is marked can they be told apart."""
    if not any(line.lstrip().startswith(">") for line in lines):
        return []
    return [
        line
        for line in lines
        if line.strip() and not line.lstrip().startswith(">") and not CLOSING.match(line)
    ]


class _Shown(HTMLParser):
    """What a reader of HTML sees, a line for each block."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._unseen += tag in UNSEEN
        if tag in BLOCKS:
            self.text.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in UNSEEN and self._unseen > 0
        if tag in BLOCKS:
            self.text.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.text.append(data)


def _shown(html: str) -> str:
    reader = _Shown()
    reader.feed(html)
    reader.close()
    return re.sub(r"\n\s*\n+", "\n", "".join(reader.text)).strip()
