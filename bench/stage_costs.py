"""Processor time of a review by stage, in one process without servers, beside another checkout.

    python -m bench.stage_costs FOLDER --beside ../before

``FOLDER`` holds labelled reviews, a CSV.gz with the columns ``text`` and ``lang`` for each set; of
each language the same number of texts is taken, cut or continued to each length. A batch goes
through all that a worker does between reading and publishing, with the default settings. Each
checkout has a process of its own, and they take turns: microseconds of processor time are compared,
which other work on the machine changes little, and in pairs, of which it changes both. Prints JSON.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

LENGTHS = (200, 1250)
TEXTS, LANGUAGES = 1024, ("en", "de", "es", "fr", "pt", "ru", "tr", "zh")
EVERY = 8
"""Of a language's first texts one in so many is taken, so that they are of several sources."""
NOW = datetime(2026, 1, 1, tzinfo=UTC)
WHOLE, REST = "all", "encode, metrics and what is between"
Costs = dict[str, float]
"""Stage → microseconds a review, which are seconds for a million; ``WHOLE``: of all."""


class _Nowhere:
    """In place of a broker: nothing is marked there, and all is taken."""

    def read(self, partitions: object) -> dict[int, int]:
        return {}

    def write(self, numbers: object) -> None:
        pass

    def send(self, messages: object) -> list[Any]:
        return []


class _Clock:
    """Processor time by stage."""

    def __init__(self) -> None:
        self.spent: defaultdict[str, float] = defaultdict(float)

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        began = time.process_time()
        yield
        self.spent[stage] += time.process_time() - began


def measure(folder: Path) -> None:
    """Answer each line, a length, with the ``Costs`` of one pass over the texts of that length."""
    from infra import gc_tuning
    from infra.kafka.topic_publisher import Encoder
    from infra.retry import Retry
    from infra.settings import Settings
    from schemas.errors import Origin
    from schemas.inputs import RawRecord
    from streams import composition
    from streams.rejection_limit import RejectionLimit
    from streams.router.core.swap_pauses import Pauses
    from streams.worker.attempts import Attempts
    from streams.worker.batch_processor import Processor
    from streams.worker.chunk_size import ChunkSize

    settings, clock, stop, nowhere = Settings(), _Clock(), threading.Event(), _Nowhere()
    publisher: Any = nowhere
    size = settings.scoring.max_batch
    processor = Processor(
        pipeline=composition.build_offline_pipeline(settings, clock),
        publisher=publisher,
        retry=Retry(settings.retry, stop),
        encode=Encoder(lambda topic: 1),
        limit=RejectionLimit(1.0, size),
        attempts=Attempts(nowhere, size),
        pauses=Pauses(lambda longest: None),
        chunk_size=ChunkSize(),
        progress=lambda: None,
        stop=stop,
    )

    def work(records: Sequence[RawRecord]) -> None:
        for at in range(0, len(records), size):
            batch = processor.process(records[at : at + size])
            processor.deliver(batch)
            processor.finished(batch)

    texts: dict[str, list[str]] = json.loads((folder / "texts.json").read_text(encoding="utf8"))
    lengths = {
        length: [
            RawRecord(Origin("bench", 0, number), None, json.dumps({"text": text}).encode(), NOW)
            for number, text in enumerate(those)
        ]
        for length, those in texts.items()
    }
    for records in lengths.values():
        work(records)
    gc_tuning.settled()
    for line in sys.stdin:
        records = lengths[line.strip()]
        clock.spent.clear()
        with clock(WHOLE):
            work(records)
        costs = {stage: spent / len(records) * 1e6 for stage, spent in clock.spent.items()}
        costs[REST] = 2 * costs[WHOLE] - sum(costs.values())
        sys.stdout.write(json.dumps(costs) + "\n")
        sys.stdout.flush()


class Measured:
    """A checkout's process, which measures when it is asked to."""

    def __init__(self, checkout: Path, folder: Path, running: ExitStack) -> None:
        # -P: the modules are those of the checkout, not those beside this file.
        self._process = running.enter_context(
            subprocess.Popen(
                [sys.executable, "-P", __file__, "--measure", str(folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=os.environ | {"PYTHONPATH": str(checkout), "OMP_NUM_THREADS": "1"},
            )
        )
        running.callback(self._process.terminate)

    def costs(self, length: int) -> Costs:
        """Of one pass over the texts of that length. Raises ``RuntimeError`` where it ended."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(f"{length}\n")
        stdin.flush()
        line = stdout.readline()
        if not line:
            raise RuntimeError("the process that measures has ended")
        costs: Costs = json.loads(line)
        return costs


def compared(folder: Path, checkouts: Mapping[str, Path], rounds: int) -> dict[str, Any]:
    """Length → checkout → medians of its ``Costs``; with two also ``saved``, the median share of
    the first one's whole cost that the second saves, of the pairs of each round."""
    found: dict[str, Any] = {}
    with ExitStack() as running:
        measured = {
            name: Measured(checkout, folder, running) for name, checkout in checkouts.items()
        }
        for length in LENGTHS:
            runs: dict[str, list[Costs]] = {name: [] for name in measured}
            for number in range(rounds):
                order = list(measured) if number % 2 else list(reversed(measured))
                for name in order:
                    runs[name].append(measured[name].costs(length))
            found[str(length)] = {
                name: {stage: median(run[stage] for run in each) for stage in each[0]}
                for name, each in runs.items()
            }
            if len(runs) == 2:
                first, second = runs.values()
                shares = [1 - b[WHOLE] / a[WHOLE] for a, b in zip(first, second, strict=True)]
                found[str(length)]["saved"] = median(shares)
    return found


def texts(sets: Path, languages: Sequence[str]) -> dict[str, list[str]]:
    """Length → texts of that length, language by language in turn."""
    from bench.reviews import of_length

    each = TEXTS // len(languages)
    by_language: dict[str, list[str]] = {code: [] for code in languages}
    for path in sorted(sets.glob("*.csv.gz")):
        with gzip.open(path, "rt", encoding="utf8", newline="") as file:
            for row in csv.DictReader(file):
                those = by_language.get(row["lang"])
                if those is not None and len(those) < EVERY * each:
                    those.append(row["text"])
    sampled = [those[::EVERY] for those in by_language.values()]
    return {
        str(length): [
            text
            for turn in zip(*(of_length(those, length) for those in sampled), strict=True)
            for text in turn
        ]
        for length in LENGTHS
    }


def main() -> None:
    """Compare checkouts, or measure as one of their processes."""
    parser = argparse.ArgumentParser(prog="python -m bench.stage_costs", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--beside", type=Path, help="another checkout, measured in turns with this")
    parser.add_argument("--languages", nargs="+", default=LANGUAGES, metavar="CODE")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        measure(arguments.folder)
        return
    here = {"here": Path(__file__).parents[1]}
    checkouts = ({"beside": arguments.beside} if arguments.beside else {}) | here
    with tempfile.TemporaryDirectory() as folder:
        made = texts(arguments.folder, arguments.languages)
        (Path(folder) / "texts.json").write_text(json.dumps(made), encoding="utf8")
        found = compared(Path(folder), checkouts, arguments.rounds)
    sys.stdout.write(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
