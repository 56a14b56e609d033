"""What is sealed opens only with its key and as what it was sealed."""

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from reporter.records.seal import Key, Unreadable, Vault, folded, keyed_hash, name_parts, token_hash
from tests.conftest import KEY

VAULT = Vault([KEY])


@given(st.text(st.characters()))
def test_any_text_comes_back_as_it_was(text: str) -> None:
    key = VAULT.key(VAULT.new_key())
    assert key.open("words", key.seal("words", text)) == text


def test_a_lone_surrogate_and_nul_survive() -> None:
    key = VAULT.key(VAULT.new_key())
    assert key.open("words", key.seal("words", "a\0b\ud800")) == "a\0b\ud800"


def test_nothing_of_the_text_shows() -> None:
    key = VAULT.key(VAULT.new_key())
    assert "Maria" not in key.seal("name", "Maria")


def test_another_patients_key_does_not_open_it() -> None:
    sealed = VAULT.key(VAULT.new_key()).seal("name", "Maria")
    with pytest.raises(Unreadable):
        VAULT.key(VAULT.new_key()).open("name", sealed)


def test_a_note_cannot_pass_for_a_name() -> None:
    key = VAULT.key(VAULT.new_key())
    with pytest.raises(Unreadable, match="sealed as note"):
        key.open("name", key.seal("note", "Maria"))


def test_a_destroyed_key_opens_nothing() -> None:
    with pytest.raises(Unreadable, match="destroyed"):
        VAULT.key(None)


def test_rotation_keeps_what_was_sealed_and_needs_the_old_key_until_then() -> None:
    new = Fernet.generate_key().decode()
    wrapped = VAULT.new_key()
    sealed = VAULT.key(wrapped).seal("name", "Maria")
    with pytest.raises(Unreadable, match="REPORTER_KEYS"):
        Vault([new]).key(wrapped)
    both = Vault([new, KEY])
    assert both.key(wrapped).open("name", sealed) == "Maria"
    assert Vault([new]).key(both.rewrap(wrapped)).open("name", sealed) == "Maria"


def test_look_up_hashes_depend_on_key_and_kind() -> None:
    one, other = Key(Fernet.generate_key()), Key(Fernet.generate_key())
    assert one.look_up("name", "maria") == one.look_up("name", "maria")
    assert len({one.look_up("name", "m"), one.look_up("lot", "m"), other.look_up("name", "m")}) == 3


def test_hashes_take_any_text() -> None:
    assert len(token_hash("\ud800")) == 64
    assert len(keyed_hash(b"k", "\ud800")) == 32


@pytest.mark.parametrize(
    ("text", "bare"),
    [("José-Ñuñez", "josenunez"), ("O'Neil", "oneil"), ("ＭＡＲＩＡ", "maria"), ("李 明", "李明")],
)
def test_names_are_compared_without_accents_or_case(text: str, bare: str) -> None:
    assert folded(text) == bare


def test_a_name_is_found_by_the_beginning_of_each_part() -> None:
    parts = set(name_parts("Maria del Mar O'Neil"))
    assert {"ma", "mari", "maria", "mar", "de", "del", "ne", "neil", "o"} <= parts
    assert "m" not in parts
