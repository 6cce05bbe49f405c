"""Leave one domain out of training at a time, English: what the student is worth on goods that it
has never seen.

    python -m models.lab.judgement.student.leave_out CACHE OUT.json

Nothing of the domain trains or calibrates, nor do the same words elsewhere, and the encoder whose
answers teach left it out as well; where it did not (hotels), labels alone teach. The deep side
begins anew. The baseline is trained on the same texts. ``OUT.json`` says beside which version of
the artifact, that is by which code and on which texts, it was made.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from threadpoolctl import threadpool_limits

from models.artifact import artifact as artifacts
from models.lab.judgement.student import (
    baseline,
    deep,
    make,
    measuring,
    mixing,
    polarity,
    prepared,
    weighing,
    wide,
)
from models.lab.judgement.student.deep import DeepSettings
from models.lab.judgement.student.prepared import Chosen, Prepared
from models.lab.judgement.student.wide import WideSettings
from models.student import model

EPOCHS = 2.0
console = Console()


def without(rows: Prepared, domain: int) -> Prepared:
    """The rows, of which nothing of the domain, nor of another language, trains or calibrates."""
    allowed = ~rows.excluded[domain] & (rows.languages == rows.names["languages"].index("en"))
    return replace(rows, train=rows.train & allowed, development=rows.development & allowed)


def judged(rows: Prepared, domain: int) -> Chosen:
    """All English texts of the domain, held out or not, but copies."""
    english = rows.languages == rows.names["languages"].index("en")
    chosen: Chosen = (
        rows.left_out[domain] & english & (rows.original == np.arange(len(rows.original)))
    )
    return chosen


def leave_out(cache: Path, rows: Prepared, domain: int) -> dict[str, Any]:
    """Figures of the student and of the baseline."""
    rest = without(rows, domain)
    how = weighing.Weighing() if rows.domain_taught[domain].any() else weighing.Weighing(hard=1.0)
    targets = weighing.targets(rest, rest.train, how, domain)
    features, known = prepared.load_features(cache)
    pieces, _, _ = prepared.load_pieces(cache)
    side = wide.fit(
        features, len(known), rows.languages.astype(np.int64), rest.train, targets, WideSettings()
    )
    of_words = polarity.fit(rest, features, len(known), pieces.ends - pieces.starts)
    path = cache / f"deep-without-{domain}.npz"
    network = deep.fit(
        pieces, np.load(cache / prepared.VECTORS), rest.train, targets,
        DeepSettings(epochs=EPOCHS, more=0), path, console.print
    )  # fmt: skip
    fitted = mixing.fit(
        make.sides(cache, rest, side, of_words, network, mixing.usable(rest)),
        len(make.served(rest)),
    )
    found = make.sides(cache, rest, side, of_words, network, judged(rows, domain))
    logits = fitted.logits(found.logits, found.polarity, found.pieces, found.language)
    ours = asdict(measuring.measured(logits, found.label))
    simple = baseline.logits(cache, rest, baseline.of_corpus(rest), judged(rows, domain))[
        judged(rows, domain)
    ]
    return {"student": ours, "baseline": asdict(measuring.measured(simple, found.label))}


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cache", type=Path, metavar="CACHE")
    parser.add_argument("out", type=Path, metavar="OUT")
    given = parser.parse_args()
    rows = prepared.load(given.cache)
    found = json.loads(given.out.read_text(encoding="utf8")) if given.out.is_file() else {}
    version = artifacts.load(model.FOLDER).version
    found = found if found.get("beside") == version else {"beside": version, "domains": {}}
    with threadpool_limits(1):
        prepared.hash_features(given.cache, rows, baseline.FEATURES, baseline.WORDS)
        for number, domain in enumerate(rows.names["left_out"]):
            if domain not in found["domains"]:
                found["domains"][domain] = leave_out(given.cache, rows, number)
                given.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf8")
                console.print(domain, found["domains"][domain])


if __name__ == "__main__":
    main()
