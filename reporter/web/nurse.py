"""The nurse's desk: who to call first, by when and why, and what came of it."""

import re
from collections.abc import Callable

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from reporter.clinic.casebook import NotThere
from reporter.web import alarms, live, queue_page
from reporter.web.at_hand import known, store
from reporter.web.log_in import let_in
from reporter.web.queue_page import PAGES, TABS, Desk

blueprint = Blueprint("nurse", __name__, url_prefix="/desk")
blueprint.before_request(let_in)
blueprint.add_url_rule("/poll", "poll", live.poll)
blueprint.app_context_processor(alarms.words)


@blueprint.app_context_processor
def clock() -> dict[str, Callable[[], str]]:
    """For templates: the clinic's time of day."""
    return {"clock_now": live.clock_now}


@blueprint.before_request
def _only_plain_ids() -> None:
    """PostgreSQL takes no text with a zero byte in it; no id of ours holds anything but these."""
    if not all(re.fullmatch(r"[\w-]+", part) for part in (request.view_args or {}).values()):
        raise NotThere


@blueprint.errorhandler(NotThere)
def not_there(_: NotThere) -> ResponseReturnValue:
    return render_template("nurse/not_there.html"), 404


@blueprint.get("")
def queue() -> str:
    here = desk()
    with store().snapshot():
        shown = queue_beside(here)
        first = queue_page.first(store(), here, shown)
    return render_template("nurse/queue.html", queue=shown, case=None, first=first)


def desk() -> Desk:
    """Who looks, where and when."""
    return Desk(known(), g.clinic, g.staff, g.now)


def queue_beside(desk: Desk) -> queue_page.Page:
    """The tab of the queue that the address names, also beside an open case."""
    here = request.args.get("tab", "todo")
    here = here if here in TABS and here not in PAGES else "todo"
    return queue_page.page(store(), desk, here, live.shown())


def queue_shown(here: str) -> queue_page.Page:
    """The queue beside a page that shows something else."""
    return queue_page.page(store(), desk(), here, live.shown())
