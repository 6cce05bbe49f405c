"""``python -m tests.chaos``: the whole suite, with a line for each fault and a table at the end;
exit 0 if everything holds.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.chaos import report, verdict, world
from tests.chaos.faults import all_faults
from tests.chaos.run import Outcome, judge, make_faults, roll
from tests.servers.process import Unavailable

BASE = Path(__file__).parents[2] / "bench" / "chaos"


def main() -> int:
    """Run it."""
    options = _options().parse_args()
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    _tell(f"logs of all processes are under {folder}")
    try:
        outcome = _run(folder, options)
    except Unavailable as reason:
        _tell(f"cannot run here: {reason}")
        return 1
    _tell(
        "all held"
        if outcome.holds
        else f"{sum(not check.holds for check in outcome.checks)} fell short"
    )
    return 0 if outcome.holds else 1


def _run(folder: Path, options: argparse.Namespace) -> Outcome:
    with world.running(
        folder,
        least=options.reviews,
        pace=options.pace,
        loop=not options.without_loop,
        small_disks=True,
        poison_size=options.poison_size,
    ) as everything:
        faults = [
            fault
            for fault in all_faults(everything, loop=not options.without_loop, long_hang=True)
            if options.only in fault.name
            and not any(part in fault.name for part in options.without)
        ]
        for name in ("warehouse", "node 3"):
            if name not in everything.disks:
                everything.notes.append(
                    f"no full disk under the {name}: this user may not mount a file system"
                )
        everything.load.start()
        records = make_faults(everything, faults, options.every, _tell, once=bool(options.only))
        if options.only:
            everything.load.stop()
        verdict.settle(everything)
        rolled = [] if options.only else roll(everything, options.pace, _tell)
        outcome = judge(everything, records, rolled)
        everything.supervisor.close()
        written = report.document(
            everything,
            outcome,
            {key: value for key, value in vars(options).items() if key != "out"},
        )
    report.write(written, options.out)
    _tell(report.markdown(written))
    return outcome


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument(
        "--reviews", type=int, default=20_000, help="at least; more where the faults take longer"
    )
    parser.add_argument("--pace", type=float, default=40.0, help="reviews a second")
    parser.add_argument(
        "--every", type=float, default=10.0, help="seconds from one fault to the next"
    )
    parser.add_argument(
        "--only", default="", help="only faults whose name holds this, once, and no rolling restart"
    )
    parser.add_argument(
        "--poison-size", type=int, default=20_000, help="characters of the pathological texts"
    )
    parser.add_argument("--without-loop", action="store_true")
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        metavar="FAULT",
        help="no fault whose name holds this",
    )
    parser.add_argument(
        "--out", type=Path, default=BASE, help="where the record goes, without its ending"
    )
    return parser


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
