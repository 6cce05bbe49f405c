"""Remove from an environment what only developers of its packages need:
``python slim.py /opt/undertone``.

Folders named ``tests`` hold a package's own tests, unless it imports them: Evidently's are its
public interface, and ``numpy.testing`` needs one. So those that a module outside of tests imports,
or names in a string, stay.
"""

import ast
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

TESTS = "tests"
DOTTED = re.compile(rf"(?:\w+\.)+{TESTS}(?:\.\w+)*")


def slim(packages: Path) -> list[Path]:
    """Remove them from a folder of packages, and TensorFlow's headers; what was removed."""
    needed = {name for module in _modules(packages) for name in _names(module, packages)}
    removed = [packages / "tensorflow/include"]
    for folder in sorted(packages.rglob(TESTS)):
        name = ".".join(folder.relative_to(packages).parts)
        if folder.is_dir() and not any(
            other == name or other.startswith(f"{name}.") for other in needed
        ):
            removed.append(folder)
    for folder in removed:
        shutil.rmtree(folder, ignore_errors=True)  # one in another is gone already
    return removed


def _modules(packages: Path) -> Iterator[Path]:
    return (
        path for path in packages.rglob("*.py") if TESTS not in path.relative_to(packages).parts
    )


def _names(module: Path, packages: Path) -> Iterator[str]:
    """Names of modules that it imports or has in strings, where it speaks of tests at all."""
    text = module.read_text(encoding="utf8", errors="replace")
    if TESTS not in text:
        return
    yield from DOTTED.findall(text)
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):  # a template, or Python 2
        return
    package = module.relative_to(packages).parent.parts
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = [*above, *([node.module] if node.module else [])]
            yield from (".".join([*base, alias.name]) for alias in node.names)


if __name__ == "__main__":
    for site_packages in Path(sys.argv[1]).glob("lib/python3.*/site-packages"):
        slim(site_packages)
