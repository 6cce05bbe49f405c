"""``python -m infra.settings_reference > docs/configuration.md``: the reference of all settings,
made from ``infra.settings``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from infra.settings import Section, Settings, WebhookSettings

HEAD = """# Configuration

Generated from `infra/settings.py` by `python -m infra.settings_reference > docs/configuration.md`;
a test fails when this file is out of date. Change the settings, not this file.

A setting is read from the first of these that has it:

1. the environment variable `UNDERTONE_<SECTION>__<NAME>`, as listed below;
2. a file named like the variable in the folder that `UNDERTONE_SECRETS_DIR` names, as Docker and
   Kubernetes mount secrets;
3. `<name>` under `[<section>]` in the TOML file that `UNDERTONE_CONFIG` names;
4. its default.

Lists are written as JSON (`["a", "b"]`) in the environment. An unknown or invalid setting fails at
start with a message that names the setting and never its value. `undertone settings` prints the
effective settings with secrets hidden. Where an address of Kafka, the Schema Registry or ClickHouse
is not set, it follows the ports in the section `local`. Settings that end in `_s` are seconds, in
`_ms` milliseconds; shares lie between 0 and 1.
"""
WEBHOOKS = (
    "## Fields of a webhook\n\nEach object in the list `UNDERTONE_ALERTS__WEBHOOKS` has "
    "these fields."
)


def reference() -> str:
    """The document as Markdown: one table per section."""
    parts = [HEAD]
    for name, field in Settings.model_fields.items():
        assert isinstance(field.default, Section)
        section = type(field.default)
        parts.append(
            f"## {name}\n\n{_summary(section)}\n\n" + _table(section, f"UNDERTONE_{name.upper()}__")
        )
    parts.append(f"{WEBHOOKS}\n\n" + _table(WebhookSettings, ""))
    return "\n".join(parts)


def _summary(section: type[Section]) -> str:
    return " ".join((section.__doc__ or "").replace("``", "`").split())


def _table(section: type[Section], prefix: str) -> str:
    return (
        "\n".join(
            [
                "| setting | value | default | meaning |",
                "|---|---|---|---|",
                *_rows(section, prefix),
            ]
        )
        + "\n"
    )


def _rows(section: type[Section], prefix: str) -> Iterator[str]:
    schema = section.model_json_schema()
    for name, field in section.model_fields.items():
        variable = f"{prefix}{name.upper()}" if prefix else name
        cells = (
            f"`{variable}`",
            _value(schema["properties"][name], schema),
            _default(field),
            field.description or "",
        )
        yield "| " + " | ".join(_escaped(cell) for cell in cells) + " |"


def _escaped(cell: str) -> str:
    """For a table cell: neither a column separator nor an HTML tag."""
    return cell.replace("|", "\\|").replace("<", "&lt;")


def _value(schema: dict[str, Any], root: dict[str, Any]) -> str:
    """Type and bounds in words, from the JSON schema of a field."""
    if "$ref" in schema:
        return "object"
    if "anyOf" in schema:
        kinds = [_value(kind, root) for kind in schema["anyOf"] if kind.get("type") != "null"]
        return " or ".join(kinds) + ", optional"
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if schema["type"] == "array":
        return "list of " + _value(schema.get("items", {"type": "string"}), root)
    kind = {"password": "secret", "path": "path"}.get(schema.get("format", ""), schema["type"])
    bounds = [
        f"{sign} {schema[key]:g}"
        for key, sign in (
            ("minimum", "≥"),
            ("exclusiveMinimum", ">"),
            ("maximum", "≤"),
            ("exclusiveMaximum", "<"),
        )
        if key in schema
    ]
    return ", ".join([kind, *bounds])


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.default
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, frozenset | tuple):
        value = json.dumps(sorted(value) if isinstance(value, frozenset) else value)
    if value is None or value == "":
        return "not set" if value is None else "empty"
    return f"`{value}`" if isinstance(value, str | Path) else f"{value}"


if __name__ == "__main__":
    sys.stdout.write(reference())
