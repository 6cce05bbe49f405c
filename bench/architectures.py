"""Every architecture on the same reviews: ``python -m bench.architectures DATA`` trains what is not trained yet, and compares.

Writes ``bench/architectures.json`` and ``bench/architectures.md``. An architecture that is not in the folder of runs keeps the
row it had, marked as recorded: trainings take hours on a CPU.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from models import artifact, tracking

NETWORKS = ("ngram_bag", "cnn", "rnn", "gru", "lstm", "bilstm_attention")
"""What is trained here, cheap ones first."""
UNDERTONE = (sys.executable, "-m", "streams")
REVIEWS, TEST, SENTENCES = "imdb_train.csv.gz", "imdb_test_a.csv.gz", "rotten_tomatoes_train.csv.gz"
RESULTS = Path(__file__).with_name("architectures.json")
HEADER = ("model", "accuracy [95%]", "macro F1", "ECE", "sentences", "µs/review", "MB", "minutes to train", "seed", "MLflow run")
SEED = 0

Row = dict[str, Any]


def train(data: Path, runs: Path, tracking_uri: str) -> None:
    """Train the networks of which there is no artifact. What was killed goes on."""
    for network in NETWORKS:
        if not (runs / network / artifact.MANIFEST).is_file():
            options = ["--network", network, "--seed", str(SEED), "--tracking", tracking_uri]
            command = [*UNDERTONE, "train", str(data / REVIEWS), "--out", str(runs / network), *options]
            subprocess.run(command, check=True)


def compare(data: Path, runs: Path, folders: Iterable[Path]) -> list[dict[str, Any]]:
    """What ``undertone models compare`` finds on reviews and on sentences that no model was trained on."""
    parts = runs / "sentences"
    subprocess.run([*UNDERTONE, "split", str(data / SENTENCES), "--seed", "7", "--out", str(parts)], check=True)
    models = [argument for folder in folders for argument in ("--model", str(folder))]
    files = [str(data / TEST), str(parts / "held_out.csv.gz")]
    command = [*UNDERTONE, "models", "compare", *files, *models, "--lexicons", "--json", "--out", str(runs / "report")]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    results: list[dict[str, Any]] = json.loads(answer.stdout)["results"]
    return results


def rows(results: Iterable[Mapping[str, Any]], folders: Mapping[str, Path], tracking_uri: str) -> dict[str, Row]:
    """A row for each model, by its architecture."""
    found: dict[str, Row] = {}
    for result in results:
        folder = folders.get(result["model"])
        name = folder.name if folder else result["model"].split()[0]
        row = found.setdefault(name, {"measured": datetime.now(UTC).date().isoformat(), "version": result["model"].split()[-1]})
        if result["file"] == TEST:
            interval = result["intervals"]["accuracy"]
            row |= {key: result[key] for key in ("accuracy", "f1", "ece")} | {"low": interval["low"], "high": interval["high"]}
            row |= {"microseconds": result["cost"]["microseconds"], "megabytes": result["cost"]["megabytes"]}
            row |= _making(artifact.read_manifest(folder), tracking_uri) if folder else {}
        else:
            row["sentences"] = result["accuracy"]
    return found


def _making(manifest: Mapping[str, Any], tracking_uri: str) -> Row:
    client = tracking.connect(tracking_uri)
    query = f"params.fingerprint = '{manifest['version']}'"
    runs = client.search_runs([tracking.experiment_of(client, tracking_uri)], query, max_results=1)
    made = {"seed": manifest["training"]["settings"]["seed"], "data_sha256": manifest["training"]["data_sha256"]}
    if runs:
        info = runs[0].info
        made |= {"run": info.run_id, "minutes": (info.end_time - info.start_time) / 60_000}
    return made


def markdown(table: Mapping[str, Row]) -> str:
    """The rows, the most accurate first."""
    lines = [HEADER, ("---",) * len(HEADER)]
    for name, row in sorted(table.items(), key=lambda item: -item[1]["accuracy"]):
        accuracy = f"{row['accuracy']:.4f} [{row['low']:.4f}, {row['high']:.4f}]"
        cost = (f"{row['microseconds']:,.0f}", f"{row['megabytes']:.1f}", f"{row['minutes']:.1f}" if "minutes" in row else "-")
        recorded = "" if row.get("measured_now", True) else f" (recorded {row['measured']})"
        making = (str(row.get("seed", "-")), row.get("run", "-")[:8])
        lines.append(
            (name + recorded, accuracy, f"{row['f1']:.4f}", f"{row['ece']:.4f}", f"{row['sentences']:.4f}", *cost, *making)
        )
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def main() -> None:
    """Train, compare, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("data", type=Path, help=f"folder with {REVIEWS}, {TEST}, {SENTENCES}")
    parser.add_argument("--runs", type=Path, default=Path(".undertone/architectures"), help="folder of trained models")
    parser.add_argument("--no-training", action="store_true", help="only compare what is there")
    arguments = parser.parse_args()
    runs: Path = arguments.runs
    runs.mkdir(parents=True, exist_ok=True)
    tracking_uri = f"sqlite:///{runs / 'mlflow.db'}"
    if not arguments.no_training:
        train(arguments.data, runs, tracking_uri)
    trained = sorted(path.parent for path in runs.glob(f"*/{artifact.MANIFEST}"))
    folders = {_label(folder): folder for folder in (artifact.PRETRAINED, *trained)}
    measured = rows(compare(arguments.data, runs, folders.values()), folders, tracking_uri)
    before: dict[str, Row] = json.loads(RESULTS.read_text(encoding="utf8")) if RESULTS.is_file() else {}
    table = {name: row | {"measured_now": False} for name, row in before.items()}
    table |= {name: before.get(name, {}) | row | {"measured_now": True} for name, row in measured.items()}
    RESULTS.write_text(json.dumps(dict(sorted(table.items())), indent=2) + "\n", encoding="utf8")
    RESULTS.with_suffix(".md").write_text(markdown(table), encoding="utf8")
    sys.stdout.write(markdown(table))


def _label(folder: Path) -> str:
    manifest = artifact.read_manifest(folder)
    return f"{manifest['name']} {manifest['version']}"


if __name__ == "__main__":
    main()
