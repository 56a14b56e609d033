"""How many examples a property test tries: `make soak` tries ten times as many."""

import os

TIMES = int(os.environ.get("REPORTER_EXAMPLES", "1"))


def examples(count: int) -> int:
    return count * TIMES
