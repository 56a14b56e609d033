"""How fast the rules decide: against ten rules by hand, with words, and over stored reports.

`python benchmarks/triage.py` prints ratios and numbers; `--full` back-tests 1,000,000 reports.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from reporter.clinic import backtest_pool, clinic_settings, clinics, front_desk, intake, rulesets
from reporter.clinic.enrolment import AreaDose, Enrolment
from reporter.records.audit import SYSTEM
from reporter.records.db import Database, open_database
from reporter.records.seal import Vault
from reporter.rules import knowledge
from reporter.rules.knowledge import Knowledge
from reporter.rules.levels import Severity
from reporter.rules.report import Report, from_json, from_stored, to_json
from reporter.rules.triage import decide

NOW = datetime(2026, 11, 24, 15, 12, tzinfo=UTC)
KEY = "cmVwb3J0ZXItdGVzdHMtb25seS1ub3QtYS1zZWNyZXQ="
RECORDS, SECONDS, TURNS = 20_000, 2.0, 8
TEN = (
    *("breathing", "swallowing", "speech", "hoarse_voice", "drooling", "drooling_severe"),
    *("eyelid_droop", "droop_severe", "hives", "wants_a_call"),
)
CLINIC = {
    "name": "Epec Clinic",
    "zone": "UTC",
    "phone": "301-555-0142",
    "after_hours_phone": "301-555-0190",
    "emergency_number": "911",
    "crisis_line": "988",
    "reply_to": "nurses@epec.test",
    "hours": {day: ["00:00-23:59"] for day in clinic_settings.DAYS},
    "holidays": [],
}


def by_hand(report: Report) -> tuple[int, list[str]]:
    """The same ten rules as one function, with the same answer: the level and the rules fired."""
    fired, level = set(), 0
    if report.call_me:
        fired.add("wants_a_call")
        level = 1
    for entry in report.symptoms:
        symptom = entry.symptom
        severe = entry.severity is not None and entry.severity >= Severity.SEVERE
        if symptom in {"trouble_breathing", "noisy_breathing", "wheeze"}:
            fired.add("breathing")
            level = 3
        elif symptom == "trouble_swallowing" and (
            entry.severity is None or entry.severity >= Severity.MODERATE
        ):
            fired.add("swallowing")
            level = 3
        elif symptom == "trouble_speaking":
            fired.add("speech")
            level = 3
        elif symptom == "hoarse_voice":
            fired.add("hoarse_voice")
            level = max(level, 2)
        elif symptom == "drooling":
            fired.add("drooling")
            level = max(level, 2)
            if severe:
                fired.add("drooling_severe")
                level = 3
        elif symptom == "eyelid_droop":
            fired.add("eyelid_droop")
            level = max(level, 1)
            if severe:
                fired.add("droop_severe")
                level = max(level, 2)
        elif symptom == "hives" and entry.extent in {None, "elsewhere", "spreading"}:
            fired.add("hives")
            level = max(level, 2)
    return level, sorted(fired, key=TEN.index)


def made_up(known: Knowledge, count: int) -> list[dict[str, Any]]:
    """Reports as they are stored, always the same ones: mostly harmless, one to four symptoms."""
    dice = random.Random(7)
    common = ["bruising", "headache", "redness", "swelling", "eyelid_droop", "no_effect", "fatigue"]
    found = []
    for _ in range(count):
        pool = common if dice.random() < 0.9 else sorted(known.symptoms)
        symptoms = [
            {"symptom": one, "severity": dice.choice(["mild", "moderate", "severe", None])}
            for one in dice.sample(pool, dice.randint(1, 4))
        ]
        day = dice.randint(1, 60)
        told = {"days_since_treatment": day, "symptoms": symptoms, "areas": ["glabella"]}
        found.append(to_json(from_json({**told, "call_me": dice.random() < 0.02}, known)))
    return found


def rate(work: Callable[[Any], Any], records: list[Any]) -> float:
    """Records a second of computing, the best of three turns."""
    return rates([work], records)[0]


def rates(works: list[Callable[[Any], Any]], records: list[Any]) -> list[float]:
    """The same of several programs in turns, so that a slow minute of the machine is everybody's.

    Seconds are those that were computed: other programs do not count against us.
    """
    best = [0.0] * len(works)
    for _ in range(TURNS):
        for place, work in enumerate(works):
            done, begun = 0, time.process_time()
            while (spent := time.process_time() - begun) < SECONDS / TURNS:
                for record in records[:2000]:
                    work(record)
                done += 2000
            best[place] = max(best[place], done / spent)
    return best


def deciding(known: Knowledge) -> None:
    """One core: the evaluator with the ten rules, and with all of them, against the function."""
    records = made_up(known, RECORDS)
    reports = [from_json(record, known) for record in records]
    ten = replace(known, rules=tuple(rule for rule in known.rules if rule.id in TEN))
    assert len(ten.rules) == len(TEN)
    for report in reports:
        decision, (level, fired) = decide(report, ten), by_hand(report)
        assert decision.level == level, report
        assert {reason.rule for reason in decision.reasons} == set(fired), report
    hand, few, every = rates(
        [by_hand, lambda report: decide(report, ten), lambda report: decide(report, known)],
        reports,
    )
    print(f"ten rules by hand:              {hand:12,.0f} reports/s")
    for name, ours in (("the same ten rules", few), (f"all {len(known.rules)} rules", every)):
        print(
            f"{name + ', evaluator:':32}{ours:12,.0f} reports/s  {hand / ours:5.1f} times as long"
        )
    text = [json.dumps(record) for record in records]
    from_text, read = rates(
        [
            lambda line: by_hand(from_stored(json.loads(line))),
            lambda line: decide(from_stored(json.loads(line)), known),
        ],
        text,
    )
    print(f"by hand, from stored JSON:      {from_text:12,.0f} reports/s")
    print(f"all rules, from stored JSON:    {read:12,.0f} reports/s  {from_text / read:5.1f} times")


def with_words(known: Knowledge) -> None:
    from reporter.rules.triage import decide_with_words

    said = Path(__file__).parents[1] / "tests/rules/words/data/patients.tuned.tsv"
    lines = [line.split("\t")[-1] for line in said.read_text("utf-8").splitlines() if "\t" in line]
    reports = [
        replace(from_json(record, known), free_text=lines[n % len(lines)])
        for n, record in enumerate(made_up(known, 4000))
    ]
    decide_with_words(reports[0], known)
    ours = rate(lambda report: decide_with_words(report, known), reports)
    print(f"all rules, words in every one:  {ours:12,.0f} reports/s")
    mixed = [one if n % 4 == 0 else replace(one, free_text="") for n, one in enumerate(reports)]
    ours = rate(lambda report: decide_with_words(report, known), mixed)
    print(f"all rules, words in one of 4:   {ours:12,.0f} reports/s")


def loading() -> None:
    """Seconds that were computed, in processes of their own, as at a start: the best of three."""
    code = (
        "import time; t = time.process_time()\n"
        "from reporter.rules import knowledge, lexicon\n"
        "i = time.process_time(); knowledge.shipped(); k = time.process_time()\n"
        "lexicon.shipped(); e = time.process_time()\n"
        "print(*(round(1000 * spent) for spent in (i - t, k - i, e - k)))"
    )
    told = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        for _ in range(3)
    ]
    imports, rules, words = (
        min(map(int, each)) for each in zip(*(one.stdout.split() for one in told), strict=True)
    )
    print(f"loading: {imports} ms import, {rules} ms the rules, {words} ms the word lists")


def stored(db: Database, known: Knowledge, count: int) -> str:
    """A clinic with this many stored reports; the id of the clinic."""
    clinic = clinics.create(db, CLINIC, at=NOW)
    entry = Enrolment(
        name="Maria Alvarez",
        born=date(1968, 3, 2),
        email="maria@patients.test",
        mobile="+12405550188",
        language="en",
        may_voicemail=True,
        may_email=True,
        given_on=date(2026, 11, 20),
        product="Botox Cosmetic",
        lot="C8123F2",
        expiry="2027-08",
        areas=(AreaDose("glabella", 20),),
        injector="Dr. A. Lin",
        factors=(),
    )
    visit = front_desk.enrol(db, known, clinic, entry, by=SYSTEM, at=NOW)[0]
    more: Any = {"channel": "link", "at": NOW, "key": "first"}
    intake.submit(db, known, clinic, visit, Report(day=4), **more)
    first = db.one("select * from reports where clinic_id = :c", c=clinic.id)
    assert first is not None
    insert = (
        f"insert into reports ({', '.join(first)}) values ({', '.join(':' + k for k in first)})"  # noqa: S608 - our own columns
    )
    records = made_up(known, RECORDS)
    levels = [int(decide(from_json(record, known), known).level) for record in records]
    texts = [json.dumps(record) for record in records]
    for start in range(1, count, 20_000):
        with db.transaction():
            for n in range(start, min(start + 20_000, count)):
                at = (NOW + timedelta(seconds=n)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
                copy = {"id": f"{n:08x}{first['id'][8:]}", "submission_key": str(n)}
                told = {"answers": texts[n % RECORDS], "level": levels[n % RECORDS]}
                db.run(insert, **{**first, **copy, **told, "received_at": at})
    return clinic.id


def backtesting(known: Knowledge, count: int) -> None:
    """Two cores, over stored reports, with the memory of the largest process."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/reporter.db"
        db = open_database(url, Vault([KEY]))
        db.migrate()
        begun = time.perf_counter()
        clinic_id = stored(db, known, count)
        print(f"storing {count:,} reports:", f"{time.perf_counter() - begun:.0f} s")
        live = rulesets.shipped_files()
        task = backtest_pool.Task(url, (KEY,), clinic_id, live, live)
        begun, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        tally = backtest_pool.run(db, task, lambda *_: None)
        spent = time.perf_counter() - begun
        used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - used
        db.close()
    assert tally.total == count
    assert not tally.moved
    # Other programs on this machine make the clock lie; the time that was computed does not.
    print(f"computed in the two workers: {used:.1f} s, {1e6 * used / count:.0f} µs a report")
    here, workers = (
        resource.getrusage(who).ru_maxrss / 1024
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    print(f"back-test of {count:,} on two cores: {spent:.1f} s, {count / spent:,.0f} reports/s")
    print(f"peak memory: this process {here:.0f} MB, the larger worker {workers:.0f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, default=100_000, help="stored, for the back-test")
    parser.add_argument("--full", action="store_true", help="1,000,000 stored reports")
    given = parser.parse_args()
    known = knowledge.load()
    loading()
    deciding(known)
    with_words(known)
    backtesting(known, 1_000_000 if given.full else given.reports)


if __name__ == "__main__":
    main()
