"""Splitter of SQL files into statements."""

from __future__ import annotations

import re

# In ClickHouse's lexer: quoted strings and identifiers (backslash escapes, doubled quotes),
# heredocs, comments. https://clickhouse.com/docs/sql-reference/syntax
_TOKEN = re.compile(
    r"""
      (?P<quoted> '(?:[^'\\]|\\.|'')*' | "(?:[^"\\]|\\.|"")*" | `(?:[^`\\]|\\.|``)*` |
      (?P<tag>\$\w*\$).*?(?P=tag) )
    | (?P<comment> --[^\n]* | \#[!\ ][^\n]* | /\*.*?\*/ )
    | (?P<end> ; )
    | (?P<other> . )
    """,
    re.DOTALL | re.VERBOSE,
)


def split(sql: str) -> tuple[str, ...]:
    """The statements between semicolons, without comments; semicolons in quotes and comments
    separate nothing.
    """
    statements = [""]
    for token in _TOKEN.finditer(sql):
        if token["end"]:
            statements.append("")
        else:
            statements[-1] += " " if token["comment"] else token[0]
    return tuple(stripped for statement in statements if (stripped := statement.strip()))
