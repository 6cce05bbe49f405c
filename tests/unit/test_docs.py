"""Documentation: every alert, link, path, command and setting in it is real, and what is generated
is up to date.
"""

from __future__ import annotations

import ast
import re
import shlex
import tomllib
from pathlib import Path

import pytest
import yaml

from infra import data_reference, settings_reference
from infra.settings import Section, Settings, WebhookSettings
from tests import commands

ROOT = Path(__file__).parents[2]
DOCS = sorted((ROOT / "docs").glob("*.md"))
TEXTS = {path.name: path.read_text() for path in DOCS}
PAGES = {"README.md": (ROOT / "README.md").read_text()} | {
    f"docs/{name}": text for name, text in TEXTS.items()
}
WRITTEN = {"bench/latest.json", "bench/latest.md", "bench/gpu.json"}
"""Files that commands write, and that are not committed."""
SECTIONS = [type(field.default) for field in Settings.model_fields.values()] + [WebhookSettings]
DESCRIPTIONS = {
    f"{section.__name__}.{name}": field.description or ""
    for section in SECTIONS
    for name, field in section.model_fields.items()
}
ROOMS = ("schemas", "infra", "models", "streams", "retrain", "bench")
MODULES = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
RIDDLE = re.compile(
    (
        r"^(What|Which|Whether|How|Who|Whose|Why|When|Where) "
        r"|\b(told|tells|nobody|somebody|everybody)\b"
    ),
    re.I,
)
"""How a first line begins, or what it contains, that does not name the thing: a search for its term
does not find it.
"""
DANGLING = re.compile(
    r"^(And|Or|But|Of|By|Then|Also|Another|Likewise|It|Its|This|These|They|Up to|Beyond) "
    r"|\b(likewise|told|so many|so long|as such)\b",
)
"""What refers to the description of the setting before it, or only makes sense to whoever wrote it.
"""


def anchors(text: str) -> set[str]:
    """Of the headings, as they are linked to."""
    return {
        re.sub(r"[^\w -]", "", line).strip().lower().replace(" ", "-")
        for line in re.findall(r"^#+ (.*)", text, re.M)
    }


def test_every_alert_points_to_its_place_in_the_guide_and_no_place_is_without_one() -> None:
    pointed = set()
    for name in ("alerts.yml", "slo.yml"):
        for group in yaml.safe_load((ROOT / "infra/prometheus" / name).read_text())["groups"]:
            for rule in group["rules"]:
                if "alert" in rule:
                    assert (
                        rule["annotations"]["runbook_url"]
                        == f"docs/alerts.md#{rule['alert'].lower()}"
                    )
                    pointed.add(rule["alert"].lower())
    assert pointed == {
        anchor for anchor in anchors(TEXTS["alerts.md"]) if anchor.startswith("undertone")
    }


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    for target in re.findall(r"\]\((?!http)([^)]+)\)", PAGES[page]):
        name, _, anchor = target.partition("#")
        file = (ROOT / page).parent / name if name else ROOT / page
        assert file.exists(), target
        assert not anchor or anchor in anchors(file.read_text()), target


@pytest.mark.parametrize("page", PAGES)
def test_every_path_of_the_repository_exists(page: str) -> None:
    for path in re.findall(rf"`((?:{'|'.join(ROOMS)}|tests|docs)/[\w./*-]*)`", PAGES[page]):
        assert path in WRITTEN or any(ROOT.glob(path.rstrip("/"))), path


@pytest.mark.parametrize("page", PAGES)
def test_every_command_is_one_of_undertone(page: str) -> None:
    inline = re.findall(r"`undertone ([^`]+)`", PAGES[page])
    lines = re.findall(r"^(?:\$ )?undertone ([^#\n]+)", PAGES[page], re.M)
    for command in (*inline, *lines):
        assert commands.understood(shlex.split(command)), command


@pytest.mark.parametrize("page", PAGES)
def test_every_setting_exists(page: str) -> None:
    given = set(re.findall(r"\bUNDERTONE_[A-Z_0-9]+", PAGES[page]))
    assert given - {"UNDERTONE_", "UNDERTONE_CONFIG", "UNDERTONE_SECRETS_DIR"} <= commands.SETTINGS


def test_the_readme_is_short_and_leads_to_every_document() -> None:
    readme = PAGES["README.md"]
    assert len(readme.splitlines()) <= 150
    assert [name for name in TEXTS if f"(docs/{name})" not in readme] == []


def test_the_reference_of_settings_is_what_the_settings_say() -> None:
    assert TEXTS["configuration.md"] == settings_reference.reference()


def test_the_reference_names_every_setting() -> None:
    assert (
        set(re.findall(r"^\| `(UNDERTONE_\w+)`", TEXTS["configuration.md"], re.M))
        == commands.SETTINGS
    )


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_the_description_of_a_setting_is_a_whole_sentence_that_can_be_read_alone(name: str) -> None:
    description = DESCRIPTIONS[name]
    assert description[:1].isupper()
    assert description.endswith(".")
    assert len(description.split()) >= 6
    assert DANGLING.search(description) is None


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.__name__)
def test_every_section_of_the_settings_says_in_a_sentence_what_it_is(
    section: type[Section],
) -> None:
    summary = (section.__doc__ or "").strip()
    assert summary[:1].isupper()
    assert summary.endswith(".")


def test_the_first_line_of_every_module_names_what_it_is() -> None:
    first = {
        str(path.relative_to(ROOT)): (ast.get_docstring(ast.parse(path.read_text())) or "")
        for path in MODULES
    }
    unnamed = {
        name: text.partition("\n\n")[0]
        for name, text in first.items()
        if RIDDLE.search(text.partition("\n\n")[0])
    }
    assert unnamed == {}
    assert [name for name, text in first.items() if not text] == []


def test_the_help_of_every_command_and_option_can_be_read_alone() -> None:
    found = commands.every()
    helps = {name: (command.help or "").partition("\n\n")[0] for name, command in found.items()}
    for name, command in found.items():
        for parameter in command.params:
            if parameter.name not in {"help", "install_completion", "show_completion"}:
                helps[f"{name} {parameter.name}"] = getattr(parameter, "help", None) or ""
    assert len(found) > 40
    assert {
        name: text
        for name, text in helps.items()
        if not text[:1].isupper() or len(text.split()) < 2
    } == {}


def test_the_data_contracts_hold_every_topic_record_and_reason_as_the_schemas_have_it() -> None:
    assert TEXTS["data-contracts.md"].startswith(data_reference.contracts())


def test_every_table_and_view_is_in_the_data_contracts_with_what_it_holds() -> None:
    sql = "".join(path.read_text() for path in (ROOT / "schemas/clickhouse").rglob("*.sql"))
    named = set(
        re.findall(r"^CREATE (?:OR REPLACE )?(?:TABLE|VIEW) (?:IF NOT EXISTS )?(\w+)", sql, re.M)
    )
    dropped = set(re.findall(r"^(?:DROP|RENAME|EXCHANGE) \w+ (?:IF EXISTS )?(\w+)", sql, re.M))
    assert len(named) > 30
    assert {
        name for name in named - dropped if f"| `{name}` |" not in TEXTS["data-contracts.md"]
    } == set()
    assert [
        name
        for name, text in data_reference.PURPOSES.items()
        if not text[:1].isupper() or not text.endswith(".")
    ] == []


def test_the_license_is_packaged_and_the_notice_names_all_texts_and_weights_that_are_shipped() -> (
    None
):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["license-files"] == ["LICENSE", "NOTICE"]
    assert all(
        f"COPY README.md {' '.join(project['license-files'])} ./" in line
        for line in re.findall(
            "^COPY README.md.*", (ROOT / "infra/docker/Dockerfile").read_text(), re.M
        )
    )
    notice = (ROOT / "NOTICE").read_text()
    texts = [
        path.relative_to(ROOT).as_posix()
        for room in ("streams", "retrain")
        for path in (ROOT / room).rglob("*.gz")
    ]
    weights = [path.parent.name for path in (ROOT / "models/pretrained").rglob("manifest.json")]
    assert len(texts) >= 4
    assert len(weights) >= 4
    assert [name for name in (*texts, *weights) if name not in notice] == []
