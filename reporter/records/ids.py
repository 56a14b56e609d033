"""Names of rows: made here and never by the database, so that any machine can make them."""

import secrets
from datetime import datetime

# No vowels and no look-alikes: a reference is read aloud over the telephone and spells nothing.
ALPHABET = "23456789BCDFGHJKMNPQRTVWXYZ"


def new_id(at: datetime) -> str:
    """A UUID of version 7 (RFC 9562): 48 bits of milliseconds, 74 random bits; text of 36 signs."""
    number = (int(at.timestamp() * 1000) & (1 << 48) - 1) << 80
    number |= 7 << 76 | secrets.randbits(12) << 64 | 2 << 62 | secrets.randbits(62)
    digits = f"{number:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def new_reference() -> str:
    """A short reference for people, like K7-42Q: 14 million, unique by the table's index."""
    signs = "".join(secrets.choice(ALPHABET) for _ in range(5))
    return f"{signs[:2]}-{signs[2:]}"


def new_token() -> str:
    """An unguessable capability of 256 bits, 43 URL-safe signs."""
    return secrets.token_urlsafe(32)
