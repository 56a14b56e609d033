"""How every page of a patient is drawn: frame, clinic, footer; and who may see answers."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import g, redirect, request
from flask.globals import request_ctx
from flask.typing import ResponseReturnValue

from reporter.web import language, promised, translated, unlock, visit
from reporter.web.sending import at_hand

View = Callable[..., ResponseReturnValue]


def ours(view: View) -> View:
    """Only for the device that was given this key, or was told the date of birth: others begin
    their own report.

    What such a device has sent is not kept, and its page says so.
    """

    @wraps(view)
    def guarded(key: str, **values: Any) -> ResponseReturnValue:
        if not unlock.may_see(g.visit, key):
            if request.method == "POST":
                raise visit.NoCookie
            return redirect(url("first"), 303)
        return view(key=key, **values)

    return guarded


def url(view: str, **values: Any) -> str:
    """The address of a patient's page under this visit's link, as `url_for` makes it."""
    adapter = request_ctx.url_adapter
    assert adapter is not None  # noqa: S101 - a visit is a request
    values["slug"] = g.visit.slug
    return adapter.build(f"patient.{view}", values, force_external=False)


def page(name: str, title: str, status: int = 200, **shown: Any) -> ResponseReturnValue:
    """One page of templates/patient, with what its frame needs."""
    here = g.visit
    times = promised.closing if here.open_now else promised.opening
    frame = {
        "title": title,
        "clinic": here.clinic,
        "visit": here,
        "url": url,
        "questions": at_hand().questions,
        "es": here.language == "es",
        "large": language.text_size() == "large",
        "open_now": here.open_now,
        "until": times(here.clinic, here.now, here.language),
        "path": request.path,
    }
    return translated.draw(f"patient/{name}.html", here.language, {**frame, **shown}), status
