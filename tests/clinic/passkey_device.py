"""A passkey in software: what a phone or a security key answers, honestly or not."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40
P256 = ec.SECP256R1()


def b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class Device:
    """Holds one key for one name. `counts` says whether it counts what it signs."""

    origin: str = "http://localhost"
    rp_id: str = "localhost"
    knows_owner: bool = True
    counts: bool = True
    count: int = 0
    credential: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(P256))

    def create(self, challenge: str) -> str:
        """The answer to `navigator.credentials.create`, as JSON."""
        numbers = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: _bytes(numbers.x), -3: _bytes(numbers.y)}
        held = bytes(16) + len(self.credential).to_bytes(2, "big") + self.credential
        data = self._data(ATTESTED) + held + cbor2.dumps(public)
        attested = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(
            clientDataJSON=b64(self._client("webauthn.create", challenge)),
            attestationObject=b64(attested),
        )

    def sign(self, challenge: str) -> str:
        """The answer to `navigator.credentials.get`, as JSON."""
        data, client = self._data(), self._client("webauthn.get", challenge)
        signed = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._answer(
            clientDataJSON=b64(client), authenticatorData=b64(data), signature=b64(signed)
        )

    def _data(self, more: int = 0) -> bytes:
        self.count += self.counts
        flags = PRESENT | more | (VERIFIED if self.knows_owner else 0)
        where = hashlib.sha256(self.rp_id.encode()).digest()
        return where + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": b64(challenge.encode()), "origin": self.origin}
        return json.dumps(said).encode()

    def _answer(self, **response: Any) -> str:
        name = b64(self.credential)
        return json.dumps(
            {
                "id": name,
                "rawId": name,
                "type": "public-key",
                "response": response,
                "clientExtensionResults": {},
            }
        )


def _bytes(number: int) -> bytes:
    return number.to_bytes(32, "big")
