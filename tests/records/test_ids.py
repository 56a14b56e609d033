"""Names of rows are unique, sort by time, and can be read aloud."""

from datetime import timedelta
from uuid import UUID

from reporter.records.ids import ALPHABET, new_id, new_reference, new_token
from tests.conftest import NOW


def test_an_id_is_a_uuid_of_version_7() -> None:
    name = UUID(new_id(NOW))
    assert name.version == 7
    assert name.variant == "specified in RFC 4122"


def test_ids_sort_by_time_and_do_not_repeat() -> None:
    early, late = new_id(NOW), new_id(NOW + timedelta(milliseconds=1))
    assert early < late
    assert len({new_id(NOW) for _ in range(1000)}) == 1000


def test_a_reference_is_five_signs_that_nobody_mistakes() -> None:
    for _ in range(200):
        reference = new_reference()
        assert len(reference) == 6
        assert reference[2] == "-"
        assert set(reference) - {"-"} <= set(ALPHABET)
    assert not set("01OILSUAE") & set(ALPHABET)


def test_a_token_has_256_bits() -> None:
    assert len(new_token()) == 43
    assert new_token() != new_token()
