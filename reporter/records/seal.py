"""Personal data, sealed with a key of that patient, which the master keys wrap.

Destroying the patient's wrapped key makes everything sealed with it unreadable for ever.
"""

import binascii
import hashlib
import hmac
import json
import re
import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

# No JSON begins so. Rows of several pages cost each time that any column of theirs is written.
PACKED, LARGE = "\0z", 2000
KEPT_OPEN = 256


class Unreadable(Exception):
    """The sealed text cannot be opened: its key was destroyed, or it is something else."""


class Vault:
    """The master keys: the first one wraps, all of them open."""

    def __init__(self, master_keys: Sequence[str]) -> None:
        self._master = MultiFernet([Fernet(key) for key in master_keys])
        # One page opens the same person's key several times. Whoever could read these here could
        # read the master keys beside them.
        self._opened = lru_cache(maxsize=KEPT_OPEN)(self._key)

    def new_key(self) -> str:
        """A fresh key, wrapped, as it is stored."""
        return self.wrap(Fernet.generate_key())

    def wrap(self, key: bytes) -> str:
        return self._master.encrypt(key).decode()

    def rewrap(self, wrapped: str) -> str:
        """The same key under the first master key, for `reporter keys rotate`."""
        return self._master.rotate(wrapped.encode()).decode()

    def unwrap(self, wrapped: str | None) -> bytes:
        """The key itself. Raise Unreadable for an erased patient or an unknown master key."""
        if not wrapped:
            raise Unreadable("This person's key was destroyed.")
        try:
            return self._master.decrypt(wrapped.encode())
        except InvalidToken:
            raise Unreadable(
                "No key in REPORTER_KEYS opens this. Put the older key back, after the new one."
            ) from None

    def key(self, wrapped: str | None) -> "Key":
        """As `unwrap`, open for use."""
        return self._opened(wrapped)

    def _key(self, wrapped: str | None) -> "Key":
        return Key(self.unwrap(wrapped))


class Key:
    """One patient's (or one clinic's) key, open for use."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._box = Fernet(raw)
        self._purposes: dict[str, bytes] = {}

    def seal(self, field: str, text: str) -> str:
        """Seal `text` so that it opens as `field` only: two columns cannot be swapped."""
        return self.seal_bytes(field, text.encode("utf-8", "surrogatepass"))

    def seal_bytes(self, field: str, data: bytes) -> str:
        """The same for what is no text, like a photo."""
        return self._box.encrypt(f"{field}\0".encode() + data).decode()

    def open(self, field: str, sealed: str | None) -> str:
        """What was sealed as `field`. Raise Unreadable when it is not that."""
        return self.open_bytes(field, sealed).decode("utf-8", "surrogatepass")

    def open_bytes(self, field: str, sealed: str | None) -> bytes:
        """The same for what is no text."""
        if not sealed:
            raise Unreadable("Nothing is stored here.")
        try:
            name, _, data = self._box.decrypt(sealed.encode()).partition(b"\0")
        except InvalidToken:
            raise Unreadable("This was sealed with another key.") from None
        if name.decode() != field:
            raise Unreadable(f"This was sealed as {name.decode()}, not as {field}.")
        return data

    def seal_data(self, field: str, data: Any) -> str:
        """Data as JSON; what is large, like a whole e-mail, is made small first."""
        text = json.dumps(data, ensure_ascii=True, separators=(",", ":"))
        if len(text) >= LARGE:
            packed = zlib.compress(text.encode("ascii"), 1)
            text = PACKED + binascii.b2a_base64(packed, newline=False).decode("ascii")
        return self.seal(field, text)

    def open_data(self, field: str, sealed: str | None) -> Any:
        text = self.open(field, sealed)
        if text.startswith(PACKED):
            text = zlib.decompress(binascii.a2b_base64(text.removeprefix(PACKED))).decode("ascii")
        return json.loads(text)

    def purpose(self, name: str) -> bytes:
        """A 32-byte key for one purpose (HKDF, RFC 5869), so that no key serves two ends."""
        if name not in self._purposes:
            info = b"reporter:" + name.encode()
            kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=info)
            self._purposes[name] = kdf.derive(self._raw)
        return self._purposes[name]

    def look_up(self, kind: str, value: str) -> str:
        """The keyed hash by which a sealed value is found: 128 bits as hex."""
        return keyed_hash(self.purpose(f"look-up {kind}"), value)


def keyed_hash(key: bytes, value: str) -> str:
    """A look-up hash: equal for equal values under one key, 128 bits as hex."""
    return hmac.new(key, value.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:32]


def token_hash(token: str) -> str:
    """How a 256-bit random token is stored: it needs no key, since it cannot be guessed."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def folded(text: str) -> str:
    """Letters and digits only, without accents or case: how names are compared."""
    parts = unicodedata.normalize("NFKD", text).casefold()
    return "".join(sign for sign in parts if sign.isalnum())


def name_parts(name: str) -> Iterator[str]:
    """The beginnings (2 signs and longer) of each part of a name, so that 'mar' finds Maria."""
    for word in {folded(word) for word in re.split(r"[\s\-']+", name)} - {""}:
        yield from (word[:length] for length in range(2, len(word) + 1))
        if len(word) == 1:
            yield word
