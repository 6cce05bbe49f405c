"""Whether ``undertone`` would understand a command line, without running it, and which settings there are."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator, Sequence
from unittest.mock import patch

import click
import typer

from infra.settings import Settings
from streams.cli import app, main

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


def every() -> dict[str, click.Command]:
    """All commands and groups of commands, by what is typed to get to them."""
    assert understood(["status"])  # which imports the modules that the commands are in
    return dict(_below("undertone", typer.main.get_command(app)))


def _below(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield name, command
    for child, inner in getattr(command, "commands", {}).items():
        yield from _below(f"{name} {child}", inner)
