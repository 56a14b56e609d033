"""Every staff page that shows a patient's data, or lets it out, leaves who, when and what.

One table of all pages: what each writes down, or why it shows nobody's data. A new page that
stands in none of them fails here.
"""

from reporter.clinic import casebook
from reporter.clinic.roles import may
from reporter.clock import stamp
from reporter.records import audit
from reporter.records.db import Row
from tests.conftest import NOW
from tests.web.test_walk import House, house, needed, staff_pages
from tests.web.treatment_desk import SQLITE

__all__ = ["house"]

# What is written down when the page is seen, and what it is about.
SEEN = {
    "escalated.listed": ("escalated.viewed", "escalated"),
    "handover.huddle": ("handover.viewed", "handover"),
    "handover.sheet": ("handover.viewed", "handover"),
    "manager.correct": ("treatment.viewed", "treatment_id"),
    "manager.listed": ("treatments.listed", "treatments"),
    "manager.page": ("treatment.viewed", "treatment_id"),
    "manager.phone": ("treatment.viewed", "treatment_id"),
    "manager.resume": ("treatment.viewed", "treatment_id"),
    "manager.stop": ("treatment.viewed", "treatment_id"),
    "manager.told": ("treatment.viewed", "treatment_id"),
    "manager.zone": ("treatment.viewed", "treatment_id"),
    "nurse.case": ("case.viewed", "case_id"),
    "nurse.poll": ("queue.viewed", "queue"),
    "nurse.printed": ("case.printed", "case_id"),
    "nurse.queue": ("queue.viewed", "queue"),
    "photos.show": ("photo.seen", "photo_id"),
    "search.found": ("case.searched", ""),
    "silent.listed": ("silent.viewed", "silent"),
    "to_read.texts": ("to_read.viewed", "to_read"),
    "unfinished.left": ("unfinished.viewed", "unfinished"),
    # What leaves the product.
    "audit.events_csv": ("audit.exported", "clinic_id"),
    "manager.ledger_csv": ("ledger.exported", "clinic_id"),
    "manager.treatment_ledger": ("ledger.exported", "treatment_id"),
}
# Pages without anybody's data, or of which another test shows the same.
ELSEWHERE = {
    "account.factor": "one's own account",
    "account.factor_off": "one's own account",
    "account.page": "one's own account",
    "account.password": "one's own account",
    "audit.page": "events hold no patient's data",
    "cards.page": "posters are the clinic's",
    "cards.poster": "posters are the clinic's",
    "manager.enrol": "an empty form",
    "manager.import_csv": "an empty form",
    "manager.import_template": "an empty sheet",
    "match.page": "test_match_pages: this case came by its own link",
    "passkeys.new": "one's own account",
    "people.listed": "accounts, no patient",
    "people.one": "accounts, no patient",
    "proof.ask": "one's own account",
    "rules.drafts": "rules, no patient",
    "rules.live": "rules, no patient",
    "rules.one": "rules, no patient",
    "rules.rule": "rules, no patient",
    "rules.text": "rules, no patient",
    "rules.try_out": "rules, no patient",
    "settings.page": "the clinic's settings",
}
# What is done: the form, and what is written down.
DONE = {
    "account.shortcuts": ({"wanted": "off"}, "account.shortcuts"),
    "audit.verify": ({}, "audit.verified"),
    "cards.card": ({}, "card.printed"),
    "cards.new_code": ({"sure": "y"}, "poster.code_made"),
    "manager.revoke": ({}, "links.revoked"),
    "manager.stop": ({"reason": "moved_away"}, "treatment.stopped"),
    "nurse.move": ({"note": "called the pharmacy"}, "case.note"),
    "people.invite": (
        {"name": "Ina Vogt", "email": "ina@staff.test", "role": "nurse"},
        "staff.invited",
    ),
    "rules.begin": ({}, "ruleset."),
    "settings.new_secret": ({}, "clinic.setting"),
    "nurse.read": ({}, "report.read"),
    # The last one: whoever leads needs a second factor from then on.
    "people.factor_needed": ({"whom": "leaders"}, "clinic.setting"),
}


def here(house: House) -> str:
    return house.crew["nurse", False].clinic_id


def unseen(house: House) -> None:
    """As a browser that has seen nothing yet; the form's token stays good."""
    with house.client.session_transaction() as session:
        session.pop("looks", None)


def newest(house: House, since: int) -> list[Row]:
    return house.db.query(
        "select actor, at, verb, subject, details from audit_events where seq > :seq "
        "and clinic_id = :c order by seq",
        seq=since,
        c=here(house),
    )


def role_for(endpoint: str, method: str) -> str:
    roles = ("director", "auditor", "manager", "nurse", "admin")
    return next(role for role in roles if may(role, needed(endpoint, method)))


@SQLITE
def test_every_page_stands_in_one_of_the_tables(house: House) -> None:
    pages = {endpoint for endpoint, method, _ in staff_pages(house.app) if method == "GET"}
    assert pages == set(SEEN) | set(ELSEWHERE), "say here what the page writes down"
    assert not set(SEEN) & set(ELSEWHERE)


def test_whoever_sees_a_patients_data_is_written_down(house: House) -> None:
    clinic_id = here(house)
    rules = {endpoint: rule for endpoint, method, rule in staff_pages(house.app) if method == "GET"}
    for endpoint, (verb, about) in SEEN.items():
        person, rule = house.crew[role_for(endpoint, "GET"), False], rules[endpoint]
        unseen(house)
        since = audit.head(house.db, clinic_id).seq
        if endpoint == "search.found":
            rule += "?find=" + house.db.clinic_key(clinic_id).seal("case search", "maria")
        answer = house.ask("GET", rule, person)
        assert answer.status_code == 200, endpoint
        answer.get_data()
        found = [one for one in newest(house, since) if one["verb"] == verb]
        assert len(found) == 1, f"{endpoint} leaves no {verb}: {newest(house, since)}"
        assert found[0]["actor"] == f"staff:{person.id}" and found[0]["at"] == stamp(NOW), endpoint
        subject = clinic_id if about == "clinic_id" else house.ids.get(about, about)
        assert subject in found[0]["subject"], endpoint
        again = audit.head(house.db, clinic_id).seq
        house.ask("GET", rule, person)
        twice = len(newest(house, again))
        each = verb.endswith(".exported") or verb == "photo.seen"
        assert twice == int(each), "seen again soon is the same look"
    assert audit.verify(house.db, clinic_id) == []


def test_whoever_does_something_is_written_down(house: House) -> None:
    clinic_id = here(house)
    rules = {
        endpoint: rule for endpoint, method, rule in staff_pages(house.app) if method == "POST"
    }
    for endpoint, (typed, verb) in DONE.items():
        person = house.crew[role_for(endpoint, "POST"), False]
        since = audit.head(house.db, clinic_id).seq
        house.ask("GET", "/account", person)
        case = casebook.get(house.db, clinic_id, house.ids["case_id"])
        data = {"csrf_token": house.token, "version": str(case.version), **typed}
        answer = house.client.post(house.address(rules[endpoint]), data=data)
        assert answer.status_code in {200, 303}, f"{endpoint}: {answer.status}"
        found = [one for one in newest(house, since) if one["verb"].startswith(verb)]
        assert found, f"{endpoint} leaves no {verb}: {newest(house, since)}"
        assert all(one["actor"] == f"staff:{person.id}" for one in found), endpoint
    assert audit.verify(house.db, clinic_id) == []
