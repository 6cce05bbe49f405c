"""From the corpus to what fine-tuning reads, and from what it writes to what is shipped; the
fine-tuning itself made up.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from models.lab.judgement import corpus, corpus_split, encoder_figures, pack, ship, teachings
from models.lab.judgement.corpus import LabelledText
from models.lab.judgement.pack import Rows, Vocabulary
from models.lab.judgement.sources import LEFT_OUT
from models.lab.judgement.text_keys import text_key
from models.multilingual import encoder_weights
from models.multilingual.e5_file import E5File, dequantised
from models.multilingual.e5_tokenizer import Tokens
from schemas.errors import InputError
from tests.unit.models.judgement import written
from tests.unit.models.multilingual.tiny import SHAPE, state, write_e5, write_tokenizer

PROBABILITIES = np.array([0.7, 0.1, 0.2], np.float32)


@dataclass(frozen=True)
class Packed:
    """The texts, the files that packing read, and the folder that it wrote."""

    texts: list[LabelledText]
    e5: Path
    tokenizer: Path
    folder: Path

    @property
    def rows(self) -> Rows:
        return pack.load_rows(self.folder)[0]


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Packed:
    folder = tmp_path_factory.mktemp("packed")
    data, e5 = written.corpus(folder / "data"), write_e5(folder / "e5.bin")
    tokenizer = write_tokenizer(folder / "tokenizer.json")
    run(pack.main, data, folder / "out", "--e5", e5, "--tokenizer", tokenizer)
    return Packed(corpus.read(data), e5, tokenizer, folder / "out")


def run(main: Callable[[], None], *given: object) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["program", *map(str, given)])
        main()


def results(packed: Packed, folder: Path) -> Path:
    """Judgements as ``finetune`` would write them: the same of all, but none of what an encoder
    trained on.
    """
    rows = packed.rows
    logits = np.log(np.tile(PROBABILITIES, (len(rows.label), 1))).astype(np.float16)
    np.savez(folder / "full_weights.npz", **state())  # type: ignore[arg-type]
    np.save(folder / "full_logits.npy", logits)
    for fold in range(ship.FOLDS):
        np.save(
            folder / f"fold{fold}_logits.npy",
            np.where((rows.bucket % 3 == fold)[:, None], logits, np.float16(np.nan)),
        )
    english = np.array([text.language == "en" for text in packed.texts])
    np.save(folder / "left_out_films.npy", logits[english])
    return folder


def test_pieces_weights_and_rows_come_back_as_they_were(packed: Packed) -> None:
    rows, names = pack.load_rows(packed.folder)
    table, pieces = (
        E5File.open(packed.e5),
        Tokens.load(packed.tokenizer)([text.text for text in packed.texts]),
    )
    vocabulary = Vocabulary.of(pieces, SHAPE.vocabulary)
    with np.load(packed.folder / pack.PIECES) as file:
        flat = file["low"].astype(np.int32) | file["high"].astype(np.int32) << 16
        assert file["lengths"].tolist() == [len(row) for row in pieces]
    assert np.array_equal(flat, vocabulary.numbered(np.concatenate(pieces)))
    with np.load(packed.folder / pack.ENCODER) as file:
        assert np.array_equal(dequantised(file["table"]), table.vectors(vocabulary.kept))
        assert len(file.files) == 5 + SHAPE.layers * 16
    assert [names["sets"][number] for number in rows.sets] == [text.set for text in packed.texts]
    assert rows.key.tolist() == [text_key(text.text) for text in packed.texts]
    assert rows.left_out.shape == (len(LEFT_OUT), len(packed.texts))


def test_rare_pieces_become_unknown_and_the_marks_stay_first() -> None:
    rows = [np.array([0, 9, 9, 7, 2], np.int32), np.array([0, 9, 7, 7, 5, 2], np.int32)]
    vocabulary = Vocabulary.of(rows, 10)
    assert vocabulary.kept.tolist() == [0, 1, 2, 3, 7, 9]
    assert vocabulary.numbered(rows[1]).tolist() == [0, 5, 4, 4, 3, 2]


def test_rows_say_what_may_train_what_is_weak_and_what_a_domain_excludes(packed: Packed) -> None:
    rows, kept_back = packed.rows, corpus_split.withheld(packed.texts)
    assert rows.train.tolist() == [corpus_split.may_train(text, kept_back) for text in packed.texts]
    assert 0 < rows.train.sum() < len(packed.texts)
    assert {text.stars for text, weak in zip(packed.texts, rows.weak, strict=True) if weak} == {3.0}
    assert (rows.excluded >= rows.left_out).all()


def test_a_text_of_a_domain_that_is_left_out_is_excluded_wherever_it_stands(packed: Packed) -> None:
    film = next(text for text in packed.texts if text.set == "imdb_train")
    texts = [
        film,
        replace(film, set="en_roast", domain="phones", text=film.text.upper()),
        replace(film, set="en_roast", text="else"),
    ]
    rows = pack.rows_of(texts, pack.names_of(texts))
    films = list(LEFT_OUT).index("films")
    assert (rows.left_out[films].tolist(), rows.excluded[films].tolist()) == (
        [True, False, False],
        [True, True, False],
    )


def test_what_is_shipped_teaches_training_texts_alone_and_loads_again(
    packed: Packed, tmp_path: Path
) -> None:
    out = results(packed, tmp_path)
    run(
        ship.main,
        packed.folder,
        out,
        "--encoder",
        tmp_path / "encoder",
        "--teachings",
        tmp_path / "teachings.npz",
    )
    layers = encoder_weights.load(tmp_path / "encoder")
    assert layers.training["texts"] == packed.rows.train.sum()
    card = (tmp_path / "encoder" / "README.md").read_text()
    assert "ro_laroseda" in card
    assert "ro_laroseda" not in layers.training["sets"], "its licence allows evaluation alone"
    taught = teachings.load(tmp_path / "teachings.npz")
    probabilities, known = taught.all_domains.of([text.text for text in packed.texts])
    assert known.tolist() == packed.rows.train.tolist()
    assert np.abs(probabilities[known] - PROBABILITIES).max() < 0.005
    assert not probabilities[~known].any()
    films = [text.set == "imdb_train" for text in packed.texts]
    assert list(taught.left_out) == ["films"], "those that were not finished are left out"
    assert not taught.left_out["films"].of([text.text for text in packed.texts])[1][films].any()
    run(encoder_figures.main, packed.folder, out, "--json", tmp_path / "figures.json")
    found = json.loads((tmp_path / "figures.json").read_text())
    assert "imdb_train/en" in found
    assert "mabsa_en/en" not in found, "of so few texts there are no figures"
    assert layers.training["held_out"]["pairs"] == len(found)


def test_a_text_that_stands_in_two_folds_teaches_nothing(packed: Packed) -> None:
    rows = packed.rows
    first, second, *_ = np.flatnonzero(rows.train)
    key = rows.key.copy()
    key[second] = key[first]
    same = replace(rows, key=key)
    everything = np.ones(len(key), bool)
    group = np.zeros(len(key), np.int64)
    assert ship.teachable(same, group, everything)[[first, second]].all()
    group[second] = 1
    assert not ship.teachable(same, group, everything)[[first, second]].any()


def test_a_held_out_text_among_the_teachings_is_an_error(packed: Packed) -> None:
    rows = packed.rows
    teaching = teachings.averaged(rows.key, np.tile(PROBABILITIES, (len(rows.key), 1)))
    with pytest.raises(AssertionError, match="must not be trained on"):
        ship.check(teachings.Teachings(teaching, np.ones(len(teaching.keys), bool), {}), rows)


def test_teachings_of_another_split_or_damaged_ones_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "teachings.npz"
    keys = np.array([3, 1, 3], np.uint64)
    taught = teachings.averaged(keys, np.array([[1, 0, 0], [0, 0, 1], [0, 0, 1]], np.float32))
    assert taught.keys.tolist() == [1, 3]
    assert taught.levels.tolist() == [[0, 255], [128, 128]]
    teachings.save(teachings.Teachings(taught, np.array([True, False]), {}), path)
    assert teachings.load(path).own.tolist() == [True, False]
    monkeypatch.setattr(corpus_split, "VERSION", 2)
    with pytest.raises(InputError, match="version 1 of the split, not 2"):
        teachings.load(path)
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(InputError, match=r"teachings\.npz"):
        teachings.load(path)


def test_no_key_of_the_teachings_is_of_a_text_that_is_held_out() -> None:
    # Translations are split by their original: of those the builder makes sure.
    taught = teachings.load()
    keys: npt.NDArray[np.uint64] = taught.all_domains.keys
    assert (np.diff(keys) > 0).all()
    assert {
        corpus_split.part_of(int(number))
        for number in np.unique(keys[taught.own] % corpus_split.BUCKETS)
    } == {corpus_split.Part.TRAINING}
    assert taught.own.mean() > 0.5
    assert taught.left_out.keys() <= LEFT_OUT.keys()


def test_figures_are_those_of_the_definitions() -> None:
    label = np.array([0, 0, 0, 2, 1], np.uint8)
    scores = np.array(
        [[0.6, 0.1, 0.3], [0.3, 0.1, 0.6], [0.4, 0.5, 0.1], [0.1, 0.1, 0.8], [0.1, 0.8, 0.1]],
        np.float32,
    )
    found = encoder_figures.figures(scores, label)
    # F1: negative 2·1/(1+3), neutral 2·1/(2+1), positive 2·1/(2+1); sides: 2 of 3 and 1 of 1.
    assert found.texts == 5
    assert found.macro_f1 == pytest.approx((1 / 2 + 2 / 3 + 2 / 3) / 3)
    assert found.balanced == pytest.approx((2 / 3 + 1) / 2)
    assert np.isnan(encoder_figures.figures(scores[-1:], label[-1:]).balanced)
