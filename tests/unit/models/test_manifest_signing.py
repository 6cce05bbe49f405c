"""Signatures of models: what is refused, and that keys are not shown."""

from __future__ import annotations

import hashlib
import shutil
from base64 import b64decode, b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

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


def test_keys_and_signatures_are_those_of_rfc_8032_in_a_form_that_stays(signed: Path) -> None:
    # Its first test vector, https://www.rfc-editor.org/rfc/rfc8032#section-7.1
    private = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    public = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    key = f"ed25519-private:{b64encode(private).decode()}"
    assert manifest_signing.public_key(key) == f"ed25519-public:{b64encode(public).decode()}"
    identity = manifest_signing.sign(signed, key)
    assert identity == hashlib.sha256(public).hexdigest()[:12]
    kind, named, signature = (signed / SIGNATURE).read_text().removesuffix("\n").split(" ")
    assert (kind, named) == ("ed25519", identity)
    manifest = (signed / MANIFEST).read_bytes()
    Ed25519PublicKey.from_public_bytes(public).verify(b64decode(signature), manifest)


def test_a_model_that_is_not_signed_has_no_signer(signed: Path) -> None:
    unsigned(signed)
    assert manifest_signing.signer(signed) is None


def test_a_trusted_key_that_is_none_is_an_error_that_names_the_setting(signed: Path) -> None:
    with pytest.raises(ConfigurationError, match="UNDERTONE_MODELS__TRUSTED_KEYS is not ed25519-"):
        manifest_signing.verify(signed, [PRIVATE])


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


def of_another_kind(folder: Path) -> None:
    path = folder / SIGNATURE
    path.write_text(path.read_text().replace("ed25519", "ed448"))


def not_base64(folder: Path) -> None:
    path = folder / SIGNATURE
    path.write_text(path.read_text().rstrip() + "!!!!\n")


@pytest.mark.parametrize(
    ("tamper", "reason"),
    [
        (unsigned, "is not signed"),
        (other_manifest, "is not what manifest.sig was made for"),
        (by_nobody, "not among the trusted ones"),
        (under_another_name, "is not what manifest.sig was made for"),
        (nonsense, "is not a signature"),
        (of_another_kind, "is not a signature"),
        (not_base64, "is not a signature"),
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
    "key",
    [
        "",
        "secret-thing",
        "ed25519-private:c2VjcmV0LXRoaW5n",
        TRUSTED[0],
        f"{PRIVATE}AAAA",
        PRIVATE.removeprefix("ed25519-private:"),
        f"{PRIVATE[:-4]}!{PRIVATE[-4:]}",
    ],
    ids=range(7),
)
def test_a_key_that_is_none_is_an_error_that_does_not_show_it(signed: Path, key: str) -> None:
    with pytest.raises(
        ConfigurationError,
        match=r"^UNDERTONE_MODELS__SIGNING_KEY is not .* `undertone models keygen`",
    ) as raised:
        manifest_signing.sign(signed, key)
    assert "secret" not in str(raised.value)
    assert "c2VjcmV0LXRoaW5n" not in str(raised.value)
