"""Access control of statements sent to the local ClickHouse: its own tables only, no files and no
network.

chDB runs as ``clickhouse local`` does, for the person who started it: any file may be read and
written, any address asked. Three things take that away, each for what the others cannot see:

1. ClickHouse's own access control: no grant on any source (files, URLs, S3, other databases), none
   on dictionaries, named collections, backups, users and SYSTEM.
2. Settings that name files and addresses, or hold SQL that is evaluated later, cannot be changed.
3. What no grant covers (INTO OUTFILE, FROM INFILE, the function ``file``, table functions without a
   source, disks that a statement defines, engines that open paths) is looked for in the statement
   as ClickHouse's own formatter writes it: one spelling for every comment, case, heredoc and quoted
   identifier. Table functions and engines are listed by what is harmless, so that those of a later
   version are refused until somebody has looked at them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

USER: Final = "default"
"""The user that chDB runs every statement as."""

GRANTS: Final = (
    "SELECT, INSERT, ALTER TABLE, ALTER VIEW, CREATE DATABASE, CREATE TABLE, CREATE VIEW, CREATE "
    "TEMPORARY TABLE, CREATE FUNCTION, DROP DATABASE, DROP TABLE, DROP VIEW, DROP FUNCTION, UNDROP "
    "TABLE, TRUNCATE, OPTIMIZE, CHECK, SHOW, KILL QUERY"
)

FIXED_SETTINGS: Final = {
    # Files and addresses.
    "format_schema": "", "format_schema_source": "file", "format_template_row": "",
    "format_template_resultset": "",
    "output_format_schema": "", "input_format_record_errors_file_path": "",
    "format_avro_schema_registry_url": "", "url_base": "",
    "filesystem_cache_name": "", "rename_files_after_processing": "",
    # SQL in a string, which nobody has looked at.
    "additional_table_filters": "{}", "additional_result_filter": "", "filter": "",
    "parallel_replicas_custom_key": "",
    "implicit_table_at_top_level": "", "input_format_values_interpret_expressions": "0",
    "input_format_values_deduce_templates_of_expressions": "0",
    "allow_experimental_eval_table_function": "0",
    # Another language than the one that is looked at, another program, another engine than the one
    # that is named.
    "dialect": "clickhouse", "allow_python_table_function": "0",
    "allow_experimental_ai_functions": "0",
    "default_table_engine": "MergeTree", "default_temporary_table_engine": "Memory",
    "default_database_engine": "Atomic",
}  # fmt: skip

HARMLESS_TABLE_FUNCTIONS: Final = frozenset(
    {
        "sqlstandardvalues", "format", "fuzzjson", "fuzzquery", "generaterandom", "generateseries",
        "generate_series", "input",
        "loop", "merge", "mergetreeindex", "mergetreeprojection", "null", "numbers", "numbers_mt",
        "primes", "values", "view",
        "viewexplain", "viewifpermitted", "zeros", "zeros_mt",
    }
)  # fmt: skip
HARMLESS_ENGINES: Final = re.compile(
    r"\w*MergeTree|Memory|Null|Log|TinyLog|StripeLog|Set|Join|Buffer|Merge|View|Atomic"
)

# Quotes as ClickHouse's formatter writes them.
QUOTED: Final = re.compile(r"'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
CALL: Final = re.compile(r"(?<![\w.])(\w+)\(")
ENGINE: Final = re.compile(r"\bENGINE = (\w*)")
CLIENT_FILE: Final = re.compile(r"\b(INTO OUTFILE|FROM INFILE) ''")
# Functions are values too: `APPLY file` and `arrayMap(file, …)` call it.
FILE: Final = re.compile(r"(?<![\w.])file(?![\w.])")
DISK: Final = re.compile(r"(?<![\w.])disk\(", re.IGNORECASE)


def refused_table_functions(existing: Iterable[str]) -> frozenset[str]:
    """Of the engine's table functions those that are not known to be harmless, in lower case."""
    return frozenset(name.lower() for name in existing) - HARMLESS_TABLE_FUNCTIONS


def objection(formatted: str, refused_functions: frozenset[str]) -> str | None:
    """Reason to refuse a statement in the form of ``formatQuerySingleLine``; None where it may
    run."""
    bare = QUOTED.sub(lambda match: "''" if match[0][0] == "'" else "``", formatted)
    if match := CLIENT_FILE.search(bare):
        return f"{match[1]} is not for HTTP"
    if DISK.search(bare):
        return "a statement does not define disks here"
    for engine in ENGINE.findall(bare):
        if not HARMLESS_ENGINES.fullmatch(engine):
            return f"the engine {engine or '(quoted)'} is not for the local stack"
    for name in CALL.findall(bare):
        if name.lower() in refused_functions:
            return (
                f"the function {name} is not for the local stack: it reaches files or addresses of "
                "this machine"
            )
    if FILE.search(bare):
        return (
            "the function file is not for the local stack; write a column of that name with its "
            "table's before it"
        )
    return None


def write_configuration(folder: Path) -> Path:
    """Write chDB's configuration into ``folder``; the file to start it with."""
    folder.mkdir(parents=True, exist_ok=True)
    users, main = folder / "users.xml", folder / "config.xml"
    values = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in FIXED_SETTINGS.items())
    constraints = "".join(f"<{name}><const/></{name}>" for name in FIXED_SETTINGS)
    users.write_text(
        f"<clickhouse><profiles><default>{values}<constraints>{constraints}</constraints></default></profiles>"
        f"<quotas><default/></quotas><users><{USER}><password/><networks><ip>::/0</ip></networks><profile>default</profile>"
        f"<quota>default</quota><grants><query>GRANT {GRANTS} ON "
        f"*.*</query></grants></{USER}></users></clickhouse>",
        encoding="utf8",
    )
    # The folders that ClickHouse keeps users' files and scripts in: nothing is ever put there.
    paths = "".join(
        f"<{name}>{escape(str(folder / 'nothing'))}/</{name}>"
        for name in (
            "user_files_path",
            "user_scripts_path",
            "format_schema_path",
            "dictionaries_lib_path",
        )
    )
    main.write_text(
        f"<clickhouse><users_config>{escape(str(users))}</users_config>{paths}</clickhouse>",
        encoding="utf8",
    )
    return main
