"""The patient's phone for all tests of the pages."""

from tests.web.phone import app, link, phone, watch

__all__ = ["app", "link", "phone", "watch"]
