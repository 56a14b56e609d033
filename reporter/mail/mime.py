"""The bytes of one message: headers, plain text and HTML, in seven bits and short lines.

The standard library's EmailMessage writes the same in ten times as long, and it would do so while
a report waits for its transaction. What is written here is read back by that library in the tests.
Sources: RFC 5322 (lines), RFC 2045 to 2047 (parts and encoded words).
"""

import binascii
from collections.abc import Iterable
from email.header import Header
from email.utils import formataddr

LONGEST_LINE = 78


def write(headers: Iterable[tuple[str, str]], text: str, html: str, mark: str) -> bytes:
    """The whole message. `mark` is unique to it; the values of headers hold no line breaks."""
    boundary = f"=_{mark}"  # no quoted-printable text holds "=_"
    lines = [
        *(_header(name, value) for name, value in headers),
        "MIME-Version: 1.0",
        f'Content-Type: multipart/alternative; boundary="{boundary}"',
        "",
    ]
    for kind, content in (("plain", text), ("html", html)):
        lines += [f"--{boundary}", *_part(kind, content)]
    return "\r\n".join([*lines, f"--{boundary}--", ""]).encode("ascii")


def _part(kind: str, content: str) -> list[str]:
    plain = "\r\n".join(content.splitlines()).encode("utf-8", "replace") + b"\r\n"
    return [
        f'Content-Type: text/{kind}; charset="utf-8"',
        "Content-Transfer-Encoding: quoted-printable",
        "",
        binascii.b2a_qp(plain, istext=True).decode("ascii"),
    ]


def _header(name: str, value: str) -> str:
    whole = len(name) + 2 + len(value) <= LONGEST_LINE or " " not in value  # nowhere to fold
    if value.isascii() and whole:
        return f"{name}: {value}"
    charset = "us-ascii" if value.isascii() else "utf-8"
    folded = Header(value, charset, LONGEST_LINE, header_name=name, errors="replace")
    return f"{name}: " + folded.encode(linesep="\r\n")


def mailbox(name: str, address: str) -> str:
    """`Epec Clinic nurses <nurses@epec.test>`, the name as encoded words where it needs them."""
    if name.isascii():
        return formataddr((name, address))
    return Header(name, "utf-8", LONGEST_LINE).encode(linesep="\r\n") + f" <{address}>"
