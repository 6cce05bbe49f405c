"""Helpers shared by all commands: settings, logging, examples in ``--help``."""

from __future__ import annotations

from infra.logs import configure
from infra.settings import Settings, load_settings


def configured() -> Settings:
    """The settings, with logging set up after them."""
    settings = load_settings()
    configure(settings.log)
    return settings


def example(text: str) -> str:
    """An epilog for ``--help``, in Markdown."""
    return f"**Example:** `{text}`"
