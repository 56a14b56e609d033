"""The rules at the desk: read by everybody, changed by two clinicians, without any script."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from reporter.clinic import ruleset_book, ruleset_drafts, rulesets
from reporter.clinic.clinics import Clinic
from reporter.clinic.staff import Staff
from reporter.clinic.treatments import Treatment
from reporter.records.db import Database
from reporter.rules.knowledge import Knowledge
from reporter.settings import Settings
from reporter.web import rules_steps
from tests.clinic.ruleset_desk import Office
from tests.conftest import NOW, report
from tests.web.desk import Browser, Ward, desk_of, running, text_of

DRAFTS = "/desk/rules/drafts"


@pytest.fixture
def app(settings: Settings, dana: Staff, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    with running(settings, monkeypatch) as app:
        yield app


@pytest.fixture
def office(db: Database, clinic: Clinic) -> Office:
    return Office(db, clinic.id)


@pytest.fixture
def ann(hire: Callable[..., Staff]) -> Staff:
    return hire("Ann Lin", role="practitioner")


@pytest.fixture
def bob(hire: Callable[..., Staff]) -> Staff:
    return hire("Bob Kern", role="director")


@pytest.fixture
def ward(
    db: Database, knowledge: Knowledge, clinic: Clinic, enrolled: Callable[..., Treatment]
) -> Ward:
    return Ward(db, knowledge, clinic, enrolled)


def at(path: str, number: int, page: str = "") -> str:
    return f"{path}/{number}{page}"


def send(browser: Browser, path: str, **typed: object) -> tuple[int, str]:
    answer = browser.client.post(path, data=typed)
    return answer.status_code, text_of(answer.get_data(as_text=True))


def test_strangers_are_sent_to_log_in(app: Flask) -> None:
    for path in ("/desk/rules", DRAFTS, f"{DRAFTS}/1", f"{DRAFTS}/1/text", f"{DRAFTS}/1/try"):
        assert "/log-in" in app.test_client().get(path).headers["Location"]
    assert app.test_client().post(DRAFTS).status_code == 401


def test_every_rule_is_read_in_plain_sentences(
    app: Flask, dana: Staff, knowledge: Knowledge
) -> None:
    page = desk_of(app, dana).page("/desk/rules")
    text = text_of(page)
    assert f"No clinician has signed {len(knowledge.rules)} of {len(knowledge.rules)} rules" in text
    assert knowledge.ruleset in text and "Set 1" in text
    for rule in knowledge.rules:
        assert f'id="rule-{rule.id}"' in page, rule.id
    assert "Fires on: Droopy eyelid on both sides." in text
    assert "FDA boxed warning" in text
    assert "Does not fire: Cough, mild, day 5: Call-back" in text
    assert (
        page.index("badge emergency") < page.index("badge urgent") < page.index("badge call-back")
    )


def test_the_banner_stays_until_the_set_is_signed(
    app: Flask, dana: Staff, ann: Staff, bob: Staff, office: Office, knowledge: Knowledge
) -> None:
    browser, n = desk_of(app, ann), len(knowledge.rules)
    assert f"No clinician has signed {n} of {n} rules yet" in text_of(browser.page("/treatments"))
    draft = office.draft(ann)
    path = at(DRAFTS, draft.number)
    status, text = send(browser, f"{path}/sign", version=draft.version)
    assert status == 422 and "tick the box" in text
    assert send(browser, f"{path}/test", version=draft.version)[0] == 303
    tested = office.now(draft)
    assert send(browser, f"{path}/propose", version=tested.version)[0] == 303
    page = text_of(desk_of(app, dana).page("/treatments"))
    assert "Rule set 2 waits for a second clinician" in page
    assert f"No clinician has signed {n} of {n} rules yet" in page
    # A signature is no change: it is given to what waits, and to the live set, as it stands.
    proposed = office.now(draft)
    assert send(browser, f"{path}/sign", version=proposed.version, read="y")[0] == 303
    assert office.now(draft) == proposed
    page = text_of(desk_of(app, dana).page("/treatments"))
    assert "signed" not in page and "waits" in page
    assert send(desk_of(app, bob), f"{path}/approve", version=proposed.version)[0] == 303
    live = text_of(browser.page("/desk/rules"))
    assert f"A clinician has signed all {n} rules" in live
    assert "Signed by Ann Lin, Nov 24, 2026" in live


def test_nurses_read_but_do_not_change(app: Flask, dana: Staff, ann: Staff, office: Office) -> None:
    draft = office.draft(ann)
    browser, path = desk_of(app, dana), at(DRAFTS, draft.number)
    assert "<form" not in browser.page(path).split("<main", 1)[1]
    assert "Begin a draft" not in browser.page(DRAFTS)
    status, text = send(browser, DRAFTS)
    assert status == 403 and "Only a practitioner or the director" in text
    for verb in ("test", "propose", "withdraw"):
        status, text = send(browser, f"{path}/{verb}", version=draft.version)
        assert status == 403 and "Only a practitioner or the director" in text
    for page, typed in (("text", {"rules": "x"}), ("rule/drooling", {"level": "emergency"})):
        status, text = send(browser, f"{path}/{page}", version=draft.version, **typed)
        assert status == 403
    assert office.now(draft) == draft


def test_a_rule_is_changed_by_its_form_tested_and_shown(
    app: Flask, ann: Staff, bob: Staff, ward: Ward, office: Office
) -> None:
    ward.case(report("hoarse_voice"))
    browser = desk_of(app, ann)
    answer = browser.client.post(DRAFTS)
    path = answer.headers["Location"]
    form = browser.page(f"{path}/rule/hoarse_voice")
    assert 'value="urgent"' in form
    typed = {"level": "call_back", "version": 1}
    assert send(browser, f"{path}/rule/hoarse_voice", **typed)[0] == 303
    page = text_of(browser.page(path))
    assert "Level: urgent before, call-back now." in page and "lower" in page
    assert "Nobody has back-tested this text yet" in page
    assert send(browser, f"{path}/test", version=2)[0] == 303
    page = text_of(browser.page(path))
    assert "1 stored reports" in page and "1 lowered" in page and "Report of" in page
    assert "hoarse_voice" in page and "Level: urgent before" in page
    status, text = send(browser, f"{path}/propose", version=3, reason=" ")
    assert status == 422 and "This lowers 1 stored reports. Write why" in text
    assert send(browser, f"{path}/propose", version=3, reason="Seen <b>here</b>")[0] == 303
    assert "Seen &lt;b&gt;here" in browser.page(path)
    status, text = send(browser, f"{path}/approve", version=4)
    assert status == 422 and "Another clinician must approve it: Bob Kern" in text
    assert send(desk_of(app, bob), f"{path}/approve", version=4)[0] == 303
    assert office.live().number == 2


def test_thresholds_and_signature_by_the_form(app: Flask, ann: Staff, office: Office) -> None:
    draft = office.draft(ann)
    browser, path = desk_of(app, ann), f"{at(DRAFTS, draft.number)}/rule/no_effect"
    typed = {"level": "call_back", "day_from": "21", "sign": "y", "version": draft.version}
    assert send(browser, path, **typed)[0] == 303
    rule = {one.id: one for one in rulesets.of(office.db, office.now(draft)).rules}["no_effect"]
    assert rule.when.day_from == 21
    assert "Signed by Ann Lin, Nov 24, 2026" in text_of(browser.page(path))
    typed = {"level": "call_back", "day_from": "28", "version": draft.version + 1}
    assert send(browser, path, **typed)[0] == 303
    rule = {one.id: one for one in rulesets.of(office.db, office.now(draft)).rules}["no_effect"]
    assert rule.when.day_from == 28
    assert "Not signed by a clinician" in text_of(browser.page(path))
    page = text_of(browser.page(at(DRAFTS, draft.number)))
    assert "1 case does not hold" in page


def test_a_wrong_text_is_told_and_kept_in_the_form(app: Flask, ann: Staff, office: Office) -> None:
    draft = office.draft(ann)
    browser, path = desk_of(app, ann), f"{at(DRAFTS, draft.number)}/text"
    files = ruleset_book.files(office.db, office.clinic_id, draft.number)
    wrong = files["rules.toml"].replace('"trouble_breathing"', '"truble_breathing"', 1)
    typed = {"rules": wrong, "cases": files["rules.cases.toml"], "version": draft.version}
    answer = browser.client.post(path, data=typed)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert (
        "has an unknown id" in page and "trouble_breathing" in page and "truble_breathing" in page
    )
    right = {name: text.replace("\n", "\r\n") for name, text in files.items()}
    typed = {"rules": right["rules.toml"], "cases": right["rules.cases.toml"]}
    assert send(browser, path, version=draft.version, **typed)[0] == 303
    assert office.now(draft).digest == draft.digest  # a browser's line ends change nothing
    status, text = send(browser, path, version=draft.version, **typed)
    assert status == 409 and "after you opened it" in text


def test_a_draft_with_other_check_in_days_shows_which_check_ins_move(
    app: Flask, ann: Staff, office: Office, enrolled: Callable[..., Treatment]
) -> None:
    enrolled(given_on=NOW.date())
    draft = office.draft(ann)
    text = ruleset_book.files(office.db, office.clinic_id, draft.number)["checkins.toml"]
    browser, path = desk_of(app, ann), at(DRAFTS, draft.number)
    assert "not sent yet" not in browser.page(path)
    later = text.replace('day = 3\nhour = "10:30"', 'day = 3\nhour = "11:00"')
    ruleset_drafts.edit(office.db, draft, {"checkins.toml": later}, office.step(draft, ann))
    page = text_of(browser.page(path))
    assert "1 check-in or reminder that is not sent yet would move." in page
    assert "Day 3: Fri 10:30 am → Fri 11:00 am" in page


def test_a_made_up_report_is_tried_and_not_kept(
    app: Flask, ann: Staff, office: Office, db: Database
) -> None:
    draft = office.with_level("hoarse_voice", "emergency", ann)
    browser, path = desk_of(app, ann), f"{at(DRAFTS, draft.number)}/try"
    assert "Nothing of it is kept" in browser.page(path)
    typed = {"symptom_1": "hoarse_voice", "severity_1": "mild", "day": "4", "areas": "glabella"}
    status, text = send(browser, path, **typed)
    assert status == 200
    assert "Emergency with set 2" in text and "With the live set: ◆ Urgent" in text
    assert "Hoarse or weak voice, mild" in text
    assert send(browser, path, day="-3")[0] == 422
    assert not db.query("select id from reports")


def test_the_way_back_and_a_clinic_too_large_for_a_page(
    app: Flask,
    ann: Staff,
    bob: Staff,
    office: Office,
    ward: Ward,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    draft = office.with_level("drooling", "emergency", ann)
    office.approve(office.proposed(draft, ann), bob)
    browser = desk_of(app, bob)
    first = ruleset_book.get(office.db, office.clinic_id, 1)
    status, text = send(browser, f"{DRAFTS}/1/back", version=first.version, reason="")
    assert status == 422 and "Write why" in text
    assert send(browser, f"{DRAFTS}/1/back", version=first.version, reason="Too many")[0] == 303
    assert office.live().number == 1
    ward.case(report("hives"))
    monkeypatch.setattr(rules_steps, "MOST_HERE", 0)
    other = office.draft(ann)
    status, text = send(browser, f"{at(DRAFTS, other.number)}/test", version=other.version)
    assert status == 422 and "reporter rules backtest --set 3 --as bob@staff.test" in text


def test_a_number_of_no_set_is_not_found(app: Flask, ann: Staff) -> None:
    browser = desk_of(app, ann)
    for path in (f"{DRAFTS}/9", f"{DRAFTS}/9/text", f"{DRAFTS}/1/rule/nothing"):
        assert browser.get(path).status_code == 404
    assert browser.client.post(f"{DRAFTS}/1/nonsense").status_code in {404, 405}


def test_an_upgrade_is_announced_on_every_staff_page(
    app: Flask, dana: Staff, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.live()
    shipped = dict(rulesets.shipped_files())
    rules = shipped["rules.toml"].replace('because = "', 'because = "New: ', 1)
    monkeypatch.setattr(rulesets, "shipped_files", lambda: {**shipped, "rules.toml": rules})
    rulesets.arrive(office.db, office.clinic_id, NOW)
    browser = desk_of(app, dana)
    assert "New rules came with an upgrade. The old ones stay live" in text_of(
        browser.page("/desk/rules")
    )
    page = text_of(browser.page(f"{DRAFTS}/2"))
    assert "These rules come with the upgrade" in page and "1 rule differs" in page


def test_the_case_page_says_what_matched_and_what_would_change_it(
    app: Flask, dana: Staff, ward: Ward
) -> None:
    case = ward.case(report("hoarse_voice"))
    page = text_of(desk_of(app, dana).page(f"/desk/case/{case.id}"))
    assert "hoarse_voice : Hoarse or weak voice" in page
    assert "One level up (emergency) if the hoarse or weak voice gets worse." in page
    assert "One level down" in page or "Two levels down" in page


def test_a_rule_is_signed_by_itself_on_the_page_of_the_rules(
    app: Flask, dana: Staff, ann: Staff, office: Office, knowledge: Knowledge
) -> None:
    nurse, browser, n = desk_of(app, dana), desk_of(app, ann), len(knowledge.rules)
    live = office.live()
    assert "rules/sign/" not in nurse.page("/desk/rules")
    status, text = send(nurse, "/desk/rules/sign/drooling", version=live.version)
    assert status == 403 and "Only a practitioner or the director" in text
    assert 'action="/desk/rules/sign/drooling"' in browser.page("/desk/rules")
    answer = browser.client.post("/desk/rules/sign/drooling", data={"version": live.version})
    assert answer.headers["Location"].endswith("/desk/rules#rule-drooling")
    page = browser.page("/desk/rules")
    assert "You have signed the rule drooling" in page
    assert 'action="/desk/rules/sign/drooling"' not in page
    assert f"No clinician has signed {n - 1} of {n} rules yet" in text_of(page)
    status, text = send(browser, "/desk/rules/sign/speech", version=live.version + 3)
    assert status == 409 and "after you opened it" in text


def test_a_rule_is_switched_off_with_its_reason_by_the_form(
    app: Flask, ann: Staff, bob: Staff, office: Office
) -> None:
    draft = office.draft(ann)
    browser, path = desk_of(app, ann), at(DRAFTS, draft.number)
    typed = {"level": "call_back", "day_from": "14", "off": "y", "version": draft.version}
    status, text = send(browser, f"{path}/rule/no_effect", **typed)
    assert status == 422 and "Write why this rule is switched off" in text
    why = 'Seen at the "visit" <b>'
    assert send(browser, f"{path}/rule/no_effect", **typed, off_because=why)[0] == 303
    page = text_of(browser.page(path))
    assert "Switched off:" in page and "no_effect (switched off)" in page
    assert "lower" in page and "cases do not hold" not in page
    assert "checked" in browser.page(f"{path}/rule/no_effect")
    tested = office.tested(office.now(draft), ann)
    status, text = send(browser, f"{path}/propose", version=tested.version)
    assert status == 422 and "1 rule asks less than before" in text
    office.approve(office.proposed(office.now(draft), ann, "Seen there"), bob)
    live = text_of(browser.page("/desk/rules"))
    assert "Switched off here: 1" in live and "Why it is off: Seen at the &#34;visit&#34;" in live


def test_domain_counts_and_lots_by_the_form(app: Flask, ann: Staff, office: Office) -> None:
    draft = office.draft(ann)
    browser, path = desk_of(app, ann), f"{at(DRAFTS, draft.number)}/rule"
    form = browser.page(f"{path}/counterfeit_lot")
    assert "C3709C3" in form and "At least this many" not in form
    typed = {"level": "call_back", "lots": "C3709C3\r\n C9999X1 \r\n\r\nC3709C3"}
    assert send(browser, f"{path}/counterfeit_lot", **typed, version=draft.version)[0] == 303
    draft = office.now(draft)
    rules = {one.id: one for one in rulesets.of(office.db, draft).rules}
    assert rules["counterfeit_lot"].when.lots == ("C3709C3", "C9999X1")
    assert "two_domains" in rules
    form = browser.page(f"{path}/two_domains")
    assert "At least this many of them" in form and "Lots" not in form
    level = rules["two_domains"].level.id
    for wrong in ("0", "99", "x"):
        typed = {"level": level, "domains_at_least": wrong, "version": str(draft.version)}
        assert send(browser, f"{path}/two_domains", **typed)[0] == 422
    typed = {"level": level, "domains_at_least": "3", "version": str(draft.version)}
    assert send(browser, f"{path}/two_domains", **typed)[0] == 303
    rules = {one.id: one for one in rulesets.of(office.db, office.now(draft)).rules}
    assert rules["two_domains"].when.domains_at_least == 3
    page = text_of(browser.page(at(DRAFTS, draft.number)))
    assert "t least 3 of" in page and "lower" in page


def test_both_sides_of_a_conflict_are_read_and_one_is_chosen(
    app: Flask, ann: Staff, bob: Staff, office: Office
) -> None:
    draft = office.with_level("hoarse_voice", "emergency", ann)
    other = office.draft(ann)
    other = ruleset_drafts.change_rule(
        office.db, other, "hoarse_voice", {"when.day_from": 1}, office.step(other, ann)
    )
    office.approve(office.proposed(other, ann, "Local evidence"), bob)
    browser, path = desk_of(app, ann), at(DRAFTS, draft.number)
    page = text_of(browser.page(path))
    assert "Set 3 is live now, and this was not begun from it" in page
    assert send(browser, f"{path}/catch_up", version=draft.version)[0] == 303
    page = text_of(browser.page(path))
    assert "Changed on both sides: choose for 1" in page and "Rule hoarse_voice" in page
    assert "Keep ours" in page and "Take it from set 3" in page
    version = office.now(draft).version
    typed = {"entry": "rule hoarse_voice", "version": version}
    assert send(browser, f"{path}/choose", **typed, side="neither")[0] == 422
    assert send(browser, f"{path}/choose", **typed, side="theirs")[0] == 303
    page = text_of(browser.page(path))
    assert "Changed on both sides" not in page and "0 rules differ" in page
    assert "rule hoarse_voice: took it from set 3" in page


def test_the_made_up_report_shows_what_the_patient_would_read(
    app: Flask, ann: Staff, office: Office
) -> None:
    office.live()
    browser = desk_of(app, ann)
    typed = {"symptom_1": "trouble_swallowing", "day": "5"}
    _, text = send(browser, f"{DRAFTS}/1/try", **typed)
    assert "What the patient would read" in text and "911" in text


def test_made_up_words_lots_days_and_eyes_are_tried_too(
    app: Flask, ann: Staff, office: Office
) -> None:
    office.live()
    browser, path = desk_of(app, ann), f"{DRAFTS}/1/try"
    _, text = send(browser, path, words="my throat is closing <b>")
    assert "Emergency with set 1" in text and "Own words: “throat is closing”" in text
    assert "closing [" in text and "&lt;b&gt;" in text
    _, text = send(browser, path, lot="c3709-c3")
    assert "counterfeit_lot" in text
    droop = {"symptom_1": "eyelid_droop", "onset_1": "4", "day": "6"}
    _, text = send(browser, path, **droop, eye_1="fine")
    assert "Call-back with set 1" in text and "began on day 4" in text
    _, text = send(browser, path, **droop, eye_1="sight")
    assert "Urgent with set 1" in text


def test_from_a_rule_to_its_form_in_a_new_draft(app: Flask, ann: Staff, office: Office) -> None:
    browser = desk_of(app, ann)
    assert "Change it in a new draft" in browser.page("/desk/rules")
    answer = browser.client.post(DRAFTS, data={"rule": "drooling"})
    assert answer.headers["Location"].endswith("/drafts/2/rule/drooling")
    assert "Rule <code>drooling</code>" in browser.page(answer.headers["Location"])
    odd = browser.client.post(DRAFTS, data={"rule": "../x"})
    assert odd.headers["Location"].endswith("/drafts/3")


def test_what_was_decided_before_explanations_were_kept_is_marked(
    app: Flask, dana: Staff, ward: Ward, db: Database
) -> None:
    case = ward.case(report("hoarse_voice"))
    browser, path = desk_of(app, dana), f"/desk/case/{case.id}"
    kept = text_of(browser.page(path))
    assert "Decided by rule set" in kept and "No explanation was kept" not in kept
    db.run("update reports set explanation = null")
    later = text_of(browser.page(path))
    assert "No explanation was kept then: this one is worked out by the rules of now." in later
    assert "One level up (emergency) if the hoarse or weak voice gets worse." in later


def test_the_case_page_shows_what_was_kept_and_not_what_holds_now(
    app: Flask, dana: Staff, ward: Ward, db: Database
) -> None:
    case = ward.case(report("hoarse_voice"))
    text = '{"fired":[["hoarse_voice",["As told then"],[]]],"changes":["As explained then."]}'
    db.run("update reports set explanation = :t", t=text)
    page = text_of(desk_of(app, dana).page(f"/desk/case/{case.id}"))
    assert "As explained then." in page and "hoarse_voice : As told then" in page
    assert "One level up" not in page


def test_staff_pages_speak_by_the_live_set(
    app: Flask, dana: Staff, ann: Staff, bob: Staff, ward: Ward, office: Office
) -> None:
    case = ward.case(report("hoarse_voice"))
    files = ruleset_book.files(office.db, office.clinic_id, office.live().number)
    text = files["symptoms.toml"].replace('"a hoarse or weak voice"', '"a croaky voice"')
    assert text != files["symptoms.toml"]
    draft = office.draft(ann)
    step = office.step(draft, ann)
    draft = ruleset_drafts.edit(office.db, draft, {"symptoms.toml": text}, step)
    office.approve(office.proposed(draft, ann), bob)
    browser = desk_of(app, dana)
    for path in ("/desk", f"/desk/case/{case.id}"):
        assert "Croaky voice" in browser.page(path), path


def test_a_live_set_that_cannot_be_read_is_said_and_the_desk_still_works(
    app: Flask, dana: Staff, ann: Staff, bob: Staff, ward: Ward, office: Office
) -> None:
    case = ward.case(report("hoarse_voice"))
    office.approve(office.proposed(office.with_level("drooling", "emergency", ann), ann), bob)
    office.db.run("update rulesets set files = replace(files, 'emergency', 'emergncy')")
    rulesets._ready.clear()
    browser = desk_of(app, dana)
    for path in ("/desk", f"/desk/case/{case.id}", "/treatments"):
        assert "cannot read rule set 2" in text_of(browser.page(path)), path
