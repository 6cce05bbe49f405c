"""Ed25519 signatures of manifests; the manifest holds the digest of every other file of a model.

RFC 8032, https://www.rfc-editor.org/rfc/rfc8032. The signature lies beside the manifest, as one
line of text.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from models.artifact.artifact import MANIFEST, SIGNATURE
from schemas.errors import ConfigurationError, ModelIntegrityError, ModelNotFound

PRIVATE, PUBLIC, SIGNED = "ed25519-private:", "ed25519-public:", "ed25519"
SIGNING, TRUSTED = "UNDERTONE_MODELS__SIGNING_KEY", "a key of UNDERTONE_MODELS__TRUSTED_KEYS"


def generate() -> str:
    """A new private key as one line of text."""
    return PRIVATE + _text(Ed25519PrivateKey.generate().private_bytes_raw())


def public_key(private: str) -> str:
    """Public key of a private key, for the trusted keys. Raises ``ConfigurationError`` without
    quoting the key.
    """
    return PUBLIC + _text(_private(private).public_key().public_bytes_raw())


def key_id(public: str) -> str:
    """A short name of a public key, for people."""
    return hashlib.sha256(_bytes(public, PUBLIC, TRUSTED)).hexdigest()[:12]


def sign(folder: Path, private: str) -> str:
    """Sign a model; gives the id of the key. Raises ``ModelNotFound`` or ``ConfigurationError``."""
    manifest = folder / MANIFEST
    if not manifest.is_file():
        raise ModelNotFound(f"no model in {folder}: there is no {MANIFEST}")
    identity = key_id(public_key(private))
    signature = _private(private).sign(manifest.read_bytes())
    (folder / SIGNATURE).write_text(f"{SIGNED} {identity} {_text(signature)}\n", encoding="ascii")
    return identity


def signer(folder: Path) -> str | None:
    """The id of the key that a signature names, true or not; None where there is no signature."""
    path = folder / SIGNATURE
    return _read(path)[0] if path.is_file() else None


def verify(folder: Path, trusted: Iterable[str]) -> str:
    """The id of the trusted key that signed the model.

    Raises ``ModelIntegrityError`` where none did, or what it signed is not what is there;
    ``ModelNotFound``.
    """
    path, manifest = folder / SIGNATURE, folder / MANIFEST
    if not manifest.is_file():
        raise ModelNotFound(f"no model in {folder}: there is no {MANIFEST}")
    if not path.is_file():
        raise ModelIntegrityError(
            f"{folder} is not signed, and only signed models are trusted here"
        )
    identity, signature = _read(path)
    keys = {key_id(key): key for key in trusted}
    if identity not in keys:
        raise ModelIntegrityError(
            f"{folder} is signed with key {identity}, which is not among the trusted ones"
        )
    try:
        Ed25519PublicKey.from_public_bytes(_bytes(keys[identity], PUBLIC, TRUSTED)).verify(
            signature, manifest.read_bytes()
        )
    except InvalidSignature as error:
        raise ModelIntegrityError(f"{manifest} is not what {SIGNATURE} was made for") from error
    return identity


def _private(text: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(_bytes(text, PRIVATE, SIGNING))


def _read(path: Path) -> tuple[str, bytes]:
    try:
        kind, identity, signature = path.read_text(encoding="ascii").split()
        if kind != SIGNED:
            raise ValueError(kind)
        return identity, base64.b64decode(signature, validate=True)
    except (ValueError, UnicodeDecodeError) as error:
        raise ModelIntegrityError(f"{path} is not a signature") from error


def _bytes(text: str, prefix: str, what: str) -> bytes:
    """What a key's text stands for: 32 bytes."""
    try:
        decoded = base64.b64decode(text.strip().removeprefix(prefix), validate=True)
    except binascii.Error:
        decoded = b""
    if not text.strip().startswith(prefix) or len(decoded) != 32:
        raise ConfigurationError(
            f"{what} is not {prefix} and 32 bytes in base64, as `undertone models keygen` makes it"
        )
    return decoded


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
