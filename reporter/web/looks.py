"""Which pages show patients' data, and what is written down when somebody has looked at one.

One table for all of them: a page that stands neither here nor among those that note it themselves
fails `tests/web/test_audited.py`.
"""

from collections.abc import Mapping

from flask import Flask, Response, g, request

from reporter.web.at_hand import note_look

# The event, and what it is about: an argument of the address, or the list itself.
LOOKS: Mapping[str, tuple[str, str]] = {
    "manager.correct": ("treatment.viewed", "treatment_id"),
    "manager.listed": ("treatments.listed", ""),
    "manager.phone": ("treatment.viewed", "treatment_id"),
    "manager.resume": ("treatment.viewed", "treatment_id"),
    "manager.stop": ("treatment.viewed", "treatment_id"),
    "manager.told": ("treatment.viewed", "treatment_id"),
    "manager.zone": ("treatment.viewed", "treatment_id"),
    "match.find": ("treatments.searched", "case_id"),
    "nurse.poll": ("queue.viewed", ""),
    "nurse.queue": ("queue.viewed", ""),
    "to_read.texts": ("to_read.viewed", ""),
    "unfinished.left": ("unfinished.viewed", ""),
}
# Answers in which something is seen: the page, and the page with what is wrong on it.
SHOWN = frozenset({200, 409, 422})


def add_to(app: Flask) -> None:
    @app.after_request
    def note(answer: Response) -> Response:
        """After the page is made and before it is sent: without the event nobody sees it."""
        found = LOOKS.get(request.endpoint or "")
        if found and "staff" in g and request.method != "HEAD" and answer.status_code in SHOWN:
            verb, about = found
            subject = (request.view_args or {}).get(about, verb.partition(".")[0])
            note_look(verb, str(subject))
        return answer
