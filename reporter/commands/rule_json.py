"""Rule sets, rules and back-tests as `--json` answers them."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reporter.clinic.backtest_tally import Place, Tally
    from reporter.clinic.rule_signatures import Signature
    from reporter.clinic.ruleset_book import RuleSet
    from reporter.rules.knowledge import Knowledge, Rule


def of_set(found: "RuleSet") -> dict[str, Any]:
    return {
        "number": found.number,
        "state": found.state,
        "ruleset": found.ruleset,
        "origin": found.origin,
        "based_on": found.based_on,
        "live_from": found.live_from.isoformat() if found.live_from else None,
        "conflicts": [one.name for one in found.conflicts],
    }


def of_rule(rule: "Rule", known: "Knowledge", signed: "Signature | None") -> dict[str, Any]:
    from reporter.rules.wording import condition

    return {
        "id": rule.id,
        "level": rule.level.id,
        "because": rule.because,
        "fires_on": condition(rule.when, known),
        "sources": list(rule.sources),
        "switched_off": rule.switched_off or None,
        "signed_by": signed.name if signed else None,
        "signed_on": signed.on if signed else None,
    }


def of_tally(tally: "Tally") -> dict[str, Any]:
    """The moved reports are as many as a summary lists; `--moved FILE` has every one."""
    return {
        "total": tally.total,
        "lowered": tally.lowered,
        "raised": tally.raised,
        "lowered_confirmed_serious": tally.serious,
        "extra_calls_a_week": round(tally.extra_calls_a_week, 1),
        "table": [
            {"old": _place(old), "new": _place(new), "reports": n}
            for (old, new), n in sorted(tally.table.items(), key=str)
        ],
        "moved": [
            {
                "report": one.report_id,
                "case": one.case_id,
                "received_at": one.received_at,
                "old": _place(one.old),
                "new": _place(one.new),
                "confirmed_serious": one.serious,
            }
            for one in tally.moved
        ],
    }


def _place(place: "Place") -> str:
    return "undecided" if place is None else place.id
