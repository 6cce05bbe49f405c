"""Training, on little data: that it learns, that it repeats itself, and that its parts keep to
their names.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from models.artifact.artifact import load, save
from models.lab.names import teacher_labels
from models.lab.names.agreement import agreement
from models.lab.names.emphasis import shouted, stretched, titled
from models.lab.names.examples import examples_of, roles_of, writer
from models.lab.names.injection import part, recased
from models.lab.names.people import part_of, people, romanised
from models.lab.names.places import Places
from models.lab.names.selection import MOST
from models.lab.names.silver import corrected
from models.lab.names.tagger_card import card
from models.lab.names.tagger_fitting import FittingPlan, fit
from models.lab.names.tagger_training import thresholds
from models.lab.names.teacher_labels import UNSURE, Labelled, agreed
from models.names.tagger import SHIPPED, Found

NAMES = ["Ana", "Bo", "Cy", "Dora", "Edo", "Fay"]
PLACES = Places(["Lodz", "Brno"], ["12 Elm Street", "Rue Verte 4"])


def test_what_teachers_agree_on_is_kept_and_what_they_do_not_is_unsure() -> None:
    first = [("PERSON", 0, 4), ("LOCATION", 10, 14), ("PERSON", 20, 24)]
    second = [("PERSON", 0, 4), ("PERSON", 10, 14), ("PERSON", 22, 28)]
    assert agreed([first, second]) == [("PERSON", 0, 4), (UNSURE, 10, 14), (UNSURE, 20, 28)]


def test_labels_are_read_as_they_were_written(tmp_path: Path) -> None:
    said = list(
        teacher_labels.label(
            ["Ana is here"], [lambda batch: [[("PERSON", 0, 3)] for _ in batch]], lambda *_: None
        )
    )
    file = tmp_path / "labels.jsonl"
    teacher_labels.save(said, file)
    assert teacher_labels.load(file) == said == [Labelled("Ana is here", [("PERSON", 0, 3)])]


def test_no_name_is_in_two_parts() -> None:
    parts = [people(one).words() for one in ("train", "dev")]
    assert not parts[0] & parts[1]
    assert all(
        part_of(name) == "dev" for names in people("dev").countries.values() for name in names[0]
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Иван", "Ivan"), ("Αλέξης", "Alexis"), ("Łukasz", "Łukasz"), ("王", "王")],
)
def test_names_in_other_letters_are_written_in_latin_ones(name: str, expected: str) -> None:
    assert romanised(name) == expected


def test_a_sentence_is_written_with_its_spans_and_put_among_others() -> None:
    write = writer(people("dev"), PLACES, seed=3)
    for _ in range(200):
        sentence = write.sentence("I met {P} at {S}, {N} times.")
        review = Labelled("It was good. Bo Derek was in it! I liked it.", [("PERSON", 13, 21)])
        both = write.among(sentence, review)
        assert [kind for kind, *_ in sentence.spans] == ["PERSON", "LOCATION"]
        wanted = {sentence.text[start:end] for _, start, end in sentence.spans} | {"Bo Derek"}
        assert {both.text[start:end] for _, start, end in both.spans} <= wanted
        assert sentence.text in both.text


def test_people_are_replaced_the_same_by_the_same() -> None:
    write = writer(people("dev"), PLACES, seed=5)
    review = Labelled(
        "Ana met Bo. Ana left.", [("PERSON", 0, 3), ("PERSON", 8, 10), ("PERSON", 12, 15)]
    )
    other = write.replaced(review, 1.0, 1.0)
    first, second, third = (other.text[start:end] for _, start, end in other.spans)
    assert first == third != second
    assert other.text == f"{first} met {second}. {first} left."


def test_a_part_of_a_text_keeps_the_spans_inside_and_letters_that_grow_are_left() -> None:
    assert part(Labelled("x Ana y", [("PERSON", 2, 5)]), 2, 7) == Labelled(
        "Ana y", [("PERSON", 0, 3)]
    )
    assert recased(Labelled("straße", []), str.upper).text == "straße"


def test_it_learns_whom_to_ask_for_and_the_same_again_gives_the_same() -> None:
    rng = random.Random(1)
    made = []
    for _ in range(300):
        name = rng.choice(NAMES)
        made += [
            Labelled(f"please ask for {name} now", [("PERSON", 15, 15 + len(name))]),
            Labelled("Nothing here for anyone now", []),
            Labelled(f"it is near {rng.choice(PLACES.cities)} today", [("LOCATION", 11, 15)]),
        ]
    roles = roles_of([one.text for one in made] * 10, made, [])
    plan = FittingPlan(bits=12, hidden=16, epochs=6)
    examples = examples_of(made, roles, plan.bits)
    weights = [fit(examples, plan, lambda *_: None) for _ in range(2)]
    assert all((one == other).all() for one, other in zip(*weights, strict=True))
    limits, reached = thresholds(weights[0], roles, made[:90])
    assert {kind: one.f1 for kind, one in reached.items()} == {"PERSON": 1.0, "LOCATION": 1.0}
    assert {name: len(values) for name, values in limits.items()} == {
        "sure": 2,
        "small": 2,
        "fair": 2,
    }


def test_unsure_words_are_not_learnt_from() -> None:
    roles = roles_of([], [], [])
    tags = examples_of([Labelled("Ana Bo Cy", [("PERSON", 0, 3), (UNSURE, 4, 6)])], roles, 12).tags
    assert tags.tolist() == [1, -1, 0]


def test_agreement_counts_what_is_touched_what_is_whole_and_what_is_right() -> None:
    text = "Ana Maria's cat saw Bo"
    got = agreement(
        [text],
        [[("PERSON", 0, 11), ("PERSON", 20, 22)]],
        [[Found("PERSON", 0, 9, 1.0), Found("PERSON", 12, 15, 1.0)]],
        "PERSON",
    )
    assert (got.there, got.hit, got.whole, got.found, got.right) == (2, 1, 1, 2, 1)
    assert got.f1 == 0.5


def test_the_shipped_card_is_what_the_manifest_says(tmp_path: Path) -> None:
    model = load(SHIPPED)
    folder = tmp_path / "again"
    save(model, folder, card(model, sorted(MOST)))
    assert (folder / "README.md").read_text("utf8") == (SHIPPED / "README.md").read_text("utf8")


def test_brands_that_teachers_call_people_are_no_people_and_names_they_miss_are_unsure() -> None:
    text = "My Keurig broke, said Maria. Tony Xyqzw agreed, and so did Blorvex."
    said = [("PERSON", 3, 9), ("PERSON", 29, 39), ("PERSON", 59, 66)]
    (one,) = corrected([Labelled(text, said)], {"maria", "tony"}, {"my", "so"})
    assert one.spans == [(UNSURE, 22, 27), ("PERSON", 29, 39), (UNSURE, 59, 66)]


@pytest.mark.parametrize("change", [shouted, titled, stretched])
def test_emphasis_moves_no_span_off_its_words(
    change: Callable[[Labelled, random.Random], Labelled],
) -> None:
    rng = random.Random(1)
    text = "so good, Maria said, it was the best"
    for _ in range(100):
        one = change(Labelled(text, [("PERSON", 9, 14)]), rng)
        assert [one.text[start:end].lower() for _, start, end in one.spans] == ["maria"]


def test_going_on_from_a_tagger_begins_with_its_weights() -> None:
    made = [Labelled("ask for Ana", [("PERSON", 8, 11)])]
    examples = examples_of(made, roles_of([], made, []), 12)
    first = fit(examples, FittingPlan(bits=12, epochs=1), lambda *_: None)
    again = fit(examples, FittingPlan(bits=12, epochs=0), lambda *_: None, first)
    assert all((one == other).all() for one, other in zip(first, again, strict=True))
