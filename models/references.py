"""What a model may be called by: a folder, or a version in the registry."""

from __future__ import annotations

from pathlib import Path

from infra.settings import ModelSettings
from models import artifact
from schemas.errors import ConfigurationError

REGISTERED = "models:/"


def resolve(reference: str, models: ModelSettings) -> Path:
    """The folder of a model: a folder, ``models:/NAME/VERSION`` or ``models:/NAME@ALIAS``, or empty, the shipped one.

    Raises ``ConfigurationError`` or ``ModelNotFound``.
    """
    if reference.startswith(REGISTERED):
        raise ConfigurationError(f"{reference}: no registry is known to {type(models).__name__}")
    return Path(reference) if reference else artifact.PRETRAINED
