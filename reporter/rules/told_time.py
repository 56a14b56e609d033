"""A time that the words tell and no answer: the rules did not count with it, so a person asks.

"It has been three weeks" may be since the treatment, since the trouble began or since a holiday.
"""

import re
from typing import Final

from reporter.rules.gravity import folded
from reporter.rules.report import Report
from reporter.rules.triage import COUNTS_AS_REPORTED, Decision, first_told

TIME: Final = re.compile(
    r"\b(\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|few|several|couple of"
    r"|un|una|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|doce|varias|varios|unos|unas|many)"
    r" ?(hours?|hrs?|days?|weeks?|wks?|fortnights?|months?|horas?|dias?|semanas?|mes(es)?)\b"
    r"|\b(for|in|las|los) (days|weeks|months|dias|semanas|meses)\b"
    r"|\bsince (yesterday|last|mon|tues|wednes|thurs|fri|satur|sun)"
    r"|\bdesde (ayer|anoche|anteayer|antier|hace|el (lunes|martes|miercoles|jueves|viernes|sabado"
    r"|domingo))"
)


def untimed(report: Report, decision: Decision) -> tuple[str, ...]:
    """One sentence for the nurse where the words tell a time, about what no answer dates."""
    dated = {entry.symptom for entry in report.symptoms if entry.onset_day is not None}
    read = {word.symptom for word in decision.words if word.status in COUNTS_AS_REPORTED}
    if not read - dated or not TIME.search(folded(report.free_text)):
        return ()
    day = first_told(report)
    counted = "took the day as not known" if day is None else f"counted from day {day}"
    return (
        "The words tell a time, but no answer says when it began: "
        f"the rules {counted}. Ask when it began.",
    )
