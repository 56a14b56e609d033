"""What a benchmark found, and how it is told: medians, the ratio to the ceiling, the aims."""

import statistics
from dataclasses import dataclass

AIM_RATIO, AIM_P99 = 0.8, 0.100
CONCURRENCY = (1, 16)
PRODUCT, BARE = "product", "bare"


@dataclass(frozen=True)
class Figures:
    """One measurement: what was driven, how fast, and what was wrong with it."""

    program: str
    connections: int
    reports: int
    per_second: float
    p50: float
    p99: float
    cpu: float
    refused: int
    lost: int


def median(figures: list[Figures], program: str, connections: int) -> Figures:
    runs = [one for one in figures if (one.program, one.connections) == (program, connections)]
    return Figures(
        program,
        connections,
        sum(one.reports for one in runs),
        statistics.median(one.per_second for one in runs),
        statistics.median(one.p50 for one in runs),
        statistics.median(one.p99 for one in runs),
        statistics.median(one.cpu for one in runs),
        sum(one.refused for one in runs),
        sum(one.lost for one in runs),
    )


def ratios(table: list[Figures]) -> dict[str, float]:
    rate = {(one.program, one.connections): one.per_second for one in table}
    return {str(n): rate[PRODUCT, n] / max(rate[BARE, n], 0.001) for n in CONCURRENCY}


def line(one: Figures) -> str:
    return (
        f"{one.program:8}{one.connections:4} at once{one.per_second:8.0f} reports/s"
        f"   p50 {one.p50 * 1000:6.1f} ms   p99 {one.p99 * 1000:6.1f} ms"
        f"   {one.cpu * 1000:5.2f} ms of CPU each"
    )


def show(table: list[Figures], heading: str) -> None:
    print(f"\n{heading}")
    for one in table:
        print("  " + line(one))
    for number, ratio in ratios(table).items():
        word = "reached" if ratio >= AIM_RATIO else "BELOW"
        print(f"ratio at {number:>2} at once: {ratio:.2f}   (aim {AIM_RATIO}: {word})")
    used = {one.program: one.cpu for one in table}
    print(
        f"CPU of the ceiling to that of the product, each report: {used[BARE] / used[PRODUCT]:.2f}"
    )
    p99 = next(one.p99 for one in table if (one.program, one.connections) == (PRODUCT, 16))
    word = "reached" if p99 < AIM_P99 else "MISSED"
    print(f"p99 at 16 at once: {p99 * 1000:.1f} ms   (aim under {AIM_P99 * 1000:.0f}: {word})")
    print(f"answers that were no acknowledgement: {sum(one.refused for one in table)}")
    print(f"acknowledged but not stored, or the other way round: {sum(one.lost for one in table)}")
