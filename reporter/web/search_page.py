"""Finding a case at the desk. A search is sealed before it goes into an address: addresses are
logged, names are not. Who searched is an event; for whom is nobody's business later."""

from dataclasses import dataclass

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from reporter.clinic import case_search, queue
from reporter.clinic.case_search import LONGEST, Finds
from reporter.records.seal import Unreadable, token_hash
from reporter.web import clock_words, nurse, queue_page
from reporter.web.at_hand import note_look, store
from reporter.web.log_in import let_in
from reporter.web.queue_page import Line

blueprint = Blueprint("search", __name__, url_prefix="/desk/search")
blueprint.before_request(let_in)
SEARCH = "case search"


@dataclass(frozen=True)
class Hit:
    """One case that was found, and why."""

    line: Line
    is_open: bool
    because: str


@blueprint.post("")
def find() -> ResponseReturnValue:
    text = request.form.get("text", "").replace("\0", "").strip()[:LONGEST]
    if not text:
        return redirect(url_for("nurse.queue"), 303)
    sealed = store().clinic_key(g.clinic.id).seal(SEARCH, text)
    return redirect(url_for("search.found", find=sealed), 303)


@blueprint.get("")
def found() -> ResponseReturnValue:
    sealed = request.args.get("find", "")
    text = _opened(sealed)
    if not text:
        return redirect(url_for("nurse.queue"), 303)
    note_look("case.searched", f"search {token_hash(sealed)[:12]}")
    desk = nurse.desk()
    with store().snapshot():
        finds = case_search.find(store(), g.clinic.id, text)
        hits, shown = _hits(desk, finds), nurse.queue_shown("todo")
    return render_template(
        "nurse/found.html",
        queue=shown,
        case=None,
        text=text,
        hits=hits,
        finds=finds,
        day_words=clock_words.day,
    )


def _hits(desk: queue_page.Desk, finds: Finds) -> list[Hit]:
    rows = queue.opened(store(), desk.clinic.id, tuple(one.case for one in finds.cases))
    return [
        Hit(queue_page.line(desk, row), one.case.is_open, one.because)
        for one, row in zip(finds.cases, rows, strict=True)
    ]


def _opened(sealed: str) -> str:
    try:
        return store().clinic_key(g.clinic.id).open(SEARCH, sealed)
    except Unreadable:
        return ""
