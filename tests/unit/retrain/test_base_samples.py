"""The shipped golden set and rehearsal sample keep to the split of the corpus."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from bench import base_data
from infra.settings import RetrainingSettings
from models.lab.judgement.corpus_split import BUCKETS, Part, part_of
from models.lab.judgement.text_keys import text_key
from models.training import datasets
from retrain.base import COLUMNS, GOLDEN, REHEARSAL
from retrain.shared.core.examples import concerns
from retrain.shared.training_data import golden_set, read
from schemas.errors import InputError
from streams.demo.sample import TWEETS, load
from tests.unit.models.judgement import written

MOST_GOLDEN, MOST_REHEARSAL = 1_200_000, 1_800_000


def rows(path: Path) -> list[dict[str, str]]:
    return [row for _, row in datasets.cells(path)]


def parts(found: list[dict[str, str]]) -> set[Part]:
    return {part_of(int(row["key"], 16) % BUCKETS) for row in found}


def test_every_golden_text_is_held_out_by_the_split_and_every_rehearsed_one_may_train() -> None:
    golden, rehearsal = rows(GOLDEN), rows(REHEARSAL)
    assert parts(golden) == {Part.HELD_OUT}
    assert parts(rehearsal) == {Part.TRAINING}
    for found in (golden, rehearsal):
        # Where nothing was masked or cleaned away, the text itself says what its key is.
        plain = [row for row in found if "<" not in row["text"]]
        same = sum(text_key(row["text"]) == int(row["key"], 16) for row in plain)
        assert same > 0.95 * len(plain) > 0.4 * len(found)


def test_the_samples_have_no_text_in_common_and_none_twice() -> None:
    golden, rehearsal = read(GOLDEN), read(REHEARSAL)
    keys = Counter(example.key for example in (*golden, *rehearsal))
    assert max(keys.values()) == 1


def test_no_golden_text_is_streamed_by_the_demo_where_feedback_would_teach_it() -> None:
    shown = {text_key(tweet.text) for tweet in load(TWEETS)}
    assert not shown & {int(row["key"], 16) for row in rows(GOLDEN)}


def test_the_samples_are_small_and_of_both_languages_and_all_labels() -> None:
    assert GOLDEN.stat().st_size <= MOST_GOLDEN
    assert REHEARSAL.stat().st_size <= MOST_REHEARSAL
    counts = Counter((each.language, each.domain, each.label) for each in read(GOLDEN))
    assert set(counts) == {
        *((("en", "film", label)) for label in ("negative", "positive")),
        *((("en", "airline_tweets", label)) for label in ("negative", "neutral", "positive")),
        *((("zh", "mixed", label)) for label in ("negative", "positive")),
    }
    assert min(counts.values()) > 600
    assert {each.language for each in read(REHEARSAL)} == {"en", "zh"}


def test_the_samples_are_made_of_these_parts_and_are_the_same_every_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [tmp_path / "golden.csv.gz", tmp_path / "rehearsal.csv.gz"]
    for name, path in zip(("GOLDEN", "REHEARSAL"), paths, strict=True):
        monkeypatch.setattr(base_data, name, path)
    made = []
    for folder in ("one", "two"):
        base_data.main(written.corpus(tmp_path / folder))
        made.append([path.read_bytes() for path in paths])
    assert made[0] == made[1]
    golden, rehearsal = map(rows, paths)
    assert tuple(golden[0]) == tuple(rehearsal[0]) == COLUMNS
    assert (parts(golden), parts(rehearsal)) == ({Part.HELD_OUT}, {Part.TRAINING})


def test_rows_are_chosen_by_language_where_a_file_names_it(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("text,label,language\ngut,positive,de\nbien,neutral,es\nok,negative,\n")
    own = golden_set(RetrainingSettings(golden=path))
    assert [example.label for example in own] == ["positive", "neutral", "negative"]
    chosen = {
        language: [example.text for example in own if concerns(example, language)]
        for language in ("de", "fr", "*")
    }
    assert chosen == {"de": ["gut", "ok"], "fr": ["ok"], "*": ["gut", "bien", "ok"]}
    path.write_text("text,label,lang\ngut,positive,de\n")
    assert [example.language for example in golden_set(RetrainingSettings(golden=path))] == ["de"]
    path.write_text("text,label\nplain,neutral\n")
    with pytest.raises(InputError, match="no labelled reviews"):
        golden_set(RetrainingSettings(golden=path))
