"""API keys: made, found, refused, changed; and what is kept of them."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from schemas.errors import ConfigurationError
from streams.gateway import api_key_file
from streams.gateway.api_key_file import KeyRing
from streams.gateway.core.api_keys import KeyEntry, KeyRefused, Scope, find, generate

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
READ = frozenset({Scope.READ})


def new(client: str = "shop", expires_at: datetime | None = None) -> tuple[str, KeyEntry]:
    return generate(client, READ, NOW, expires_at)


def test_a_key_opens_its_own_entry_and_no_other() -> None:
    (one, first), (two, second) = new(), new("other")
    assert find(one, [first, second], NOW) is first
    assert find(two, [first, second], NOW) is second
    assert one != two


def test_nothing_that_is_kept_or_shown_lets_anybody_in() -> None:
    key, entry = new()
    secret = key.rpartition("_")[2]
    assert key not in entry.model_dump_json() + repr(entry)
    assert secret not in entry.model_dump_json()
    with pytest.raises(KeyRefused):
        find(f"ut_{entry.key_id}_{entry.sha256[:43]}", [entry], NOW)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda key: key[:-1],
        lambda key: key + "x",
        lambda key: key[:-1] + ("A" if key[-1] != "A" else "B"),
        lambda key: "",
        str.upper,
    ],
)
def test_what_is_not_the_key_is_refused_without_saying_what_is_wrong(wrong: object) -> None:
    key, entry = new()
    with pytest.raises(KeyRefused, match="unknown API key"):
        find(wrong(key), [entry], NOW)  # type: ignore[operator]


def test_a_secret_under_the_id_of_another_key_is_refused() -> None:
    (one, first), (_, second) = new(), new()
    mixed = one.replace(first.key_id, second.key_id)
    with pytest.raises(KeyRefused, match="unknown API key"):
        find(mixed, [first, second], NOW)


def test_a_key_expires_to_the_second() -> None:
    key, entry = new(expires_at=NOW + DAY)
    assert find(key, [entry], NOW + DAY - timedelta(seconds=1)) is entry
    with pytest.raises(KeyRefused, match="expired"):
        find(key, [entry], NOW + DAY)


def test_keys_are_changed_by_two_that_are_valid_for_a_while() -> None:
    (old_key, old), (new_key, fresh) = new(), new()
    assert find(old_key, [old, fresh], NOW) is old
    assert find(new_key, [old, fresh], NOW) is fresh
    revoked = old.model_copy(update={"revoked_at": NOW})
    with pytest.raises(KeyRefused, match="revoked"):
        find(old_key, [revoked, fresh], NOW)
    assert find(new_key, [revoked, fresh], NOW) is fresh


def test_a_bad_name_of_a_client_is_refused() -> None:
    with pytest.raises(ValidationError):
        new("a\nb")


class TestFile:
    def test_what_is_written_is_read_and_only_the_owner_may(self, tmp_path: Path) -> None:
        path, (_, entry) = tmp_path / "folder" / "keys.json", new()
        api_key_file.change(path, lambda entries: (*entries, entry))
        api_key_file.change(path, lambda entries: (*entries, entry))
        assert api_key_file.read(path) == (entry, entry)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_no_file_is_no_keys(self, tmp_path: Path) -> None:
        assert api_key_file.read(tmp_path / "none.json") == ()
        assert KeyRing(tmp_path / "none.json")() == ()

    @pytest.mark.parametrize(
        "content", ["", "{", "[{}]", '[{"key_id": "hunter2222", "client": "hunter2"}]']
    )
    def test_a_damaged_file_is_an_error_that_does_not_show_it(
        self, tmp_path: Path, content: str
    ) -> None:
        path = tmp_path / "keys.json"
        path.write_text(content)
        with pytest.raises(ConfigurationError, match=r"keys\.json") as caught:
            KeyRing(path)
        assert "hunter2" not in str(caught.value)

    def test_an_edit_that_fails_changes_nothing(self, tmp_path: Path) -> None:
        path, (_, entry) = tmp_path / "keys.json", new()
        api_key_file.change(path, lambda _: (entry,))

        def fail(_: object) -> tuple[KeyEntry, ...]:
            raise ConfigurationError("no")

        with pytest.raises(ConfigurationError):
            api_key_file.change(path, fail)
        assert api_key_file.read(path) == (entry,)


class TestRing:
    def test_a_running_gateway_takes_changes(self, tmp_path: Path) -> None:
        path, (_, entry) = tmp_path / "keys.json", new()
        ring = KeyRing(path)
        api_key_file.change(path, lambda _: (entry,))
        assert ring() == (entry,)
        revoked = entry.model_copy(update={"revoked_at": NOW})
        api_key_file.change(path, lambda _: (revoked,))
        assert ring() == (revoked,)

    def test_a_file_that_is_gone_or_damaged_opens_nothing_and_closes_nothing(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        path, (_, entry) = tmp_path / "keys.json", new()
        api_key_file.change(path, lambda _: (entry,))
        ring = KeyRing(path)
        path.unlink()
        assert ring() == (entry,)
        path.write_text("[]]")
        os.utime(path, (1, 1))
        assert ring() == (entry,)
        assert [record.levelname for record in caplog.records] == ["CRITICAL", "CRITICAL"]
