"""Whether ``undertone`` would understand a command line, without running it, and which commands and
settings there are.
"""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any
from unittest.mock import patch

import typer

from infra.settings import Settings
from streams.cli import main
from streams.cli.cli_app import app

SETTINGS = {
    f"UNDERTONE_{s}__{n}".upper()
    for s, field in Settings.model_fields.items()
    for n in type(field.default).model_fields
}
"""The variables of all settings."""
USAGE_ERROR: type[Exception] = next(
    kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "UsageError"
)
"""Of the click that typer has, be it its own or the package."""


@cache
def every() -> dict[str, Any]:
    """All commands and groups of commands, by what is typed to get to them."""
    # The command line imports the modules that commands are in when it is called.
    with (
        patch.object(sys, "argv", ["undertone", "--help"]),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.suppress(SystemExit),
    ):
        main()
    return dict(_below("undertone", typer.main.get_command(app)))


def _below(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    yield name, command
    for child, inner in getattr(command, "commands", {}).items():
        yield from _below(f"{name} {child}", inner)


def understood(arguments: Sequence[str]) -> bool:
    """Whether the command exists and has these options."""
    name, rest = "undertone", list(arguments)
    while rest and f"{name} {rest[0]}" in every():
        name = f"{name} {rest.pop(0)}"
    command = every()[name]
    if hasattr(command, "commands") and rest and not rest[0].startswith("-"):
        return False
    try:
        command.make_parser(command.context_class(command)).parse_args(rest)
    except USAGE_ERROR:
        return False
    return True
