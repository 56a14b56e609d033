"""What each kind of event says in plain words, after the name of who did it. Pure."""

import json
import re
from collections.abc import Mapping
from string import Formatter

# Behind the stroke stands what is said where the event holds it.
WORDS: Mapping[str, str] = {
    "access.refused": "was refused a page that is not theirs | they asked to {asked}",
    "account.shortcuts": "changed their keyboard shortcuts | {on}",
    "audit.exported": "took these events away as a file | up to event {until}",
    "audit.verified": "checked that no event was altered | {events} events, {breaks} faults",
    "backup.restored": "put a backup back | {erased_again} people erased again",
    "card.printed": "printed the aftercare card",
    "case.absent": "gave the case back to the queue, its owner is away",
    "case.acknowledge": "acknowledged the escalation",
    "case.call": "wrote down a call",
    "case.claim": "took the case",
    "case.close": "closed the case | {state}",
    "case.confirm_close": "confirmed the close as the second person",
    "case.draft_gone": "saved or threw away what was kept while typing",
    "case.draft_kept": "began to type on the case, not saved yet",
    "case.escalate": "asked a practitioner to decide",
    "case.follow_up": "set a follow-up",
    "case.keep_open": "kept the case open in place of confirming its close",
    "case.lower_level": "lowered the level of the case",
    "case.match": "matched a poster report to a treatment",
    "case.note": "wrote a note on the case",
    "case.open": "opened a case",
    "case.overdue": "found the case late and told those whose turn it is",
    "case.page_failed": "wrote an e-mail, since a page to on-call was not accepted",
    "case.printed": "printed the case",
    "case.raise_level": "raised the level of the case",
    "case.release": "gave the case back to the queue",
    "case.remark": "added something to the case on the result page",
    "case.reopen": "opened the case again",
    "case.report_again": "took a new report into the case",
    "case.return": "decided on the escalation and gave the case back",
    "case.searched": "searched for a patient",
    "case.told_to_call": "asked on the telephone whether the emergency number was called",
    "case.unknown_person": "marked the case as an unknown person's",
    "case.viewed": "looked at the case",
    "checkin_mail.agreed": "noted that the patient agrees to check-in e-mails | {channel}",
    "checkin_mail.declined": "noted that the patient wants no check-in e-mails | {channel}",
    "checkin_mail.resumed": "started the check-in e-mails again | {channel}",
    "checkin_mail.stopped": "stopped the check-in e-mails | {channel}",
    "checkins.replanned": "planned the check-ins anew",
    "clinic.created": "made the clinic",
    "clinic.setting": "changed a setting | {setting}: from “{before}” to “{after}”",
    "clock.believed": "looked at the clock and believes it",
    "draft.saved": "answered a page of the form",
    "draft.unfinished": "took up answers that were left unsent",
    "escalated.viewed": "looked at the escalated cases",
    "handover.viewed": "looked at the hand-over sheet or the board",
    "ledger.exported": "took the list of check-ins away as a file | {rows} rows",
    "links.revoked": "ended links to the form | {ended} ended",
    "log_in": "logged in | {way}",
    "log_in.code_refused": "was not let in, the code was wrong",
    "log_in.passkey_refused": "was not let in, the passkey did not fit",
    "log_in.password": "gave the right password and was asked for a code",
    "log_in.refused": "was not let in by password",
    "log_out": "logged out",
    "mail.bounced": "learnt that an e-mail came back | {kind}",
    "mail.from_unknown": "took in an e-mail from an unknown address as a report",
    "on_call.tested": "tried the line to on-call | {said}",
    "outbox.retried": "sent messages again that had been set aside | {messages} messages",
    "passkey.added": "added a passkey",
    "passkey.copied": "was refused, the passkey may have been copied",
    "passkey.removed": "removed a passkey",
    "patient.erased": "erased the patient for ever",
    "patient.moved_zone": "changed the patient's time zone | {zone}",
    "photo.added": "added a photo to the form",
    "photo.removed": "took a photo back before sending",
    "photo.seen": "opened a photo",
    "poster.arrived": "began a report from the poster, nobody knows yet from whom",
    "poster.code_made": "made a new code for the poster",
    "poster.matched": "matched a poster report to a treatment",
    "poster.told": "said who they are on the poster's form",
    "poster.unknown_person": "marked a poster report as an unknown person's",
    "poster.viewed": "looked for the treatment of a poster report",
    "proof.given": "showed once more who they are | {way}",
    "proof.refused": "could not show once more who they are",
    "queue.viewed": "looked at the queue",
    "recovery_code.used": "used a recovery code in place of a code",
    "recovery_codes.made": "made new recovery codes",
    "report.draft_gone": "sent or emptied what was kept of a telephone report",
    "report.draft_kept": "began a telephone report, not sent yet",
    "report.made_case": "made a case of words to read",
    "report.read": "read the patient's own words",
    "report.reading_late": "told staff of words that nobody has read in time | {texts} to read",
    "report.received": "brought a report | {level}",
    "rule.signed": "signed a rule",
    "ruleset.approve": "approved a rule set, it is live now",
    "ruleset.choose": "chose between two versions of a rule",
    "ruleset.draft": "began a draft of rules",
    "ruleset.edit": "changed a draft of rules",
    "ruleset.go_back": "made an earlier rule set live again",
    "ruleset.live": "made a rule set live",
    "ruleset.merge": "merged the live rules into a draft",
    "ruleset.propose": "proposed a rule set",
    "ruleset.retire": "retired a rule set",
    "ruleset.take_back": "took a proposed rule set back",
    "ruleset.test": "tried a rule set on past reports",
    "ruleset.withdraw": "withdrew a rule set",
    "second_factor.off": "switched the second factor off",
    "second_factor.on": "switched their second factor on",
    "session.all_ended": "ended all sessions, but one's own where it is one's own account",
    "session.ended": "ended one of their sessions",
    "silent.tried": "tried to reach a silent patient | {result}",
    "silent.viewed": "looked at the silent patients",
    "staff.added": "added an account | {role}",
    "staff.disabled": "closed an account",
    "staff.enabled": "opened an account again",
    "staff.invited": "invited a colleague by e-mail",
    "staff.password": "set a password",
    "staff.role": "changed a role | from {before} to {after}",
    "to_read.viewed": "looked at the words to read",
    "treatment.corrected": "corrected a treatment",
    "treatment.enrolled": "enrolled a treatment",
    "treatment.stopped": "ended the follow-up | {reason}",
    "treatment.viewed": "looked at the treatment",
    "treatments.listed": "looked at the list of treatments",
    "treatments.searched": "searched the treatments",
    "unfinished.viewed": "looked at the unfinished reports",
    "unlock.opened": "gave the right date of birth",
    "unlock.refused": "gave a wrong date of birth, or too often",
}
# How single values of an event are said.
VALUES: Mapping[str, Mapping[str, str]] = {
    "channel": {
        "enrolment": "when they were enrolled",
        "desk": "told to the clinic",
        "reply": "in an answer by e-mail",
        "complaint": "by marking an e-mail as unwanted",
    },
    "level": {"self_care": "self-care", "call_back": "call-back", "undecided": "the rules failed"},
    "on": {"True": "on", "False": "off"},
    "state": {"closing": "a second person confirms", "closed": ""},
}
UNKNOWN = "did something that this version has no words for | {verb}"
# Ids and digests tell a reader nothing.
OURS = re.compile(r"[0-9a-f-]{32,64}")
# The settings that have parts, as `targets.urgent` and `steps.urgent.director`.
SETTINGS = {
    "hours": "opening hours",
    "targets": "minutes to the call",
    "steps": "minutes to the step",
    "waits": "longest wait",
}


def did(verb: str) -> str:
    """`took the case`."""
    return WORDS.get(verb, UNKNOWN).partition(" | ")[0]


def more(verb: str, details: str) -> str:
    """What was written with it, in words; empty where it holds nothing that a reader needs."""
    shape = WORDS.get(verb, UNKNOWN).partition(" | ")[2]
    held = {"verb": verb, **json.loads(details)}
    names = [name for _, name, _, _ in Formatter().parse(shape) if name]
    told = {name: _value(name, held[name]) for name in names if held.get(name) is not None}
    return shape.format(**told) if shape and all(told.get(name) for name in names) else ""


def _value(name: str, value: object) -> str:
    text = str(value) or "nothing"
    if name == "setting":
        group, *rest = text.split(".")
        text = ", ".join([SETTINGS.get(group, group), *rest])
    if OURS.fullmatch(text):
        return ""
    return VALUES.get(name, {}).get(text, text.replace("_", " ") if name != "said" else text)
