"""Crash test of the loop: ``python -m bench.kills`` kills it with SIGKILL at random points while it
answers one request.

On a stack of its own, with reviews and feedback flowing through a real worker. Exit status 0 only
if one version was registered and promoted, once; then it writes ``kills.json``. Takes minutes.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from tests.closed_loop import NAME, expect_one_promotion, world
from tests.harness import wait_for

REPORT = Path(__file__).with_suffix(".json")
REVIEWS = 800
PATIENCE_S = 600.0


def main() -> None:
    """Kill, then see what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=20, help="times that the loop is killed")
    parser.add_argument(
        "--longest", type=float, default=4.0, help="seconds that it lives at most, once it is ready"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, world(Path(folder)) as new:
        new.people_write(REVIEWS)
        new.wait_until_stored()
        new.drift()
        seen = []
        with new.traffic():
            for number, when in enumerate(
                new.kill_the_loop(arguments.rounds, arguments.longest), 1
            ):
                so_far = [new.stages(request.request_id) for request in new.requests()]
                seen.append({"killed": when, "stages": so_far})
                sys.stderr.write(f"{number}: killed {when}; so far {so_far}\n")
            new.start_loop()
            wait_for("the end of the trial", new.settled, PATIENCE_S)
        expect_one_promotion(new)
        [request] = new.requests()
        stages = new.stages(request.request_id)
    report = {
        "measured": f"{datetime.now(UTC):%Y-%m-%d}",
        "kills": seen,
        "requests": 1,
        "promotions": 1,
        "stages": stages,
    }
    REPORT.write_text(json.dumps(report, indent=1) + "\n", encoding="utf8")
    sys.stdout.write(f"{arguments.rounds} kills, one request, {NAME}: {' → '.join(stages)}\n")


if __name__ == "__main__":
    main()
