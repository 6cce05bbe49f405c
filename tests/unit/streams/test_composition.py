"""What is built from the settings."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

import pytest
from pydantic import SecretStr
from threadpoolctl import ThreadpoolController

from infra.settings import (
    AspectSettings,
    KafkaSettings,
    LanguageSettings,
    ModelSettings,
    PrivacySettings,
    ScoringSettings,
    Settings,
)
from models.artifact import artifact, manifest_signing
from models.artifact.artifact import LIGHT
from models.multilingual import encoder_artifact
from models.registry import model_loading, references
from models.registry.model_loading import load_model
from models.registry.model_registry import cached
from models.registry.references import in_use, serving
from models.rollout import announcements
from schemas.errors import InputError, ModelIntegrityError, RegistryUnavailable
from schemas.text import MaskedText
from streams import composition
from streams.composition import (
    ModelLoader,
    build_aspects,
    build_languages,
    build_live,
    expected_languages,
    known_languages,
    load_to_serve,
    warn_of_shipped_secrets,
)
from streams.devstack.stack_applications import settings_for
from streams.router.score_cache import CachedScorer
from tests.unit.models.multilingual.tiny import FITTED, write_parts
from tests.unit.streams.router.scorers import Opinion


def test_one_reference_or_several_or_those_shipped() -> None:
    assert in_use(ModelSettings(uri="models:/reviews@champion")) == ("models:/reviews@champion",)
    assert in_use(ModelSettings(uri="one, models:/two/2,")) == ("one", "models:/two/2")
    assert in_use(ModelSettings()) == ("shipped:judge",)


@pytest.mark.parametrize(
    ("uri", "unserved", "found"),
    [
        ("", True, ("shipped:judge",)),
        ("", False, ("shipped:judge",)),
        ("shipped:imdb-ngram", True, ("shipped:imdb-ngram", "shipped:judge")),
        ("shipped:imdb-ngram", False, ("shipped:imdb-ngram",)),
        ("shipped:judge,shipped:reviews-en", True, ("shipped:judge", "shipped:reviews-en")),
    ],
)
def test_unserved_languages_are_scored_by_the_multilingual_model(
    uri: str, unserved: bool, found: tuple[str, ...]
) -> None:
    declared = serving(ModelSettings(uri=uri), unserved=unserved)
    assert tuple(each.reference for each in declared) == found


def test_a_reference_is_resolved_once_at_a_start(monkeypatch: pytest.MonkeyPatch) -> None:
    resolved: list[str] = []
    folder_of = references.resolve

    def resolve(reference: str, models: ModelSettings) -> Path:
        resolved.append(reference)
        return folder_of(reference, models)

    monkeypatch.setattr(references, "resolve", resolve)
    settings = Settings(models=ModelSettings(uri="shipped:imdb-ngram"))
    starts: tuple[Callable[[], object], ...] = (
        lambda: build_live(settings.models, settings.scoring, settings.language),
        lambda: announcements.configured(settings),
    )
    for start in starts:
        resolved.clear()
        start()
        assert resolved == ["shipped:imdb-ngram", "shipped:judge"]


def test_an_encoder_beside_the_model_is_verified_like_any_model(tmp_path: Path) -> None:
    key = manifest_signing.generate()
    models = ModelSettings(trusted_keys=(manifest_signing.public_key(key),))
    folder = tmp_path / "encoder"
    shutil.copytree(LIGHT, folder)
    scoring = ScoringSettings(engine="cascade", encoder=str(folder))
    with pytest.raises(ModelIntegrityError, match="is not signed"):
        load_model("shipped:judge", models, scoring, None)
    manifest_signing.sign(folder, key)
    with pytest.raises(ModelIntegrityError, match="is no encoder but a ngram_bag"):
        load_model("shipped:judge", models, scoring, None)


ENCODER = "models:/encoder@champion"


@pytest.fixture
def cascade(tmp_path: Path) -> Settings:
    """Settings of a cascade whose encoder is in a registry that is away."""
    return Settings(
        models=ModelSettings(
            uri="shipped:judge", tracking_uri="http://127.0.0.1:9", cache_dir=tmp_path / "cache"
        ),
        scoring=ScoringSettings(engine="cascade", encoder=ENCODER, encoder_engine="onnx"),
    )


def fetched(cascade: Settings, version: int) -> None:
    """The encoder, as it lies on a machine that fetched it before."""
    folder = cached("encoder", version, cascade.models)
    folder.mkdir(parents=True)
    made = encoder_artifact.build(*write_parts(folder.parent), fitted=FITTED)
    artifact.save(made, folder, "# A card\n")
    folder.with_name("@champion").write_text(str(version))


def test_while_the_registry_is_away_a_cascade_starts_without_its_encoder(
    cascade: Settings,
) -> None:
    loader = ModelLoader(cascade)
    with pytest.raises(RegistryUnavailable):
        loader.configured(cascade.models)
    assert loader.at_hand(cascade.models).serves("en")
    assert loader.to_serve("shipped:judge").name == "judge"
    assert loader.encoder.loaded is None


def test_while_the_registry_is_away_a_cascade_starts_with_the_encoder_that_was_fetched_before(
    cascade: Settings,
) -> None:
    fetched(cascade, 7)
    loader = ModelLoader(cascade)
    [judge] = loader.at_hand(cascade.models).scorers.values()
    assert loader.encoder.loaded is not None
    encoder = loader.encoder.loaded
    judge.judge([MaskedText("a text")], ["en"])
    assert loader.configured(cascade.models).serves("en")
    assert loader.encoder.loaded is encoder


def test_the_encoder_of_a_process_is_resolved_once_however_many_models_it_swaps(
    cascade: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched(cascade, 7)
    resolved: list[str] = []

    def resolve(reference: str, models: ModelSettings) -> Path:
        resolved.append(reference)
        known = references.last_known(reference, models)
        assert known is not None
        return known

    monkeypatch.setattr(model_loading, "resolve", resolve)
    loader = ModelLoader(cascade)
    loader.configured(cascade.models)
    for _ in range(2):
        loader.to_serve("shipped:judge")
    assert resolved == [ENCODER, "shipped:judge", "shipped:judge"]


def test_the_loop_and_the_workers_agree_on_what_the_settings_have_serve() -> None:
    for unserved in ("score", "reject"):
        settings = Settings(
            models=ModelSettings(uri="shipped:imdb-ngram,shipped:judge"),
            language=LanguageSettings(unserved=unserved),
        )
        live = build_live(settings.models, settings.scoring, settings.language)
        assert announcements.configured(settings) == live.traffic
        assert live.variants("en")[0].model_name == "imdb-ngram"
        assert live.variants("de")[0].model_name == "judge"
        assert live.serves("el") is (unserved == "score")


def test_the_languages_are_those_the_models_declare_unless_the_settings_say() -> None:
    models = [Opinion("one", "1", ("en", "fi")), Opinion("two", "1", ("de",))]
    assert expected_languages(LanguageSettings(), models) == {"en", "fi", "de"}
    assert expected_languages(LanguageSettings(supported=frozenset({"sv"})), models) == {"sv"}


@pytest.mark.parametrize(
    ("uri", "unserved", "found"),
    [
        ("shipped:reviews-en,shipped:reviews-zh", "reject", {"en", "zh"}),
        ("models:/reviews@champion", "reject", {"en", "de", "ja"}),
        ("models:/reviews/7", "score", {"en", "de", "ja"}),
        ("nowhere", "reject", {"en", "de", "ja"}),
        ("shipped:none", "score", {"en", "de", "ja"}),
        ("models:/a/b/c", "score", {"en", "de", "ja"}),
    ],
)
def test_languages_are_known_without_a_model_at_hand_and_without_asking_a_registry(
    uri: str, unserved: Literal["score", "reject"], found: set[str], tmp_path: Path
) -> None:
    models = ModelSettings(uri=uri, tracking_uri="http://127.0.0.1:9", cache_dir=tmp_path)
    settings = Settings(models=models, language=LanguageSettings(unserved=unserved))
    assert found <= known_languages(settings)
    assert ("de" in known_languages(settings)) is ("de" in found)


def test_languages_are_identified_by_one_model_in_a_process() -> None:
    settings = LanguageSettings()
    assert build_languages(settings) is build_languages(settings)
    assert build_languages(settings) is not build_languages(LanguageSettings(min_confidence=0.9))


@pytest.mark.parametrize(("size", "remembers"), [(0, False), (7, True)])
def test_models_remember_scores_only_where_the_settings_say_so(size: int, remembers: bool) -> None:
    models, scoring = ModelSettings(uri=str(LIGHT)), ScoringSettings(cache_size=size)
    language = LanguageSettings(unserved="reject")
    [live] = build_live(models, scoring, language).scorers.values()
    swapped_in = load_to_serve(str(LIGHT), models, scoring)
    assert [isinstance(scorer, CachedScorer) for scorer in (live, swapped_in)] == [
        remembers,
        remembers,
    ]


def test_groups_settle_sooner_on_the_local_stack_unless_the_settings_say_how_soon() -> None:
    assert (
        settings_for(Settings(), None).kafka.session_timeout_s < KafkaSettings().session_timeout_s
    )
    assert (
        settings_for(
            Settings(kafka=KafkaSettings(session_timeout_s=9)), None
        ).kafka.session_timeout_s
        == 9
    )


def test_the_key_of_pseudonyms_that_everybody_knows_is_warned_of_and_never_shown(
    caplog: pytest.LogCaptureFixture,
) -> None:
    warn_of_shipped_secrets(PrivacySettings(author_key_secret=SecretStr("one's own")))
    assert caplog.records == []
    warn_of_shipped_secrets(PrivacySettings())
    [record] = caplog.records
    assert (record.levelname, "UNDERTONE_PRIVACY__AUTHOR_KEY_SECRET" in record.getMessage()) == (
        "WARNING",
        True,
    )
    assert PrivacySettings().author_key_secret.get_secret_value() not in record.getMessage()


@pytest.mark.parametrize("level", ["off", "terms", "full"])
def test_own_aspects_that_cannot_be_read_are_told_at_the_start_at_every_level(
    level: Literal["off", "terms", "full"], tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=r"own\.toml"):
        build_aspects(AspectSettings(level=level, own=tmp_path / "own.toml"))


def test_threads_that_ask_for_aspects_first_share_one_extractor() -> None:
    composition._loaded_extractor.cache_clear()
    stage = build_aspects(AspectSettings())
    with ThreadPoolExecutor(2) as threads:
        one, other = threads.map(stage.load, ["terms", "terms"])
    assert one is other


def test_aspects_are_found_by_one_thread(tmp_path: Path) -> None:
    # Their matrices are small: several threads of BLAS take twice the processor time for them.
    own = tmp_path / "own.toml"
    own.write_text('[[aspect]]\nname = "waiting"\nexamples = ["queue"]\n')
    threads = ThreadpoolController()
    with threads.limit(limits=2, user_api="blas"):
        build_aspects(AspectSettings(level="full", own=own))
        blas = threads.select(user_api="blas").info()
    assert blas
    assert {library["num_threads"] for library in blas} == {1}
