"""Golden and rehearsal samples of the trainer: ``python -m bench.base_data DATA`` writes both.

``DATA`` is the folder of the corpus (see ``models.lab.judgement.corpus``). The golden set is of
texts that its split holds out, the rehearsal sample of those that may train; both are cleaned and
masked as the stream does it, and the same every time.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from infra.settings import PrivacySettings
from models.lab.judgement import corpus
from models.lab.judgement.corpus import LABELS, LabelledText
from models.lab.judgement.corpus_split import Part, bucket, may_train, part_of, withheld
from models.lab.judgement.text_keys import text_key
from models.text.cleaning import clean
from models.training import datasets
from retrain.base import COLUMNS, GOLDEN, REHEARSAL
from retrain.shared.core import text_identity
from streams.composition import build_masker
from streams.stages.masking import Masker

GOLDEN_SIZES = {
    "imdb_train": 1200,
    "rotten_tomatoes_train": 10_000,
    "tweets": 10_000,
    "chinese_reviews": 10_000,
}
"""By set, the most texts that are taken; there are fewer than 10,000 of each held out."""
REHEARSAL_SIZES = {"imdb_train": 2200, "rotten_tomatoes_train": 1500, "chinese_reviews": 3000}
"""Tweets are not rehearsed: to the binary models they are another domain."""
AT_ONCE = 64


def main(folder: Path) -> None:
    """Choose by hash, so that neither the order of a source nor chance decides."""
    texts = corpus.read(folder)
    kept_back = withheld(texts)
    held_out = [text for text in texts if part_of(bucket(text.group)) is Part.HELD_OUT]
    training = [text for text in texts if may_train(text, kept_back)]
    masker = build_masker(PrivacySettings())
    golden = rows(chosen(held_out, GOLDEN_SIZES), masker, ())
    rehearsal = rows(chosen(training, REHEARSAL_SIZES), masker, golden)
    for path, found in ((GOLDEN, golden), (REHEARSAL, rehearsal)):
        datasets.write_table(path, COLUMNS, found.values())


def chosen(texts: Iterable[LabelledText], sizes: dict[str, int]) -> list[LabelledText]:
    """Of each set so many, each text once; none whose labels contradict each other."""
    by_set: dict[str, dict[int, list[LabelledText]]] = {name: defaultdict(list) for name in sizes}
    for text in texts:
        if text.set in sizes:
            by_set[text.set][text_key(text.text)].append(text)
    return [
        alike[0]
        for name, size in sizes.items()
        for alike in [
            alike
            for _, alike in sorted(by_set[name].items())
            if len({text.label for text in alike}) == 1
        ][:size]
    ]


def rows(
    texts: Sequence[LabelledText], masker: Masker, others: Iterable[str]
) -> dict[str, tuple[str, ...]]:
    """Rows by the identity of their masked text, without those of ``others``."""
    found: dict[str, tuple[str, ...]] = {}
    for start in range(0, len(texts), AT_ONCE):
        part = texts[start : start + AT_ONCE]
        masked = masker([clean(text.text) for text in part], [text.language for text in part])
        for text, each in zip(part, masked, strict=True):
            identity, split_key = text_identity.key(each.text), f"{text_key(text.text):016x}"
            row = (str(each.text), LABELS[text.label], text.language, text.domain, split_key)
            found.setdefault(identity, row)
    without = frozenset(others)
    return {identity: row for identity, row in found.items() if identity not in without}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0] if __doc__ else "")
    parser.add_argument("data", type=Path, help="folder of the corpus")
    main(parser.parse_args().data)
