"""Whether ``undertone`` would understand a command line, without running it."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Sequence
from unittest.mock import patch

from streams.cli import main


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
