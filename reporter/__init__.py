"""Reporter: patients tell the clinic how they are; nurses see who to call first, and by when."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from reporter.settings import Settings


def create_app(settings: Settings | None = None) -> Flask:
    """The web application. Raise KnowledgeError or SettingsError rather than start half sound."""
    from reporter.web import application

    return application.create(settings)
