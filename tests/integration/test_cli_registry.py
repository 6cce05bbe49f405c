"""Models registered, promoted and rolled back from the command line, and what workers are told of
it.
"""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from infra.kafka.reader import read_topic
from infra.schema_registry import SchemaRegistry
from infra.settings import Settings
from models.artifact import artifact, manifest_signing
from schemas.errors import InputError, ModelIntegrityError, ModelNotFound
from schemas.topics import MODELS_LIFECYCLE
from streams.cli.cli_app import app

# The latter register their commands
from streams.cli.models import model_versions, traffic  # noqa: F401
from streams.cli.models import sign as signing_commands  # noqa: F401
from streams.tail import describe
from tests.harness import Stack
from tests.integration.models.toy import bag
from tests.servers import local_stack

KEY = manifest_signing.generate()


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Servers without workers, and a registry of models beside them."""
    folder = tmp_path_factory.mktemp("registry")
    with local_stack.running(folder) as stack:
        stack.env.update(
            UNDERTONE_MODELS__TRACKING_URI=f"sqlite:///{folder}/mlflow.db",
            UNDERTONE_MODELS__CACHE_DIR=str(folder / "cache"),
            UNDERTONE_MODELS__SIGNING_KEY=KEY,
            UNDERTONE_MODELS__TRUSTED_KEYS=json.dumps([manifest_signing.public_key(KEY)]),
        )
        yield stack


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return [bag(tmp_path_factory.mktemp("bag"), seed) for seed in (1, 2)]


def undertone(stack: Stack, *arguments: str, **settings: str) -> Result:
    # A terminal wide enough for tables whose cells are to be found again.
    return CliRunner(env=stack.settings() | settings | {"COLUMNS": "250"}).invoke(
        app, ["models", *arguments]
    )


def told(stack: Stack) -> list[dict[str, Any]]:
    """Every event on ``models.lifecycle``, in order of time."""
    settings = Settings.model_validate(
        {
            "kafka": {"bootstrap_servers": stack.bootstrap},
            "schema_registry": {"url": stack.registry},
        }
    )
    with closing(SchemaRegistry(settings.schema_registry)) as schemas:
        records = read_topic(settings.kafka, MODELS_LIFECYCLE.name, follow=False)
        return sorted(
            (describe(record, schemas.find) for record in records),
            key=lambda event: event["created_at"],
        )


def test_from_registration_to_roll_back_workers_are_told_what_serves(
    stack: Stack, folders: list[Path]
) -> None:
    versions = [artifact.load(folder).version for folder in folders]
    for folder in folders:
        answered = undertone(stack, "register", str(folder), "--name", "toy")
        assert "signed with key" in answered.stdout, answered.output
    assert undertone(stack, "promote", "toy/1", "--reason", "first").exit_code == 0
    assert undertone(stack, "promote", "toy/2", "--canary", "0.1").exit_code == 0
    serving = undertone(stack, "traffic", "en").stdout
    assert ("90%" in serving, "10%" in serving, "models:/toy/2" in serving) == (True, True, True), (
        serving
    )
    assert undertone(stack, "traffic", "en", "challenger=0.4", "champion=0.6").exit_code == 0
    assert undertone(stack, "promote", "toy@challenger").exit_code == 0
    assert undertone(stack, "rollback", "toy", "--reason", "complaints").exit_code == 0
    events = told(stack)
    assert [event["action"] for event in events] == [
        "promoted",
        "traffic",
        "traffic",
        "promoted",
        "rolled_back",
    ]
    assert [event["model_version"] for event in events[-2:]] == [versions[1], versions[0]]
    assert (events[0]["reason"], events[-1]["reason"]) == ("first", "complaints")
    listed = json.loads(undertone(stack, "list", "--json").stdout)
    assert [(version["reference"], version["aliases"]) for version in listed] == [
        ("models:/toy/1", ["champion"]),
        ("models:/toy/2", []),
    ]
    assert versions[0] in undertone(stack).stdout


def test_a_promotion_that_reached_nobody_says_so_and_is_completed_by_another(
    stack: Stack, folders: list[Path]
) -> None:
    assert undertone(stack, "register", str(folders[0]), "--name", "lonely").exit_code == 0
    away = undertone(stack, "promote", "lonely/1", UNDERTONE_KAFKA__BOOTSTRAP_SERVERS="127.0.0.1:1")
    assert isinstance(away.exception, InputError)
    assert "lonely/1 is champion, but workers of en were not told (no broker at 127.0.0.1:1" in str(
        away.exception
    )
    before = len(told(stack))
    assert "announced to the workers of en" in undertone(stack, "promote", "lonely/1").stdout
    assert len(told(stack)) == before + 1


def test_a_roll_back_that_reached_nobody_is_completed_by_another_and_goes_no_further(
    stack: Stack, folders: list[Path]
) -> None:
    for number, folder in enumerate(folders, start=1):
        undertone(stack, "register", str(folder), "--name", "back")
        assert undertone(stack, "promote", f"back/{number}").exit_code == 0
    away = undertone(stack, "rollback", "back", UNDERTONE_KAFKA__BOOTSTRAP_SERVERS="127.0.0.1:1")
    assert "models:/back/1 is champion again, but workers of en were not told" in str(
        away.exception
    )
    assert (
        "models:/back/1 is champion again; announced to the workers of en"
        in undertone(stack, "rollback", "back").stdout
    )
    assert "no champion before this one" in str(undertone(stack, "rollback", "back").exception)


def test_a_version_is_not_promoted_for_a_language_that_it_does_not_declare(
    stack: Stack, folders: list[Path]
) -> None:
    undertone(stack, "register", str(folders[0]), "--name", "english")
    before = len(told(stack))
    refused = undertone(stack, "promote", "english/1", "--language", "fr")
    assert "models:/english/1 is not for fr, only for en" in str(refused.exception)
    assert json.loads(undertone(stack, "show", "english/1", "--json").stdout)["aliases"] == []
    assert len(told(stack)) == before


def test_a_version_that_nobody_trusted_signed_is_not_promoted(
    stack: Stack, folders: list[Path]
) -> None:
    other = manifest_signing.generate()
    undertone(
        stack, "register", str(folders[1]), "--name", "foreign", UNDERTONE_MODELS__SIGNING_KEY=other
    )
    before = len(told(stack))
    refused = undertone(stack, "promote", "foreign/1")
    assert isinstance(refused.exception, ModelIntegrityError)
    assert "not among the trusted ones" in str(refused.exception)
    assert len(told(stack)) == before


def test_keys_are_made_for_their_owner_alone_and_never_overwritten(
    stack: Stack, tmp_path: Path
) -> None:
    path = tmp_path / "signing.key"
    made = undertone(stack, "keygen", "--out", str(path))
    private = path.read_text().strip()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert private not in made.output
    assert manifest_signing.public_key(private) in made.stdout
    assert isinstance(undertone(stack, "keygen", "--out", str(path)).exception, InputError)


def test_what_is_shown_of_a_version_and_what_is_not_there_is_named(
    stack: Stack, folders: list[Path]
) -> None:
    undertone(stack, "register", str(folders[0]), "--name", "shown")
    shown = json.loads(undertone(stack, "show", "shown/1", "--json").stdout)
    assert shown["signed_by"] == manifest_signing.key_id(manifest_signing.public_key(KEY))
    assert shown["sha256.manifest.json"]
    assert isinstance(undertone(stack, "show", "nobody").exception, ModelNotFound)
    assert isinstance(
        undertone(stack, "promote", "shown/1", "--shadow", "--canary", "0.1").exception, InputError
    )


def test_a_folder_is_signed_and_verified(stack: Stack, tmp_path: Path) -> None:
    folder = bag(tmp_path / "model", seed=7)
    assert "is not signed" in str(undertone(stack, "verify", str(folder)).exception)
    assert undertone(stack, "sign", str(folder)).exit_code == 0
    assert "is intact, signed with trusted key" in undertone(stack, "verify", str(folder)).stdout
