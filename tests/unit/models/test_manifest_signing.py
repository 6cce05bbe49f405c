"""Signatures of models: what is refused, and that keys are not shown."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.settings import ModelSettings
from models.artifact import artifact, manifest_signing
from models.artifact.artifact import CARD, MANIFEST, PRETRAINED, SIGNATURE
from models.registry.references import resolve, shipped
from schemas.errors import ConfigurationError, ModelIntegrityError, ModelNotFound

PRIVATE, OTHER = manifest_signing.generate(), manifest_signing.generate()
TRUSTED = (manifest_signing.public_key(OTHER), manifest_signing.public_key(PRIVATE))


@pytest.fixture
def signed(tmp_path: Path) -> Path:
    """A model, signed with ``PRIVATE``."""
    folder = Path(shutil.copytree(PRETRAINED, tmp_path / "model"))
    manifest_signing.sign(folder, PRIVATE)
    return folder


def test_a_signed_model_loads_and_tells_which_of_the_trusted_keys_signed_it(signed: Path) -> None:
    identity = manifest_signing.key_id(manifest_signing.public_key(PRIVATE))
    assert manifest_signing.verify(signed, TRUSTED) == identity == manifest_signing.signer(signed)
    assert resolve(str(signed), ModelSettings(trusted_keys=TRUSTED)) == signed
    assert artifact.load(signed).version == artifact.load(PRETRAINED).version


def unsigned(folder: Path) -> None:
    (folder / SIGNATURE).unlink()


def other_manifest(folder: Path) -> None:
    path = folder / MANIFEST
    path.write_text(path.read_text().replace('"seed": 0', '"seed": 1'))


def by_nobody(folder: Path) -> None:
    manifest_signing.sign(folder, manifest_signing.generate())


def under_another_name(folder: Path) -> None:
    """The signature of a key that is not trusted, said to be of one that is."""
    by_nobody(folder)
    kind, _, signature = (folder / SIGNATURE).read_text().split()
    (folder / SIGNATURE).write_text(f"{kind} {manifest_signing.key_id(TRUSTED[1])} {signature}\n")


def nonsense(folder: Path) -> None:
    (folder / SIGNATURE).write_bytes(b"\xff\x00")


@pytest.mark.parametrize(
    ("tamper", "reason"),
    [
        (unsigned, "is not signed"),
        (other_manifest, "is not what manifest.sig was made for"),
        (by_nobody, "not among the trusted ones"),
        (under_another_name, "is not what manifest.sig was made for"),
        (nonsense, "is not a signature"),
    ],
)
def test_where_keys_are_trusted_nothing_else_is(
    signed: Path, tamper: Callable[[Path], None], reason: str
) -> None:
    tamper(signed)
    with pytest.raises(ModelIntegrityError, match=reason):
        resolve(str(signed), ModelSettings(trusted_keys=TRUSTED))
    assert resolve(str(signed), ModelSettings()) == signed


def test_the_signed_manifest_vouches_for_every_other_file(signed: Path) -> None:
    (signed / CARD).write_text("another card")
    assert manifest_signing.verify(signed, TRUSTED)
    with pytest.raises(ModelIntegrityError, match=r"README\.md does not match its digest"):
        artifact.load(signed)


def test_what_is_shipped_needs_no_signature() -> None:
    assert resolve("", ModelSettings(trusted_keys=TRUSTED)) == PRETRAINED


def test_what_is_shipped_is_called_the_same_on_every_machine() -> None:
    trusting = ModelSettings(trusted_keys=TRUSTED)
    assert [resolve(shipped(folder), trusting) for folder in artifact.SHIPPED] == list(
        artifact.SHIPPED
    )
    with pytest.raises(ModelNotFound, match="no model 'nothing' is shipped, only judge, "):
        resolve("shipped:nothing", trusting)


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound, match=str(tmp_path)):
        manifest_signing.sign(tmp_path, PRIVATE)
    with pytest.raises(ModelNotFound, match=str(tmp_path)):
        manifest_signing.verify(tmp_path, TRUSTED)


@pytest.mark.parametrize(
    "key", ["", "secret-thing", "ed25519-private:c2VjcmV0LXRoaW5n", TRUSTED[0]], ids=range(4)
)
def test_a_key_that_is_none_is_an_error_that_does_not_show_it(signed: Path, key: str) -> None:
    with pytest.raises(ConfigurationError, match="models keygen") as raised:
        manifest_signing.sign(signed, key)
    assert "secret" not in str(raised.value)
    assert "c2VjcmV0LXRoaW5n" not in str(raised.value)
