"""Which page asks for what. A staff page that stands nowhere here is refused to everybody."""

from collections.abc import Mapping

from flask import current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from reporter.clinic.roles import (
    ADMIN,
    AUDITOR,
    DIRECTOR,
    MANAGER,
    NURSE,
    PRACTITIONER,
    May,
    may,
    only,
)
from reporter.records.audit import record
from reporter.records.db import Database

# To look. HEAD asks what GET asks.
GET: Mapping[str, May] = {
    "account.factor": May.OWN_ACCOUNT,
    "account.factor_off": May.OWN_ACCOUNT,
    "account.page": May.OWN_ACCOUNT,
    "account.password": May.OWN_ACCOUNT,
    "audit.events_csv": May.SEE_AUDIT,
    "audit.page": May.SEE_AUDIT,
    "cards.page": May.SEE_TREATMENTS,
    "cards.poster": May.SEE_TREATMENTS,
    "escalated.listed": May.SEE_CASES,
    "handover.huddle": May.SEE_CASES,
    "handover.sheet": May.SEE_CASES,
    "manager.correct": May.ENROL,
    "manager.enrol": May.ENROL,
    "manager.import_csv": May.ENROL,
    "manager.import_template": May.ENROL,
    "manager.ledger_csv": May.EXPORT,
    "manager.listed": May.SEE_TREATMENTS,
    "manager.page": May.SEE_TREATMENTS,
    "manager.phone": May.ENROL,
    "manager.resume": May.ENROL,
    "manager.stop": May.ENROL,
    "manager.told": May.SEE_TREATMENTS,
    "manager.treatment_ledger": May.EXPORT,
    "manager.zone": May.ENROL,
    "match.page": May.SEE_CASES,
    "nurse.case": May.SEE_CASES,
    "nurse.poll": May.SEE_CASES,
    "nurse.printed": May.SEE_CASES,
    "nurse.queue": May.SEE_CASES,
    "passkeys.new": May.OWN_ACCOUNT,
    "people.listed": May.MANAGE_PEOPLE,
    "people.one": May.MANAGE_PEOPLE,
    "photos.show": May.SEE_CASES,
    "proof.ask": May.OWN_ACCOUNT,
    "rules.drafts": May.SEE_RULES,
    "rules.live": May.SEE_RULES,
    "rules.one": May.SEE_RULES,
    "rules.rule": May.SEE_RULES,
    "rules.text": May.SEE_RULES,
    "rules.try_out": May.SEE_RULES,
    "search.found": May.SEE_CASES,
    "settings.page": May.SEE_SETTINGS,
    "silent.listed": May.SEE_CASES,
    "to_read.texts": May.SEE_CASES,
    "unfinished.left": May.SEE_CASES,
}
# To do.
POST: Mapping[str, May] = {
    "account.codes": May.OWN_ACCOUNT,
    "account.end_others": May.OWN_ACCOUNT,
    "account.end_session": May.OWN_ACCOUNT,
    "account.factor": May.OWN_ACCOUNT,
    "account.factor_off": May.OWN_ACCOUNT,
    "account.password": May.OWN_ACCOUNT,
    "account.shortcuts": May.OWN_ACCOUNT,
    "audit.verify": May.SEE_AUDIT,
    "cards.card": May.ENROL,
    "cards.new_code": May.ENROL,
    "manager.correct": May.ENROL,
    "manager.drop_phone": May.ENROL,
    "manager.enrol": May.ENROL,
    "manager.find": May.SEE_TREATMENTS,
    "manager.import_csv": May.ENROL,
    "manager.import_keep": May.ENROL,
    "manager.keep_phone": May.ENROL,
    "manager.phone": May.ENROL,
    "manager.resume": May.ENROL,
    "manager.revoke": May.ENROL,
    "manager.stop": May.ENROL,
    "manager.zone": May.ENROL,
    "match.choose": May.WORK_CASES,
    "match.find": May.SEE_CASES,
    "match.unknown": May.WORK_CASES,
    "nurse.keep_draft": May.WORK_CASES,
    "nurse.move": May.WORK_CASES,
    "nurse.read": May.WORK_CASES,
    "nurse.throw_away": May.WORK_CASES,
    "passkeys.new": May.OWN_ACCOUNT,
    "passkeys.remove": May.OWN_ACCOUNT,
    "people.change": May.MANAGE_PEOPLE,
    "people.factor_needed": May.MANAGE_PEOPLE,
    "people.invite": May.MANAGE_PEOPLE,
    "proof.ask": May.OWN_ACCOUNT,
    "proof.by_passkey": May.OWN_ACCOUNT,
    "rules.begin": May.CHANGE_RULES,
    "rules.rule": May.CHANGE_RULES,
    "rules.sign": May.CHANGE_RULES,
    "rules.step": May.CHANGE_RULES,
    "rules.text": May.CHANGE_RULES,
    "rules.try_out": May.SEE_RULES,
    "search.find": May.SEE_CASES,
    "settings.look": May.CHANGE_SETTINGS,
    "settings.new_secret": May.CHANGE_SETTINGS,
    "settings.save": May.CHANGE_SETTINGS,
    "settings.test_on_call": May.CHANGE_SETTINGS,
    "silent.tried": May.WORK_CASES,
    "to_read.make_case": May.WORK_CASES,
    "to_read.nothing_to_do": May.WORK_CASES,
    "unfinished.make_case": May.WORK_CASES,
    "unfinished.seen": May.WORK_CASES,
}
# Asked once more who they are: what leaves the product, who decides, who gets in. With a verb,
# only that verb of the page.
PROVED = frozenset(
    {
        "GET account.factor",
        "GET account.factor_off",
        "GET audit.events_csv",
        "GET manager.ledger_csv",
        "GET passkeys.new",
        "POST passkeys.new",
        "POST passkeys.remove",
        "GET manager.treatment_ledger",
        "POST account.codes",
        "POST account.factor",
        "POST account.factor_off",
        "POST people.change",
        "POST people.factor_needed",
        "POST people.invite",
        "POST rules.step approve",
        "POST rules.step back",
        "POST rules.step propose",
        "POST settings.new_secret",
        "POST settings.save",
    }
)
# Where somebody goes who needs a second factor and has none yet.
TO_ENROL = frozenset({"account.factor", "account.page", "passkeys.new", "proof.ask"})
# Asked by a page by itself, without a person: such a request keeps no session alive. A page's
# script may also send the header.
POLLS = frozenset({"manager.keep_phone", "nurse.keep_draft", "nurse.poll"})
POLL_HEADER = "X-Reporter-Poll"
# The first page of each role: what is theirs to do.
HOMES: Mapping[str, str] = {
    NURSE: "nurse.queue",
    PRACTITIONER: "escalated.listed",
    DIRECTOR: "nurse.queue",
    MANAGER: "manager.listed",
    AUDITOR: "audit.page",
    ADMIN: "people.listed",
}


def is_poll() -> bool:
    return request.endpoint in POLLS or request.headers.get(POLL_HEADER) == "1"


def turned_back(db: Database) -> ResponseReturnValue | None:
    """What whoever is logged in gets in the place of this page, or None when it is theirs."""
    endpoint = request.endpoint or ""
    if g.session.must_enrol and endpoint not in TO_ENROL:
        return redirect(url_for("account.factor"), 303)
    needed = _needed(endpoint)
    if needed is None or not may(g.staff.role, needed):
        return _refused(db, endpoint, needed)
    if _wants_proof(endpoint) and not g.session.is_proved(g.now):
        return _asked_again()
    return None


def _needed(endpoint: str) -> May | None:
    return (GET if request.method in {"GET", "HEAD"} else POST).get(endpoint)


def _wants_proof(endpoint: str) -> bool:
    way = "GET" if request.method == "HEAD" else request.method
    verb = (request.view_args or {}).get("verb", "")
    return bool({f"{way} {endpoint}", f"{way} {endpoint} {verb}"} & PROVED)


def _refused(db: Database, endpoint: str, needed: May | None) -> ResponseReturnValue:
    with db.transaction():
        asked = {"role": g.staff.role, "asked": needed.value if needed else None}
        record(db, g.clinic.id, g.staff.actor, "access.refused", endpoint, g.now, **asked)
    sentence = only(needed) if needed else "Nobody may open this page."
    return render_template("people/not_yours.html", sentence=sentence), 403


def _asked_again() -> ResponseReturnValue:
    """First who they are; what they had typed comes along, so that nothing is lost."""
    from reporter.web import proof

    if request.method in {"GET", "HEAD"}:
        return redirect(url_for("proof.ask", next=request.full_path.rstrip("?")), 303)
    return proof.ask_for(request.path, request.form)


def opens(endpoint: str) -> bool:
    """Whether whoever is logged in may look at this page: for the links to it."""
    person, needed = g.get("staff"), GET.get(endpoint)
    return person is not None and needed is not None and may(person.role, needed)


def does(endpoint: str) -> bool:
    """Whether whoever is logged in may press this page's button."""
    person, needed = g.get("staff"), POST.get(endpoint)
    return person is not None and needed is not None and may(person.role, needed)


def home(role: str) -> str:
    """The first page of somebody with this role."""
    return url_for(HOMES.get(role, "account.page"))


def after_log_in(role: str, path: str) -> str:
    """The page that was asked for before the log-in, if this role may look at it, else its first:
    the log-in page may have been opened by somebody else."""
    try:
        endpoint, _ = current_app.url_map.bind("").match(path.partition("?")[0], method="GET")
    except (HTTPException, RequestRedirect):
        return home(role)
    needed = GET.get(endpoint)
    return path if path and needed and may(role, needed) else home(role)
