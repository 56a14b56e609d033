"""How every page of a patient is drawn: frame, clinic, footer; and who may see answers."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from reporter.clinic import hours
from reporter.web import language, promised, unlock, visit
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
    """The address of a patient's page under this visit's link."""
    return url_for(f"patient.{view}", slug=g.visit.slug, **values)


def page(name: str, title: str, status: int = 200, **shown: Any) -> ResponseReturnValue:
    """One page of templates/patient, with what its frame needs."""
    here = g.visit
    open_now = hours.is_open(here.clinic.hours, here.now)
    times = promised.closing if open_now else promised.opening
    drawn = render_template(
        f"patient/{name}.html",
        title=title,
        clinic=here.clinic,
        visit=here,
        url=url,
        questions=at_hand().questions,
        es=here.language == "es",
        large=language.text_size() == "large",
        open_now=open_now,
        until=times(here.clinic, here.now, here.language),
        path=request.path,
        **shown,
    )
    return drawn, status
