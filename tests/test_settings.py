"""Settings refuse nonsense with one line that says the mend."""

import pytest

from reporter.settings import SettingsError, from_env
from tests.conftest import KEY

GOOD = {"REPORTER_KEYS": KEY}


def test_defaults_need_only_a_key() -> None:
    settings = from_env(GOOD)
    assert settings.keys == (KEY,)
    assert settings.database_url == "sqlite:///reporter.db"
    assert not settings.secure


@pytest.mark.parametrize(
    ("given", "mend"),
    [
        ({"REPORTER_KEYS": ""}, "reporter keys new"),
        ({"REPORTER_KEYS": "short"}, "Key 1"),
        ({"REPORTER_KEYS": f"{KEY},x"}, "Key 2"),
        ({"REPORTER_WORKERS": "two"}, "whole number"),
        ({"REPORTER_WORKERS": "0"}, "1 to 64"),
        ({"REPORTER_DEMO": "maybe"}, "must be 1 or 0"),
        ({"REPORTER_DATABASE_URL": "mysql://x"}, "sqlite:///"),
        ({"REPORTER_BASE_URL": "epec.test"}, "https://"),
        ({"REPORTER_SMTP_URL": "mail.epec.test"}, "smtp://"),
        ({"REPORTER_DEMO": "1", "REPORTER_SMTP_URL": "smtp://mail.epec.test"}, "refuses"),
    ],
)
def test_nonsense_is_refused_with_its_mend(given: dict[str, str], mend: str) -> None:
    with pytest.raises(SettingsError, match=mend):
        from_env({**GOOD, **given})


def test_demo_mode_may_use_a_local_server() -> None:
    settings = from_env(
        {**GOOD, "REPORTER_DEMO": "1", "REPORTER_SMTP_URL": "smtp://127.0.0.1:2525"}
    )
    assert settings.demo
