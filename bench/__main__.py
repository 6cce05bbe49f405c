"""``make bench``: Undertone beside alternatives, on the same reviews, broker and core, in turns.

Writes ``latest.json``, ``latest.md`` and ``latest.png``, and judges itself by what it
must show. Ctrl-C stops everything.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown

from bench import plots, reviews
from bench.contest import Contest
from bench.document import document
from bench.measured import Measured
from bench.plan import EVERYBODY, PRICE, Plan, quick
from bench.progress import steps
from bench.report import markdown
from bench.verdicts import judge
from schemas.errors import ConfigurationError, InputError

FOLDER = Path(__file__).parent


def main() -> int:
    """Measure and report. 1 if something could not be measured, 130 after Ctrl-C; a figure that
    falls short is no error.
    """
    arguments = _arguments()
    console = Console(stderr=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    plan = (
        quick(arguments.only, arguments.price)
        if arguments.quick
        else Plan(who=arguments.only, price=arguments.price)
    )
    try:
        texts = reviews.load(arguments.data)
        measured = _measure(plan, texts, console)
    except (ConfigurationError, InputError, RuntimeError) as error:
        console.print(f"bench: {error}", style="red", markup=False, highlight=False)
        return 1
    except KeyboardInterrupt:
        return 130
    figures = document(measured, plan, texts, datetime.now(UTC))
    verdicts = list(judge(figures))
    text = markdown(figures, verdicts)
    figures["verdicts"] = [asdict(verdict) for verdict in verdicts]
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "latest.json").write_text(
        json.dumps(figures, indent=1) + "\n", encoding="utf8"
    )
    (arguments.out / "latest.md").write_text(text, encoding="utf8")
    plots.draw(figures, arguments.out / "latest.png")
    Console().print(Markdown(text))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--quick",
        action="store_true",
        help="about two minutes; shows that it works, no figures to rely on",
    )
    parser.add_argument(
        "--only",
        nargs="+",
        choices=EVERYBODY,
        default=EVERYBODY,
        metavar="WHO",
        help=", ".join(EVERYBODY),
    )
    parser.add_argument(
        "--data", type=Path, help="labelled CSV(.gz) of English reviews; default: the demo's"
    )
    parser.add_argument(
        "--price", type=float, default=PRICE, help="US dollars for one core and hour (%(default)s)"
    )
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder for the results")
    return parser.parse_args()


def _measure(plan: Plan, texts: list[str], console: Console) -> Measured:
    with (
        tempfile.TemporaryDirectory(prefix="undertone-bench-") as folder,
        steps(plan.steps, console) as say,
    ):
        return Contest(plan, texts, Path(folder), say).run()


if __name__ == "__main__":
    sys.exit(main())
