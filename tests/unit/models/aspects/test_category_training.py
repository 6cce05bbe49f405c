"""Training of the categoriser: gold labels, translations, gradients, what is learned."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from models.aspects.taxonomy import taxonomy
from models.lab.aspects.categories import fitting, gold, make, measuring
from models.lab.aspects.categories.fitting import Examples, FittingSettings
from models.lab.judgement.corpus_split import Part
from tests.unit.models.judgement import written


def row(text: str, lang: str, *aspects: tuple[str, str]) -> dict[str, str]:
    found = [
        {
            "term": term,
            "category": category,
            "polarity": "positive",
            "start": text.find(term) if term else -1,
            "end": text.find(term) + len(term) if term else -1,
        }
        for term, category in aspects
    ]
    return written.review(text, "positive", lang) | {"aspects": json.dumps(found)}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = written.corpus(tmp_path_factory.mktemp("corpus"))
    english = [
        row(f"The waiter was slow. Nice wine {at}!", "en", ("waiter", "service general"),
            ("wine", "drinks quality"))
        for at in range(40)
    ]  # fmt: skip
    german = [
        row(f"Der Ober war langsam. Netter Wein {at}!", "de", ("Ober", "service general"),
            ("Wein", "drinks quality"))
        for at in range(40)
    ]  # fmt: skip
    acos = [
        row(f"It is good {at}", "en", ("", "LAPTOP#QUALITY")) for at in range(20)
    ] + [row("Nothing is known", "en", ("", "Out_of_this#World"))]  # fmt: skip
    written.write(folder / "reviews" / "mabsa_en.csv.gz", english)
    written.write(folder / "reviews" / "mabsa_de.csv.gz", german)
    written.write(folder / "reviews" / "en_acos_laptop.csv.gz", acos)
    italian = [row(f"Camera pulita {at}", "it", ("Camera", "comfort")) for at in range(20)]
    written.write(folder / "reviews" / "it_absita_hotel.csv.gz", italian)
    return folder


@pytest.fixture(scope="module")
def aspects(data: Path) -> list[gold.GoldAspect]:
    return gold.read(data)


@pytest.mark.parametrize(
    ("label", "category"),
    [
        ("BATTERY#OPERATION_PERFORMANCE", "battery"),
        ("LAPTOP#OPERATION_PERFORMANCE", "performance"),
        ("hotel cleanliness", "cleanliness"),
        ("FOOD#PRICES", "price"),
        ("FOOD#STYLE&OPTIONS", "food"),
        ("Price#Value for Money", "value"),
        ("After-sales Service#Exchange/Warranty/Return", "returns"),
        ("Shoes#Size", "size"),
        ("kebersihan", "cleanliness"),
        ("service general", gold.BY_TERM),
        ("polarity positive", ""),
        ("something unheard of", ""),
    ],
)
def test_labels_of_the_sets_are_mapped_to_the_taxonomy(label: str, category: str) -> None:
    assert gold.mapped(label) == category


def test_every_label_is_mapped_to_a_category_or_left_out() -> None:
    known = {*taxonomy(), gold.BY_TERM, ""}
    import tomllib

    mapping = tomllib.loads(gold.FILE.read_text(encoding="utf8"))
    assert {value for part in mapping.values() for value in part.values()} <= known


def test_aspects_are_read_with_their_clause_and_category(aspects: list[gold.GoldAspect]) -> None:
    first = next(each for each in aspects if each.set == "mabsa_en")
    assert (first.term, first.context, first.category) == ("waiter", "The waiter was slow", "staff")
    assert "waiter" not in repr(first)
    implicit = next(each for each in aspects if each.set == "en_acos_laptop")
    assert (implicit.term, implicit.category) == ("", "quality")
    assert sum(each.set == "en_acos_laptop" for each in aspects) == 20


def test_the_english_term_decides_whether_its_translation_is_staff(
    aspects: list[gold.GoldAspect],
) -> None:
    german = [each for each in aspects if each.set == "mabsa_de"]
    assert {(each.term, each.category) for each in german} == {
        ("Ober", "staff"),
        ("Wein", "drinks"),
    }


def test_translations_share_a_part_and_only_training_texts_that_may_train_do(
    aspects: list[gold.GoldAspect],
) -> None:
    parts = {(each.set, each.twin): each.part for each in aspects if each.twin}
    for (name, twin), part in parts.items():
        if name == "mabsa_de":
            assert parts["mabsa_en", twin] is part
    assert all(each.part is Part.TRAINING for each in aspects if each.trains)
    assert not any(each.trains for each in aspects if each.set == "it_absita_hotel")
    assert any(each.trains for each in aspects if each.set == "mabsa_de")


def test_a_term_has_its_translations_and_terms_of_one_original_are_no_negatives(
    aspects: list[gold.GoldAspect],
) -> None:
    trained = [each for each in aspects if each.trains]
    twins, same = make.translations(trained, 2)
    for at, each in enumerate(trained):
        assert {trained[other].twin for other in twins[at]} <= {each.twin}
    waiters = {int(same[at]) for at, each in enumerate(trained) if each.term in {"waiter", "Ober"}}
    assert len(waiters) == 1
    assert len(twins) == len(same) == len(trained) + 2


def toy(pieces: int = 12, count: int = 40) -> tuple[Examples, Any]:
    """Terms whose piece says the category, in two languages of six pieces each."""
    chance = np.random.default_rng(0)
    piece = np.arange(count) % 6
    one = np.ones(count, np.float32)
    terms = sparse.csr_matrix((one, (np.arange(count), piece)), (count, pieces))
    contexts = sparse.csr_matrix(
        (one, (np.arange(count), chance.integers(0, 12, count))), (count, pieces)
    )
    twins = tuple(
        np.array([(at + 6) % count], np.int64) if at % 2 else np.zeros(0, np.int64)
        for at in range(count)
    )
    examples = Examples(terms, contexts, piece % 3, one, twins, piece)
    return examples, chance.normal(size=(pieces, 8)).astype(np.float32)


def test_the_gradients_are_those_of_the_losses() -> None:
    how = FittingSettings(width=4, hidden=5, batch=16, no_term=0, no_context=0, contrast=0.3)
    examples, encoder = toy()
    head = fitting.start(encoder, np.ones(12, np.float32), 3, how)
    head.parameters = {key: each.astype(np.float64) for key, each in head.parameters.items()}
    head.correction = head.correction.astype(np.float64)
    rows = np.arange(16)

    def at() -> tuple[Any, Any, float]:
        used, found, losses = fitting._gradients(
            examples, encoder.astype(np.float64), head, rows, how, np.random.default_rng(3)
        )
        return used, found, float(losses[0] + how.contrast * losses[1])

    used, found, _ = at()
    places = [(head.parameters[key], found[key], key) for key in head.parameters]
    for array, gradient, name in [*places, (head.correction, None, "correction")]:
        index = (int(used[0]), 1) if gradient is None else (0,) * array.ndim
        expected = found["correction"][0, 1] if gradient is None else gradient[index]
        before = array[index]
        array[index] = before + 1e-4
        _, _, above = at()
        array[index] = before - 1e-4
        _, _, below = at()
        array[index] = before
        assert (above - below) / 2e-4 == pytest.approx(expected, rel=0.02, abs=1e-4), name


def test_training_learns_which_pieces_are_of_which_category() -> None:
    how = FittingSettings(width=4, hidden=8, batch=20, epochs=100, rate=0.02)
    examples, encoder = toy()
    lines: list[str] = []
    head = fitting.start(encoder, np.ones(12, np.float32), 3, how)
    fitting.fit(examples, encoder, head, how, lines.append)
    vectors = head.vectors(encoder)
    read = np.concatenate([examples.terms @ vectors, examples.contexts @ vectors], 1)
    hidden = np.maximum(read @ head.parameters["hidden/kernel"] + head.parameters["hidden/bias"], 0)
    found = (hidden @ head.parameters["out/kernel"] + head.parameters["out/bias"]).argmax(1)
    assert (found == examples.category).mean() > 0.95
    assert lines[-1].startswith("step 200 of 200")


def test_the_simulated_aspects_are_as_a_user_writes_them() -> None:
    assert all(3 <= len(aspect.examples) <= 5 for aspect, _ in measuring.cases())
    assert measuring._meant("camera#front camera") == "pictures"
    assert measuring._meant("food quality") == ""
