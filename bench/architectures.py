"""Benchmark of architectures: ``python -m bench.architectures DATA`` trains the missing ones and
compares all.

Writes ``architectures.json`` and ``architectures.md``, by default beside this module, after each
model: whoever stops it loses little. An architecture that is not in the folder of runs keeps the
row it had, marked as recorded: trainings take hours on a CPU.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.table import Row, markdown, merged, rows
from infra.whole_files import replaced_file
from models.artifact import artifact
from models.training import tracking

SEED = 0
PIECES = ("--network", "minilm", "--set", "pieces=128")
ARCHITECTURES: Mapping[str, tuple[str, ...]] = {
    **{
        network: ("--network", network)
        for network in ("ngram_bag", "cnn", "rnn", "gru", "lstm", "bilstm_attention")
    },
    "minilm_frozen": (*PIECES, "--set", "frozen=true", "--set", "examples=8000"),
    "minilm_fine_tuned": PIECES,
}
"""What is trained here and how, the cheap ones first."""
REVIEWS, TEST, SENTENCES = "imdb_train.csv.gz", "imdb_test_a.csv.gz", "rotten_tomatoes_train.csv.gz"
UNDERTONE = (sys.executable, "-m", "streams")
RESULTS = "architectures.json"


def train(name: str, data: Path, runs: Path, tracking_uri: str) -> None:
    """Train an architecture of which there is no artifact. What was killed goes on."""
    if not (runs / name / artifact.MANIFEST).is_file():
        _tell(f"training {name}")
        options = [
            *ARCHITECTURES[name],
            "--seed",
            str(SEED),
            "--name",
            name,
            "--tracking",
            tracking_uri,
        ]
        _undertone("train", str(data / REVIEWS), *options, "--out", str(runs / name))


def held_out(data: Path, runs: Path) -> Path:
    """The sentences that no model is trained on."""
    _undertone("split", str(data / SENTENCES), "--seed", "7", "--out", str(runs / "sentences"))
    return runs / "sentences" / "held_out.csv.gz"


def measure(folder: Path, files: Sequence[Path], runs: Path, *options: str) -> Mapping[str, Any]:
    """What ``undertone models compare`` finds, or found before of the same model and files:
    ``measured`` holds it.
    """
    digest = hashlib.sha256(
        b"".join(hashlib.sha256(file.read_bytes()).digest() for file in files)
    ).hexdigest()[:8]
    path = runs / "measured" / f"{artifact.read_manifest(folder)['version']}-{digest}.json"
    if not path.is_file():
        _tell(f"measuring {folder.name}")
        found = _undertone(
            "models", "compare", *map(str, files), "--model", str(folder), "--json", *options
        )
        with replaced_file(path) as file:
            measured = {"measured": datetime.now(UTC).date().isoformat()} | json.loads(found)
            file.write(json.dumps(measured).encode())
    document: Mapping[str, Any] = json.loads(path.read_bytes())
    return document


def making(folder: Path, tracking_uri: str) -> Row:
    """How a model was made: its manifest says it, and MLflow where its training was tracked."""
    manifest = artifact.read_manifest(folder)
    training, settings = manifest["training"], manifest["training"]["settings"]
    data = training["data"] if isinstance(training["data"], list) else [training["data"]]
    seeded = ("--seed", str(settings["seed"]))
    options = (
        ("train", data[0], *ARCHITECTURES[folder.name])
        if folder.name in ARCHITECTURES
        else ("distil", *data, "--teacher", "DIR")
    )
    made: Row = {
        "seed": settings["seed"],
        # A model that was made in another way says so itself.
        "command": training.get("origin") or " ".join(("undertone", *options, *seeded)),
        "data_sha256": training["data_sha256"],
        "trained_on": f"{settings.get('examples') or training['reviews']:,}"
        + ", sentences too" * (len(data) > 1),
    }
    client = tracking.connect(tracking_uri)
    query = f"params.fingerprint = '{manifest['version']}'"
    for run in client.search_runs(
        [tracking.experiment_of(client, tracking_uri)], query, max_results=1
    ):
        made |= {
            "run": run.info.run_id,
            "minutes": (run.info.end_time - run.info.start_time) / 60_000,
        }
    # The time of a run that was killed and went on is not that of its training.
    return made | ({"minutes": training["seconds"] / 60} if "seconds" in training else {})


def main() -> None:
    """Train, compare, write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0] if __doc__ else "")
    parser.add_argument("data", type=Path, help=f"folder with {REVIEWS}, {TEST}, {SENTENCES}")
    parser.add_argument(
        "--runs",
        type=Path,
        default=Path(".undertone/architectures"),
        help="folder of trained models",
    )
    parser.add_argument(
        "--only", choices=ARCHITECTURES, action="append", help="this architecture; may be repeated"
    )
    parser.add_argument("--no-training", action="store_true", help="only compare what is there")
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).parent, help=f"folder of {RESULTS} and the table"
    )
    arguments = parser.parse_args()
    runs: Path = arguments.runs
    runs.mkdir(parents=True, exist_ok=True)
    tracking_uri = f"sqlite:///{runs / 'mlflow.db'}"
    files = [arguments.data / TEST, held_out(arguments.data, runs)]
    results: Path = arguments.out / RESULTS
    table: dict[str, Row] = (
        json.loads(results.read_text(encoding="utf8")) if results.is_file() else {}
    )
    fresh: set[str] = set()

    def take(folder: Path, *options: str) -> None:
        found = rows(
            measure(folder, files, runs, *options), TEST, folder.name, making(folder, tracking_uri)
        )
        fresh.update(found)
        table.update(merged(table, found))
        results.write_text(
            json.dumps(dict(sorted(table.items())), indent=2) + "\n", encoding="utf8"
        )
        results.with_suffix(".md").write_text(markdown(table, fresh), encoding="utf8")

    take(artifact.PRETRAINED, "--lexicons")
    for name in arguments.only or ARCHITECTURES:
        if not arguments.no_training:
            train(name, arguments.data, runs, tracking_uri)
        if (runs / name / artifact.MANIFEST).is_file():
            take(runs / name)
    sys.stdout.write(markdown(table, fresh))


def _undertone(*arguments: str) -> bytes:
    answer = subprocess.run([*UNDERTONE, *arguments], check=False, stdout=subprocess.PIPE)
    if answer.returncode:
        sys.exit(answer.returncode)  # the command has said what was wrong
    return answer.stdout


def _tell(what: str) -> None:
    sys.stderr.write(f"{what}\n")


if __name__ == "__main__":
    main()
