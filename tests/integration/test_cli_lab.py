"""Comparing and explaining: once each as a user runs them, the rest within this process, which
loads TensorFlow only once.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from models.artifact.artifact import PRETRAINED
from schemas.errors import InputError
from streams.cli.cli_app import app

# All but the first register their commands
from streams.cli.models import behaviour, compare, explain, gate  # noqa: F401
from tests.integration.test_cli import PATTERNS, lines, undertone

GOOD = ["A wonderful, moving film", "Great acting and a great story", "Superb from start to end"]
BAD = ["A terrible, boring film", "Dull rubbish", "The worst acting of the year"]


def within(*arguments: str) -> Result:
    return CliRunner(env=PATTERNS).invoke(app, arguments)


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "labelled.csv"
    rows = [
        f'"{text}",{label}'
        for texts, label in ((GOOD, "positive"), (BAD, "negative"))
        for text in texts * 2
    ]
    path.write_text("\n".join(["text,label", *rows]) + "\n")
    return path


@pytest.mark.parametrize("command", [("models", "compare"), ("models", "importance"), ("explain",)])
def test_every_command_has_help_with_an_example(command: tuple[str, ...]) -> None:
    helped = undertone(*command, "--help")
    assert helped.returncode == 0
    assert "Example:" in helped.stdout


def test_compare_puts_lexicons_beside_a_model_and_writes_a_report(
    labelled: Path, tmp_path: Path
) -> None:
    out = tmp_path / "report"
    answered = undertone("models", "compare", str(labelled), "--lexicons", "--out", str(out))
    assert answered.returncode == 0, answered.stderr
    table = answered.stdout.partition("## Cost")[0].strip().splitlines()
    assert table[2].startswith("| model | file | reviews | accuracy [95%] |")
    assert [line.split()[1] for line in table[4:]] == ["judge", "VADER", "TextBlob"]
    results = json.loads((out / "results.json").read_text("utf8"))
    assert [result["reviews"] for result in results["results"]] == [12] * 3
    assert results["results"][0]["accuracy"] == 1.0
    assert len(results["mcnemar"]) == 3
    for name in ("report.md", "frontier.png", "length.png", "reliability.png", "roc.png"):
        assert (out / name).stat().st_size > 1000, name


def test_the_gate_shuts_where_reviews_are_too_few_to_rule_out_a_loss(labelled: Path) -> None:
    models = ("--model", "shipped:imdb-ngram", "--against", "shipped:imdb-ngram")
    shut = within("models", "gate", str(labelled), *models, "--json")
    assert shut.exit_code == 1
    assert "refused: it may lose" in shut.output
    opened = within("models", "gate", str(labelled), *models, "--max-loss", "0.5")
    assert (opened.exit_code, opened.output.partition(":")[0]) == (0, "12 reviews")


def test_the_gate_shuts_where_a_model_behaves_worse_whatever_it_does_on_reviews(
    labelled: Path,
) -> None:
    models = ("--model", "shipped:imdb-ngram", "--against", "shipped:reviews-en")
    shut = within("models", "gate", str(labelled), *models, "--max-loss", "1", "--max-error", "1")
    assert shut.exit_code == 1
    refused = [line for line in shut.output.splitlines() if line.startswith("refused: ")]
    assert refused
    assert all(line.startswith("refused: on the behaviour suite, ") for line in refused)


def test_behaviour_shows_models_side_by_side_and_the_cases_that_are_wrong() -> None:
    models = ("--model", "shipped:judge", "--model", "shipped:reviews-en")
    answered = within("models", "behaviour", *models, "--wrong", "--json")
    cases, exchanged, *wrong = json.loads(answered.stdout)
    assert [name.split()[0] for name in cases["header"][2:]] == ["judge", "reviews-en"]
    rows = {(row[0], row[1]): row[2:] for row in cases["rows"]}
    assert rows["neutral statements", "en"][1] == rows["negation", "others"][1] == "-"
    right, of = map(int, rows["all cases", "en"][0].split(" of "))
    in_english = [row for row in wrong[0]["rows"] if row[1] == "en"]
    assert len(in_english) == of - right
    assert {row[0] for row in exchanged["rows"]} >= {"nationalities", "names", "prices"}
    assert "| negation | en |" in within("models", "behaviour").stdout


def test_compare_refuses_the_same_model_twice(labelled: Path, tmp_path: Path) -> None:
    shutil.copytree(PRETRAINED, tmp_path / "copy")
    models = ("--model", str(PRETRAINED), "--model", str(tmp_path / "copy"))
    answered = within("models", "compare", str(labelled), *models)
    assert isinstance(answered.exception, InputError)
    assert str(answered.exception).startswith("a model is given twice: reviews-en ")


def test_explain_gives_offsets_into_the_text_that_was_scored() -> None:
    stdin = (
        '{"review_id": "a", "text": "<b>Wonderful</b>. Mail jane@example.org"}\n{"text": " '
        '"}\nnonsense\n{"text": "Awful"}\n'
    )
    answered = undertone("explain", "--stdin", "--json", stdin=stdin, **PATTERNS)
    first, second = lines(answered.stdout)
    assert (first["review_id"], first["text"]) == ("a", "Wonderful. Mail <EMAIL_ADDRESS>")
    strongest = max(first["tokens"], key=lambda token: token["contribution"])
    assert strongest["token"] == first["text"][strongest["start"] : strongest["end"]] == "Wonderful"
    assert [token["token"] for token in first["tokens"]] == [
        "Wonderful",
        ".",
        "Mail",
        "<EMAIL_ADDRESS>",
    ]
    assert second["tokens"][0]["contribution"] < 0
    assert [first["text"][each["start"] : each["end"]] for each in first["sentences"]] == [
        "Wonderful.",
        "Mail <EMAIL_ADDRESS>",
    ]
    assert (first["sentences"][0]["label"], first["mixed"]) == ("positive", False)
    assert [each["label"] for each in second["sentences"]] == [second["sentiment"]] == ["negative"]
    assert answered.returncode == 1
    last = answered.stderr.strip().splitlines()[-1]
    assert last.startswith("undertone: ")
    assert "line 2: nothing is left" in last
    assert "line 3: " in last


def test_explain_shows_the_text_and_its_strongest_words() -> None:
    answered = within("explain", "A wonderful film [sic]")
    assert answered.exit_code == 0
    assert answered.stdout.startswith("A wonderful film [sic]\n")
    assert "│ wonderful │" in answered.stdout
    assert "by itself" not in answered.stdout


def test_explain_shows_each_of_several_sentences_with_its_sentiment() -> None:
    answered = within("explain", "The actors were superb and I loved it. The sound was terrible.")
    assert answered.exit_code == 0
    rows = [line.split("│")[1:3] for line in answered.stdout.splitlines() if line.count("│") == 4]
    assert [[cell.strip() for cell in row] for row in rows] == [
        ["The actors were superb and I loved it.", "positive"],
        ["The sound was terrible.", "negative"],
    ]


@pytest.mark.parametrize("arguments", [(), ("a text", "--stdin")])
def test_explain_needs_one_text_or_standard_input(arguments: tuple[str, ...]) -> None:
    assert (
        str(within("explain", *arguments).exception)
        == "explain takes a text or --stdin, one of them"
    )


def test_explain_says_that_nothing_is_left() -> None:
    assert (
        str(within("explain", "<br/>").exception)
        == "the text: nothing is left of it once it is cleaned"
    )


BINARY = ("--model", "shipped:reviews-en", "--min-reviews", "2")


def test_importance_shows_words_in_both_directions(labelled: Path) -> None:
    answered = within(
        "models", "importance", str(labelled), *BINARY, "--json", "--min-reviews", "2"
    )
    assert answered.exit_code == 0
    found = json.loads(answered.stdout)
    assert found["reviews"] == 12
    towards, against = ({row["token"] for row in found[name]} for name in ("positive", "negative"))
    assert {"wonderful", "great", "superb"} <= towards
    assert {"terrible", "worst", "dull"} <= against
    shown = within(
        "models", "importance", str(labelled), *BINARY, "--top", "1", "--min-reviews", "2"
    ).stdout
    assert "what speaks for positive (12 reviews)" in " ".join(shown.split())
