"""What a browser answers for a passkey, checked by py_webauthn. The only room that knows it.

The library is asked for inside the functions: it takes a quarter of a second to load, and most
work needs none of it.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from reporter.clinic.staff import Staff

if TYPE_CHECKING:
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

T = TypeVar("T")
LONGEST = 20_000


class NoAnswer(Exception):
    """It is no answer to this challenge by this key at this site."""


@dataclass(frozen=True)
class Site:
    """Where people open the product: passkeys are made for this name and work nowhere else."""

    name: str
    origin: str

    @property
    def can(self) -> bool:
        """Browsers make them for a name over TLS, or on this very machine; never for a number."""
        try:
            ip_address(self.name)
        except ValueError:
            return self.origin.startswith("https://") or self.name == "localhost"
        return False


@dataclass(frozen=True)
class Made:
    """The public half of a new passkey."""

    credential_id: str
    public_key: str
    sign_count: int


def site_of(base_url: str) -> Site:
    """From the configured address, never from the Host of some request."""
    url = urlsplit(base_url)
    return Site(url.hostname or "", f"{url.scheme}://{url.netloc}".lower())


def to_make(
    site: Site, person: Staff, clinic_name: str, challenge: str, have: Sequence[str]
) -> str:
    """What the browser is asked for a new one, as JSON; none on a device that holds one."""
    import webauthn
    from webauthn.helpers import structs

    return webauthn.options_to_json(
        webauthn.generate_registration_options(
            rp_id=site.name,
            rp_name=clinic_name,
            user_id=person.id.encode(),
            user_name=person.email,
            user_display_name=person.name,
            challenge=challenge.encode(),
            authenticator_selection=structs.AuthenticatorSelectionCriteria(
                resident_key=structs.ResidentKeyRequirement.PREFERRED,
                user_verification=structs.UserVerificationRequirement.PREFERRED,
            ),
            exclude_credentials=_described(have),
        )
    )


def to_sign(site: Site, challenge: str, have: Sequence[str]) -> str:
    """What the browser is asked to sign with one of these, or with any where none is named.

    Written here, since the log-in page asks for it and should not wait for the library.
    """
    asked: dict[str, Any] = {
        "challenge": urlsafe_b64encode(challenge.encode()).rstrip(b"=").decode(),
        "rpId": site.name,
        "timeout": 60_000,
        "userVerification": "preferred" if have else "required",
    }
    if have:
        asked["allowCredentials"] = [{"type": "public-key", "id": one} for one in have]
    return json.dumps(asked)


def _described(have: Sequence[str]) -> "list[PublicKeyCredentialDescriptor]":
    from webauthn.helpers import base64url_to_bytes, structs

    return [structs.PublicKeyCredentialDescriptor(base64url_to_bytes(one)) for one in have]


def made(site: Site, challenge: str, answer: str) -> Made:
    """Raise NoAnswer."""
    import webauthn
    from webauthn.helpers import bytes_to_base64url

    found = _checked(
        lambda: webauthn.verify_registration_response(
            credential=parsed(answer),
            expected_challenge=challenge.encode(),
            expected_rp_id=site.name,
            expected_origin=site.origin,
        )
    )
    key = bytes_to_base64url(found.credential_public_key)
    return Made(bytes_to_base64url(found.credential_id), key, int(found.sign_count))


def signed(site: Site, challenge: str, answer: str, public_key: str, *, alone: bool) -> int:
    """The counter that the key signed. Raise NoAnswer.

    Alone it must show that the device knew its owner (by finger, face or PIN), else it is only
    something that one has.
    """
    import webauthn
    from webauthn.helpers import base64url_to_bytes

    found = _checked(
        lambda: webauthn.verify_authentication_response(
            credential=parsed(answer),
            expected_challenge=challenge.encode(),
            expected_rp_id=site.name,
            expected_origin=site.origin,
            credential_public_key=base64url_to_bytes(public_key),
            # Compared where it is stored: here the library could not say which fault it was.
            credential_current_sign_count=0,
            require_user_verification=alone,
        )
    )
    return int(found.new_sign_count)


def parsed(answer: str) -> dict[str, Any]:
    """What the browser sent, if it can be an answer at all. Raise NoAnswer."""
    try:
        said = json.loads(answer) if len(answer) <= LONGEST else None
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or not isinstance(said.get("id"), str):
        raise NoAnswer
    return said


def _checked(check: Callable[[], T]) -> T:
    """Whatever else a stranger's bytes make the library raise is no answer either."""
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        return check()
    except (WebAuthnException, ValueError, LookupError, TypeError, AttributeError) as trouble:
        raise NoAnswer from trouble
