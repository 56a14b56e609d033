"""Pages for when things go wrong: one clear sentence, what to do, the phone; never a traceback."""

import logging
import traceback

from flask import Flask, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, gettext
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from reporter.clinic import posters
from reporter.clinic.clinics import Clinic
from reporter.clinic.intake import WrongKey
from reporter.clinic.links import LinkEnded
from reporter.clinic.posters import PosterEnded
from reporter.records.db import StorageError
from reporter.web import language, log_in, visit
from reporter.web.brand import brand
from reporter.web.visit import NoCookie

log = logging.getLogger(__name__)

TELL_NOBODY = {"csrf_token"}
MOST_KEPT = 60_000  # letters that an error page carries along, so that nothing typed is lost


def add_to(app: Flask) -> None:
    app.register_error_handler(StorageError, store_is_down)
    app.register_error_handler(LinkEnded, link_ended)
    app.register_error_handler(PosterEnded, link_ended)
    app.register_error_handler(NoCookie, no_cookie)
    app.register_error_handler(CSRFError, page_too_old)
    app.register_error_handler(WrongKey, page_too_old)
    app.register_error_handler(HTTPException, plain_error)
    app.register_error_handler(Exception, our_fault)


def show(
    name: str, status: int, clinic: Clinic | None = None, keep: bool = True, code: str = ""
) -> ResponseReturnValue:
    """One page of templates/errors, in the reader's language, with the phone where it is known."""
    clinic = clinic or g.get("clinic") or visit.remembered(None)
    if "language" not in g or request.args.get("lang"):
        g.language = language.asked() or language.choose()
    g.brand = brand(clinic.colour) if clinic else brand("#0b4f6c")
    page = render_template(
        f"errors/{name}.html",
        clinic=clinic,
        kept=_kept() if keep else [],
        typed=_typed_by_staff() if keep else [],
        code=code,
        other=_other_language,
        large=language.text_size() == "large",
    )
    return page, status


def _other_language(text: str) -> str:
    """The same sentence in the other language: who is not known may read either."""
    with force_locale("es" if g.language == "en" else "en"):
        return str(gettext(text))


def _of_patient() -> bool:
    return request.blueprint in {None, "patient"}


def _kept() -> list[tuple[str, str]]:
    """What was typed on a patient's page, to be sent again from the error page."""
    if request.method != "POST" or request.blueprint != "patient":
        return []
    kept = [(name, text) for name, text in request.form.items(multi=True)]
    if sum(len(name) + len(text) for name, text in kept) > MOST_KEPT:
        return []
    return [(name, text) for name, text in kept if name not in TELL_NOBODY]


def _typed_by_staff() -> list[tuple[str, str]]:
    """What was typed on a staff page, to be copied from the error page: nobody writes it twice."""
    return [] if request.method != "POST" or _of_patient() else log_in.typed()


def store_is_down(trouble: StorageError) -> ResponseReturnValue:
    log.error("The store refused a request: %s", type(trouble).__name__)
    return show(_lost("down"), 503)


def our_fault(trouble: Exception) -> ResponseReturnValue:
    """Anything unforeseen. What failed is logged by its kind and place, without what was said."""
    # The trace without the error's own text, which may quote what somebody wrote.
    place = "".join(traceback.format_tb(trouble.__traceback__))
    log.error("A page failed: %s\n%s", type(trouble).__name__, place)
    return show(_lost("down"), 500)


def _lost(otherwise: str) -> str:
    """The page for what was sent and not kept, if something was sent."""
    if request.method != "POST":
        return otherwise
    return "not_sent" if _of_patient() else "not_saved"


def link_ended(ended: LinkEnded | PosterEnded) -> ResponseReturnValue:
    """Ended or revoked; never a link at all, or mistyped; a poster's code: each with another way
    to report. A token of 256 bits that was never given out tells nothing of anybody."""
    clinic = visit.clinic_of_ended(ended)
    code = posters.code(visit.store(), clinic.id) if clinic else ""
    if isinstance(ended, PosterEnded):
        name = "poster_ended"
    else:
        name = "link_ended" if ended.clinic_id else "link_unknown"
    return show(_lost(name), 410, clinic, code=code)


def no_cookie(_: NoCookie) -> ResponseReturnValue:
    return show(_lost("open_again"), 403)


def page_too_old(_: Exception) -> ResponseReturnValue:
    if request.blueprint != "patient":
        return show("again", 400)
    return show("send_again", 400)


def plain_error(error: HTTPException) -> ResponseReturnValue:
    """An answer that the framework gives, in our words; redirects and the like pass."""
    status = error.code or 500
    if status < 400:
        return error.get_response()
    if status == 413 and request.endpoint == "patient.add_photo":
        return redirect(f"{request.path}?large=1", 303)  # it was not even read
    if status == 413:
        return show("too_long", status, keep=False)  # it was not even read
    if status == 404 and (page := log_in.no_such_page()):
        return page, status
    if status == 404 and not _of_patient():
        return show("not_found", status)
    return show(_lost("down" if status >= 500 else "not_found"), status)
