"""Whether ``undertone`` would understand a command line, without running it, and which settings there are."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Sequence
from unittest.mock import patch

from infra.settings import Settings
from streams.cli import main

SETTINGS = {f"UNDERTONE_{s}__{n}".upper() for s, field in Settings.model_fields.items() for n in type(field.default).model_fields}
"""The variables of all settings."""


def understood(arguments: Sequence[str]) -> bool:
    """Its help is shown: the command exists and has these options."""
    said = io.StringIO()
    with (
        patch.object(sys, "argv", ["undertone", *arguments, "--help"]),
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(said),
    ):
        try:
            main()
        except SystemExit as end:
            return end.code == 0
    return False
