"""Settings: the environment wins over the file, and what is wrong is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.settings import environment, load_settings
from schemas.errors import ConfigurationError


def test_the_defaults_are_the_local_stack() -> None:
    settings = load_settings()
    assert settings.kafka.bootstrap_servers == "127.0.0.1:9092"
    assert settings.clickhouse.url.get_secret_value() == "http://127.0.0.1:8123"


def test_the_environment_wins_over_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "undertone.toml"
    file.write_text("[scoring]\nmax_batch = 8\nmax_wait_ms = 9\n")
    monkeypatch.setenv("UNDERTONE_CONFIG", str(file))
    monkeypatch.setenv("UNDERTONE_SCORING__MAX_BATCH", "16")
    scoring = load_settings().scoring
    assert (scoring.max_batch, scoring.max_wait_ms) == (16, 9)


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder of secrets as Kubernetes mounts one: the names are links to files in a hidden
    folder.
    """
    hidden = tmp_path / "..2026_01_01"
    hidden.mkdir()
    (hidden / "UNDERTONE_CLICKHOUSE__URL").write_text("http://user:hunter2@warehouse:8123\n")
    (tmp_path / "..data").symlink_to(hidden)
    (tmp_path / "UNDERTONE_CLICKHOUSE__URL").symlink_to(
        tmp_path / "..data" / "UNDERTONE_CLICKHOUSE__URL"
    )
    (tmp_path / "somebody_elses_password").write_text("not ours")
    monkeypatch.setenv("UNDERTONE_SECRETS_DIR", str(tmp_path))
    return tmp_path


def test_secrets_come_from_files_between_the_environment_and_the_toml_file(
    secrets: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("config") / "undertone.toml"
    file.write_text(
        '[clickhouse]\nurl = "http://file:8123"\ndatabase = "from_file"\n[kafka]\npartitions = 3\n'
    )
    (secrets / "UNDERTONE_KAFKA__PARTITIONS").write_text("5")
    monkeypatch.setenv("UNDERTONE_CONFIG", str(file))
    settings = load_settings()
    assert settings.clickhouse.url.get_secret_value() == "http://user:hunter2@warehouse:8123"
    assert (settings.clickhouse.database, settings.kafka.partitions) == ("from_file", 5)
    monkeypatch.setenv("UNDERTONE_KAFKA__PARTITIONS", "7")
    assert load_settings().kafka.partitions == 7


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("UNDERTONE_CLICKHOUSE__ULR", b"http://user:hunter2@warehouse"),
        ("UNDERTONE_CLICKHOUSE__URL", b"ftp://user:hunter2@warehouse"),
        ("UNDERTONE_CLICKHOUSE__URL", b"http://user:hunter2\xff@warehouse"),
    ],
)
def test_a_bad_secret_is_an_error_that_does_not_show_it(
    secrets: Path, name: str, content: bytes
) -> None:
    (secrets / name).unlink(missing_ok=True)
    (secrets / name).write_bytes(content)
    with pytest.raises(ConfigurationError, match=f"{name}|UTF-8") as caught:
        load_settings()
    assert "hunter2" not in str(caught.value)


def test_a_folder_of_secrets_that_is_not_there_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("UNDERTONE_SECRETS_DIR", str(tmp_path / "nowhere"))
    with pytest.raises(ConfigurationError, match="UNDERTONE_SECRETS_DIR"):
        load_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("UNDERTONE_SCORING__MAX_BATCH", "many"),
        ("UNDERTONE_SCORING__MAX_BATCH", "0"),
        ("UNDERTONE_CLICKHOUSE__URL", "ftp://user:hunter2@host"),
        ("UNDERTONE_KAFKA__BOOTSTRAP_SERVERS", "nowhere"),
        ("UNDERTONE_DEAD_LETTERS__MAX_RATIO", "1.5"),
        ("UNDERTONE_SCORING__MAX_BATHC", "5"),
        ("UNDERTONE_SCORE__MAX_BATCH", "5"),
        ("UNDERTONE_MODELS__SIGNING_KEY", "hunter2"),
        ("UNDERTONE_MODELS__SIGNING_KEY", "ed25519-private:hunter2="),
        ("UNDERTONE_MODELS__TRUSTED_KEYS", '["hunter2"]'),
    ],
)
def test_a_bad_setting_is_named_and_its_value_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=name) as caught:
        load_settings()
    assert "hunter2" not in str(caught.value)


def test_a_list_that_is_not_one_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNDERTONE_PRIVACY__ENTITIES", "PERSON,URL")
    with pytest.raises(ConfigurationError, match="privacy"):
        load_settings()


@pytest.mark.parametrize(
    "content", [None, "[scoring\n", "[scoring]\nmax_bath = 3\n", "[scroing]\nmax_batch = 3\n"]
)
def test_a_bad_file_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "undertone.toml"
    if content is not None:
        file.write_text(content)
    monkeypatch.setenv("UNDERTONE_CONFIG", str(file))
    with pytest.raises(ConfigurationError):
        load_settings()


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNDERTONE_CLICKHOUSE__URL", "http://user:hunter2@host:8123")
    monkeypatch.setenv("UNDERTONE_KAFKA__SECURITY_PASSWORD", "hunter2")
    settings = load_settings()
    assert "hunter2" not in repr(settings) + str(settings.model_dump()) + settings.model_dump_json()


def test_moved_local_ports_move_the_addresses_with_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNDERTONE_LOCAL__BROKER_PORT", "19092")
    monkeypatch.setenv("UNDERTONE_LOCAL__CLICKHOUSE_PORT", "18123")
    monkeypatch.setenv("UNDERTONE_CLICKHOUSE__URL", "http://elsewhere:8123")
    settings = load_settings()
    assert settings.kafka.bootstrap_servers == "127.0.0.1:19092"
    assert settings.clickhouse.url.get_secret_value() == "http://elsewhere:8123", "set explicitly"


def test_a_child_process_sees_the_same_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNDERTONE_LANGUAGE__SUPPORTED", '["en", "de"]')
    monkeypatch.setenv("UNDERTONE_CLICKHOUSE__URL", "http://user:hunter2@host:8123")
    monkeypatch.setenv("UNDERTONE_LOCAL__BROKER_PORT", "19092")
    settings = load_settings()
    for name, value in environment(settings).items():
        monkeypatch.setenv(name, value)
    assert load_settings() == settings


def test_webhooks_reach_a_child_process_with_their_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo="
    webhooks = (
        f'[{{"name": "a", "url": "https://a.example/x", "secrets": ["{secret}"], "body": "slack"}}]'
    )
    monkeypatch.setenv("UNDERTONE_ALERTS__WEBHOOKS", webhooks)
    settings = load_settings()
    assert secret not in repr(settings) + settings.model_dump_json()
    for name, value in environment(settings).items():
        monkeypatch.setenv(name, value)
    assert load_settings().alerts == settings.alerts


@pytest.mark.parametrize(
    "webhook",
    [
        '{"name": "a", "url": "ftp://hidden"}',
        '{"name": "A B", "url": "http://hidden"}',
        '{"name": "a", "url": "http://hidden", "secrets": ["hidden"]}',
        '{"name": "a", "url": "http://hidden", "secrets": ["whsec_aGlkZGVu"]}',
        '{"name": "a", "url": "http://hidden", "body": "pigeon"}',
        '{"name": "a", "url": "http://hidden"}, {"name": "a", "url": "http://hidden"}',
    ],
)
def test_a_bad_webhook_is_refused_without_showing_it(
    monkeypatch: pytest.MonkeyPatch, webhook: str
) -> None:
    monkeypatch.setenv("UNDERTONE_ALERTS__WEBHOOKS", f"[{webhook}]")
    with pytest.raises(ConfigurationError, match="UNDERTONE_ALERTS__WEBHOOKS") as caught:
        load_settings()
    assert "hidden" not in str(caught.value)
