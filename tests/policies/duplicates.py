"""Duplicate code, found by pylint's engine for ``duplicate-code`` (R0801).

Imports, signatures, docstrings and comments are left out, as pylint can do itself; but it parses
with astroid for that, which takes 50 seconds of processor time here, and the ``ast`` module two.
"""

from __future__ import annotations

import ast
import io
from collections.abc import Iterable, Mapping
from contextlib import redirect_stdout

from pylint.checkers.symilar import Symilar


def duplicates(sources: Mapping[str, str], lines: int) -> str:
    """Report of the runs of at least so many lines that two of the sources share; empty without."""
    engine = Symilar(
        min_lines=lines - 1,  # it reports what is longer
        ignore_comments=True,
        ignore_docstrings=True,
        ignore_imports=False,
        ignore_signatures=False,
    )
    for name, source in sources.items():
        engine.append_stream(name, io.StringIO(logic(source)))
    report = io.StringIO()
    with redirect_stdout(report):
        engine.run()
    return "" if " duplicates=0 " in report.getvalue() else report.getvalue()


def logic(source: str) -> str:
    """The source with imports and signatures blanked out."""
    lines = source.splitlines()
    for number in _without_logic(ast.parse(source)):
        lines[number - 1] = ""
    return "\n".join(lines) + "\n"


def _without_logic(tree: ast.Module) -> Iterable[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from range(node.lineno, (node.end_lineno or node.lineno) + 1)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from range(node.lineno, node.body[0].lineno)
