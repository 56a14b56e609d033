"""A patient's phone: follows links and fills in the pages as a browser without scripts does."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from reporter import clock, create_app
from reporter.clinic import links
from reporter.clinic.treatments import Treatment
from reporter.records.db import Database
from reporter.settings import Settings
from reporter.web import visit
from tests.conftest import NOW


@dataclass
class Phone:
    """One phone with its cookies. `answer` is the page that it shows."""

    client: FlaskClient
    answer: TestResponse | None = None

    @property
    def text(self) -> str:
        """What stands on the page, without its markup."""
        assert self.answer is not None
        whole = self.answer.get_data(as_text=True)
        body = whole[whole.index("<body") :] if "<body" in whole else whole
        return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body))).strip()

    @property
    def html(self) -> str:
        assert self.answer is not None
        return self.answer.get_data(as_text=True)

    @property
    def path(self) -> str:
        assert self.answer is not None
        return self.answer.request.path

    @property
    def key(self) -> str:
        """The submission key of the form on this page."""
        return self._hidden("key")

    def _hidden(self, name: str) -> str:
        found = re.search(rf'name="{name}" value="([^"]*)"', self.html)
        return found[1] if found else ""

    def open(self, path: str) -> "Phone":
        self.answer = self.client.get(path, follow_redirects=True)
        return self

    def press(self, button: str = "", path: str = "", **typed: str | list[str]) -> "Phone":
        """Send the page's (last) form; `button` is the answer that was pressed."""
        hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', self.html))
        data: dict[str, str | list[str]] = {**hidden, **typed}
        if button:
            data["answer"] = button
        to = path or re.findall(r'<form method="post" action="([^"]+)"', self.html)[-1]
        self.answer = self.client.post(to, data=data, follow_redirects=True)
        return self

    def none_of_the_flags(self) -> "Phone":
        return self.press(flags="none")

    def report(self, noticed: list[str], *answers: str) -> "Phone":
        """From the link to the check page: "No", these ticks, then one answer a page."""
        self.none_of_the_flags().press(noticed=noticed)
        for answer in answers:
            self.press(answer)
        return self


@dataclass
class Watch:
    """The time that the application sees."""

    at: datetime = NOW


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    shown = Watch()
    monkeypatch.setattr(clock, "now", lambda: shown.at)
    # Time stands still, so every answer would come at the very opening of its link.
    monkeypatch.setattr(visit, "TOO_SOON", timedelta(0))
    return shown


@pytest.fixture
def app(settings: Settings, watch: Watch) -> Iterator[Flask]:
    made = create_app(settings)
    yield made
    made.extensions["reporter"].db.close()


@pytest.fixture
def link(db: Database) -> Callable[[Treatment], str]:
    """The path of a new link to this treatment."""

    def make(treatment: Treatment) -> str:
        with db.transaction():
            return "/r/" + links.make(db, treatment, NOW)

    return make


@pytest.fixture
def phone(
    app: Flask, enrolled: Callable[..., Treatment], link: Callable[[Treatment], str]
) -> Phone:
    """Maria's phone, with her link open."""
    return Phone(app.test_client()).open(link(enrolled()))
