"""Passwords: how long, not which signs; never a common one; stored as Argon2id only."""

import re
import secrets
from base64 import b64encode

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from reporter.records.seal import folded

SHORTEST, LONGEST = 10, 200
# Argon2id with the parameters of RFC 9106's low-memory choice: 64 MiB a log-in, about 0.3 s.
STRONG = PasswordHasher()
# The start of most long passwords in published leaks; judgement, not a list of all of them.
COMMON = frozenset(
    re.findall(
        r"\w+",
        "password passwort contraseña letmein welcome qwerty qwertz qwertyuiop asdfghjkl azerty "
        "iloveyou superman sunshine princess football baseball administrator changeme default "
        "secret trustno1 monkey dragon master reporter clinic hospital doctor nurse botox epec",
    )
)
GUESSED = "Too many people would guess that one. Take a few words that only you would put together."


def _hash_of_nothing(hasher: PasswordHasher) -> str:
    """As costly to verify as a real one, but drawn at random: no start waits for a hashing."""
    salt, digest = (
        b64encode(secrets.token_bytes(length)).decode().rstrip("=")
        for length in (hasher.salt_len, hasher.hash_len)
    )
    cost = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v=19${cost}${salt}${digest}"


class _Hasher:
    """The hasher in use, and a hash that no password opens, made as costly as a real one."""

    def __init__(self, hasher: PasswordHasher) -> None:
        self.change(hasher)

    def change(self, hasher: PasswordHasher) -> None:
        """Hash with other parameters from now on; stored hashes keep theirs until their log-in."""
        self.hasher, self.nobody = hasher, _hash_of_nothing(hasher)


_in_use = _Hasher(STRONG)
use_hasher = _in_use.change


def hashed(password: str) -> str:
    return _in_use.hasher.hash(password)


def matches(kept: str, password: str) -> bool:
    """Whether this is the password. Nothing kept costs as much as something kept."""
    typed = password[: LONGEST + 1].encode("utf-8", "surrogatepass")
    try:
        return _in_use.hasher.verify(kept or _in_use.nobody, typed)
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(kept: str) -> bool:
    """Whether it was hashed with other parameters than those in use."""
    return _in_use.hasher.check_needs_rehash(kept)


def fault(password: str, *about: str) -> str:
    """One sentence why it cannot be a password of somebody with these names, or nothing."""
    if not SHORTEST <= len(password) <= LONGEST:
        return f"A password has {SHORTEST} to {LONGEST} characters."
    try:
        password.encode()
    except UnicodeEncodeError:
        return "There is a sign in it that cannot be kept. Type it again."
    plain = folded(password)
    own = {folded(part) for text in about for part in re.split(r"[\s@]", text)}
    left = plain.strip("0123456789")
    if left in COMMON | own or len(set(plain)) < 4 or plain in "01234567890123456789":
        return GUESSED
    return ""
