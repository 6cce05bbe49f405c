"""The command line, run as a user runs it, without any server."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

COMMANDS = (
    "up", "down", "status", "demo", "worker", "sink", "migrate", "settings", "produce", "tail",
    "replay", "sql", "score", "mask", "aspects",
    "train", "evaluate", "label", "gateway",
)  # fmt: skip
PATTERNS = {"UNDERTONE_PRIVACY__LEVEL": "patterns"}


def undertone(
    *arguments: str, stdin: str = "", **settings: str
) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "streams", *arguments]
    return subprocess.run(
        argv,
        input=stdin,
        capture_output=True,
        text=True,
        env=os.environ | settings,
        timeout=120,
        check=False,
    )


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str) -> None:
    helped = undertone(command, "--help")
    assert helped.returncode == 0
    assert "Example:" in helped.stdout


def test_mask_gives_offsets_into_the_text_as_it_was_given() -> None:
    texts = [
        "<p>mail&nbsp;<b>jane</b>.roe@example.org</p> 👩\u200d🚀",
        "IBAN \u200bDE89 3704 0044 0532 0130 00 here",
        "nothing",
    ]
    answered = undertone(
        "mask",
        stdin="".join(json.dumps({"review_id": i, "text": t}) + "\n" for i, t in enumerate(texts)),
        **PATTERNS,
    )
    assert answered.returncode == 0, answered.stderr
    first, second, third = lines(answered.stdout)
    assert first["text_masked"] == "mail <EMAIL_ADDRESS> 👩\u200d🚀"
    [entity] = first["entities"]
    assert (entity["type"], texts[0][entity["start"] : entity["end"]]) == (
        "EMAIL_ADDRESS",
        "jane</b>.roe@example.org",
    )
    [entity] = second["entities"]
    assert texts[1][entity["start"] : entity["end"]] == "DE89 3704 0044 0532 0130 00"
    assert third == {"review_id": 2, "text_masked": "nothing", "entities": []}


def test_mask_names_the_line_that_is_wrong_and_does_the_others() -> None:
    answered = undertone(
        "mask", stdin='{"text": "fine"}\nnonsense\n{"text": 7}\n{"text": "fine too"}\n', **PATTERNS
    )
    assert answered.returncode == 1
    assert [line["text_masked"] for line in lines(answered.stdout)] == ["fine", "", "", "fine too"]
    second, third = (line for line in lines(answered.stdout) if "rejected" in line)
    assert second["line"] == 2
    assert (third["line"], third["rejected"]) == (3, "text is not a string")
    assert answered.stderr.startswith("undertone: 2 lines were rejected")


def test_score_answers_each_line_in_order_and_says_why_where_it_cannot() -> None:
    stdin = (
        '{"review_id": "a", "text": "A wonderful, moving film."}\n{"text": " "}\n{"text": '
        '"Dull and badly acted rubbish."}\n'
    )
    answered = undertone("score", stdin=stdin, **PATTERNS)
    good, empty, bad = lines(answered.stdout)
    assert (good["review_id"], good["sentiment"], bad["sentiment"]) == ("a", "positive", "negative")
    assert (empty["line"], empty["rejected"]) == (2, "empty_text")
    assert (answered.returncode, answered.stderr) == (
        1,
        "undertone: 1 lines were rejected; each says why on standard output\n",
    )


def test_reviews_in_many_languages_are_scored_and_one_that_no_model_declares_is_marked() -> None:
    texts = {
        "en": ("A wonderful, moving film.", "positive"),
        "zh": ("房间很脏 服务太差 再也不会来了", "negative"),
        "de": ("Das Essen war kalt und die Bedienung sehr unfreundlich.", "negative"),
        "es": ("El hotel estaba muy limpio y el personal fue amable.", "positive"),
        "hi": ("होटल बहुत अच्छा था और खाना स्वादिष्ट था", "positive"),
        "el": ("ήταν βρώμικα τα δωμάτια και αγενέστατη η υπηρεσία", None),
    }
    stdin = "".join(json.dumps({"text": text}) + "\n" for text, _ in texts.values())
    answered = undertone("score", stdin=stdin, **PATTERNS)
    found = lines(answered.stdout)
    assert [each["language"] for each in found] == list(texts)
    assert {each["model_name"] for each in found} == {"judge"}
    for each, (_, expected) in zip(found, texts.values(), strict=True):
        assert expected in {None, each["sentiment"]}
        assert sum(each["probabilities"].values()) == pytest.approx(1, abs=1e-5)
        assert each["confidence"] == each["probabilities"][each["sentiment"]]
        assert each["language_served"] is (each["language"] != "el")
    refusing = undertone("score", stdin=stdin, UNDERTONE_LANGUAGE__UNSERVED="reject", **PATTERNS)
    assert [each.get("rejected") for each in lines(refusing.stdout)] == [
        *[None] * 5,
        "unsupported_language",
    ]


def test_evaluate_measures_the_shipped_model(tmp_path: Path) -> None:
    path = tmp_path / "labelled.csv.gz"
    rows = [
        "A wonderful film,positive",
        "A terrible film,negative",
        "Great acting and a great story,positive",
        "Dull rubbish,negative",
        "The parcel contains a cable and a manual,neutral",
    ]
    path.write_bytes(gzip.compress("\n".join(["text,label", *rows]).encode()))
    answered = undertone("evaluate", str(path), "--json")
    assert answered.returncode == 0, answered.stderr
    figures = json.loads(answered.stdout)
    three = figures["three_classes"]
    assert (figures["reviews"], three["reviews"], figures["neutral_left_out"]) == (4, 5, 0)
    assert sum(three["confusion"]["neutral"].values()) == 1
    binary = json.loads(
        undertone("evaluate", str(path), "--json", "--model", "shipped:reviews-en").stdout
    )
    assert (binary["reviews"], binary["neutral_left_out"]) == (4, 1)
    assert "three_classes" not in binary
    assert figures["accuracy"] == 1.0
    assert figures["confusion"]["positive"] == {"positive": 2, "negative": 0}
    assert {"f1", "auc", "ece", "reviews_per_second", "model"} <= figures.keys()


def test_evaluate_measures_every_set_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "films.csv").write_text(
        "text,label,domain\nA wonderful film with great actors,positive,film\n"
        "Dull rubbish from the first minute to the last,negative,film\nNo label,,film\n"
    )
    (tmp_path / "hoteles.csv").write_text(
        "text,label,lang\nUn hotel maravilloso,positive,es\nHabitaciones sucias,negative,es\n"
    )
    answered = undertone("evaluate", str(tmp_path), "--json")
    assert answered.returncode == 0, answered.stderr
    figures = json.loads(answered.stdout)
    assert (figures["reviews"], figures["unlabelled"]) == (4, 1)
    assert {key: [part["name"] for part in parts] for key, parts in figures["by"].items()} == {
        "set": ["films.csv", "hoteles.csv"],
        "language": ["en", "es"],
        "domain": ["film", "not said"],
        "length": ["1-10 words"],
        "label source": ["people"],
    }
    assert figures["mean"] == {"accuracy": 1.0, "f1": 1.0, "balanced": 1.0} | {
        "ece": figures["mean"]["ece"]
    }
    stored = tmp_path / "stored"
    stored.mkdir()
    first, second = figures["by"]["set"]
    known = [first | {"f1": 0.25}, second | {"reviews": 3}]
    document = figures | {"model": "another model", "by": {"set": known}}
    (stored / "figures.json").write_text(json.dumps(document))
    against = ("--against", str(stored / "figures.json"))
    beside = json.loads(undertone("evaluate", str(tmp_path), "--json", *against).stdout)
    assert beside["against"]["model"] == "another model"
    assert (beside["against"]["sets"], beside["against"]["gain"]["f1"]) == (1, 0.75)
    assert ["against" in part for part in beside["by"]["set"]] == [True, False]
    table = undertone("evaluate", str(tmp_path), *against, COLUMNS="200").stdout
    words = ("films", "hoteles", "macro-F1", "by language", "mean", "against another model")
    assert all(word in table for word in (*words, "0.250", "+0.750"))
    assert "macro-F1 +0.750 in the mean of 1 sets, higher on 1 of them; not compared" in table
    (stored / "figures.json").write_text("{}")
    refused = undertone("evaluate", str(tmp_path), *against)
    assert (refused.returncode, "figures.json: not figures" in refused.stderr) == (1, True)


def test_evaluate_measures_aspect_terms_and_their_polarities(tmp_path: Path) -> None:
    text = "The battery life is great but the screen is terrible."
    aspects = [
        {"start": 4, "end": 16, "polarity": "positive"},
        {"start": 34, "end": 40, "polarity": "positive"},
    ]
    row = {"text": text, "aspects": json.dumps(aspects), "lang": "en"}
    (tmp_path / "laptops.jsonl").write_text(json.dumps(row) + "\n")
    answered = undertone("evaluate", str(tmp_path), "--aspects", "--json")
    figures = json.loads(answered.stdout)
    assert figures["by"]["set"][0]["exact"]["f1"] == 1.0
    assert figures["mean"]["accuracy"] == 0.5
    (tmp_path / "stored").mkdir()
    stored = tmp_path / "stored" / "figures.json"
    stored.write_text(answered.stdout)
    table = undertone(
        "evaluate", str(tmp_path), "--aspects", "--against", str(stored), COLUMNS="200"
    ).stdout
    assert "accuracy there" in table
    stored.write_text("{}")
    refused = undertone("evaluate", str(tmp_path), "--aspects", "--against", str(stored))
    assert "not figures that" in refused.stderr


@pytest.mark.parametrize(
    ("name", "content", "options"),
    [
        (
            "excel.csv",
            b"\xef\xbb\xbftext;label\r\nA wonderful film;positive\r\nDull rubbish;negative\r\n",
            (),
        ),
        (
            "lines.jsonl",
            (
                b'{"text": "A wonderful film", "label": "positive"}\n{"text": "Dull", "label": '
                b'"negative"}\n'
            ),
            (),
        ),
        (
            "wild.tsv",
            (
                "Review\tSentiment\nA wonderful film, déjà vu\tpositive\nDull rubbish\tnegative\n"
            ).encode("cp1252"),
            ("--text-column", "Review", "--map", "label=Sentiment", "--encoding", "cp1252"),
        ),
    ],
)
def test_evaluate_and_split_read_the_files_that_people_have(
    tmp_path: Path, name: str, content: bytes, options: tuple[str, ...]
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    answered = undertone("evaluate", str(path), "--json", *options)
    assert answered.returncode == 0, answered.stderr
    assert json.loads(answered.stdout)["accuracy"] == 1.0
    answered = undertone(
        "split", str(path), "--out", str(tmp_path / "parts"), "--parts", "2", *options
    )
    assert answered.returncode == 0, answered.stderr
    halves = [
        gzip.decompress((tmp_path / f"parts/{part}.csv.gz").read_bytes())
        for part in ("train", "held_out")
    ]
    assert sorted(b",negative" in half for half in halves) == [False, True]


@pytest.mark.parametrize(
    ("arguments", "proposal"),
    [
        (("produce",), "--text-column reviewText --id-column id --map rating=stars"),
        (("evaluate",), "--text-column reviewText --map label=sentiment"),
        (("train", "--out", "model"), "--text-column reviewText --map label=sentiment"),
        (("split", "--out", "parts"), "--text-column reviewText --map label=sentiment"),
        (
            ("models", "gate", "--model", "shipped:reviews-en"),
            "rename reviewText to text, sentiment to label",
        ),
    ],
)
def test_a_file_whose_columns_have_other_names_is_refused_with_the_options_to_type(
    tmp_path: Path, arguments: tuple[str, ...], proposal: str
) -> None:
    path = tmp_path / "other.csv"
    path.write_text(
        "id,reviewText,stars,sentiment\n1,Great film,5,positive\n2,Poor film,1,negative\n"
    )
    answered = undertone(*arguments, str(path), UNDERTONE_KAFKA__BOOTSTRAP_SERVERS="127.0.0.1:1")
    assert answered.returncode == 1
    said = answered.stderr.strip().splitlines()[-1]
    assert "The columns are id, reviewText, stars, sentiment. Likeliest: " in said
    assert said.endswith(f"Likeliest: {proposal}")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("evaluate", "nowhere.csv"), "nowhere.csv"),
        (("evaluate", "pyproject.toml"), "pyproject.toml: needs the columns text and label"),
        (("produce", "nowhere.csv"), "nowhere.csv: no such file"),
        (("train", "nowhere.csv", "--out", "x"), "nowhere.csv"),
    ],
)
def test_what_is_wrong_is_one_line_that_names_it(
    arguments: tuple[str, ...], complaint: str
) -> None:
    answered = undertone(*arguments)
    assert answered.returncode == 1
    last = answered.stderr.strip().splitlines()[-1]
    assert last.startswith("undertone: ")
    assert complaint in last


def test_a_model_that_is_none_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "labelled.csv"
    path.write_text("text,label\nfine,positive\n")
    answered = undertone("evaluate", str(path), "--model", str(tmp_path))
    assert answered.returncode == 1
    assert "no model in" in answered.stderr


def test_settings_shows_what_holds_and_hides_what_is_secret() -> None:
    shown = undertone(
        "settings",
        UNDERTONE_SCORING__MAX_BATCH="64",
        UNDERTONE_CLICKHOUSE__URL="http://user:hunter2@host:8123",
    )
    assert shown.returncode == 0
    assert "max_batch = 64" in shown.stdout
    assert "hunter2" not in shown.stdout + shown.stderr


def test_a_bad_setting_is_one_line_that_names_it() -> None:
    answered = undertone("settings", UNDERTONE_SCORING__MAX_BATCH="many")
    assert answered.returncode == 1
    assert (
        answered.stderr.strip()
        .splitlines()[-1]
        .startswith("undertone: bad settings: UNDERTONE_SCORING__MAX_BATCH")
    )


def test_status_and_down_where_nothing_runs(tmp_path: Path) -> None:
    assert (
        json.loads(undertone("status", "--json", "--data-dir", str(tmp_path)).stdout)["processes"]
        == []
    )
    assert undertone("down", "--data-dir", str(tmp_path)).stdout == "nothing was running\n"
