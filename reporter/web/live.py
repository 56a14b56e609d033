"""The queue kept up to date in an open page: asked every 15 seconds, answered with what is new.

Nothing is written, and nobody's session lives longer by it.
"""

from flask import Response, g, make_response, render_template, request
from flask.typing import ResponseReturnValue

from reporter.clinic import casebook, queue
from reporter.clinic.hours import local
from reporter.web import alarms, clock_words, queue_page, watching
from reporter.web.at_hand import known, store
from reporter.web.queue_page import LINES, MOST_LINES, TABS, Desk


def revision_now() -> str:
    """What a page holds and a poll brings back: another one means that something else is shown."""
    return stamped(queue.revision(store(), g.clinic.id, g.now))


def stamped(revision: str) -> str:
    """With what stands still in the house: that bar too appears in pages that stay open."""
    return f"{revision}.{len(watching.troubles())}"


def poll() -> ResponseReturnValue:
    """204 when nothing changed since the revision that the page holds, else the queue anew."""
    revision = revision_now()
    if request.args.get("seen", "") == revision:
        return told(make_response("", 204))
    rules = known()  # asked before the snapshot: the first to ask may write that they are live
    with store().snapshot():
        desk = Desk(rules, g.clinic, g.staff, g.now)
        page = None if shows_no_queue() else queue_page.page(store(), desk, _tab(), shown())
        drawn = render_template(
            "nurse/live.html",
            queue=page,
            revision=revision,
            case=None,
            first=queue_page.first(store(), desk, page) if page else None,
            alarms=alarms.now(),
            on_wall=request.args.get("tab") == "wall",
            escalated="" if page else queue.escalated_now(store(), desk.clinic.id),
            version=_version_of(request.args.get("case", "")),
        )
    return told(make_response(drawn))


def shows_no_queue() -> bool:
    """Pages that only want to hear of emergencies; the screen on the wall hears no name."""
    return request.args.get("tab") in ("none", "wall")


def told(answer: Response) -> Response:
    """The clinic's time of day, for "Not updating since", and who is logged in by now."""
    answer.headers["X-Desk-Clock"] = clock_now()
    answer.headers["X-Desk-Who"] = g.staff.id
    return answer


def clock_now() -> str:
    return clock_words.clock(local(g.clinic.hours.zone, g.now))


def _tab() -> str:
    here = request.args.get("tab", "")
    return here if here in TABS else "todo"


def shown() -> int:
    """How many lines: more with each press of "Show more", of which the address tells."""
    return min(max(request.args.get("shown", LINES, int), LINES), MOST_LINES)


def _version_of(case_id: str) -> int:
    """How far the case that stands open beside the queue has been moved; 0 for none."""
    if not case_id.replace("-", "").isalnum():
        return 0
    try:
        return casebook.get(store(), g.clinic.id, case_id).version
    except casebook.NotThere:
        return 0
