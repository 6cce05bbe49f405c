"""Of image references and Dockerfiles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path


def of_reference(image: str) -> Iterator[str]:
    """An image is named by a digest or by a tag that stays what it is."""
    name, _, digest = image.partition("@")
    tag = name.rpartition("/")[2].partition(":")[2]
    if not digest and tag in {"", "latest", "edge", "nightly", "main"}:
        yield f"{image}: no fixed tag"


@dataclass
class Stage:
    """A stage of a Dockerfile. ``instructions``: (name, arguments), those of the stages it is made
    from first.
    """

    name: str
    base: str
    instructions: list[tuple[str, str]] = field(default_factory=list)

    def last(self, instruction: str) -> str | None:
        """The arguments of the last such instruction, the one that counts."""
        return next(
            (arguments for name, arguments in reversed(self.instructions) if name == instruction),
            None,
        )


def stages(dockerfile: str) -> dict[str, Stage]:
    """By name. Arguments before the first FROM are put in where FROM uses them."""
    joined = re.sub(r"\\\n", " ", re.sub(r"^\s*#.*\n", "", dockerfile, flags=re.M))
    found: dict[str, Stage] = {}
    arguments: dict[str, str] = {}
    stage: Stage | None = None
    for line in filter(None, map(str.strip, joined.splitlines())):
        name, _, rest = line.partition(" ")
        name = name.upper()
        if name == "FROM":
            base = re.sub(r"\$\{(\w+)\}", lambda match: arguments[match[1]], rest.split()[0])
            inherited = found[base].instructions if base in found else []
            stage = Stage(rest.split()[-1], base, list(inherited))
            found[stage.name] = stage
        elif stage is None:
            key, _, value = rest.partition("=")
            arguments[key] = value
        else:
            stage.instructions.append((name, rest.strip()))
    return found


def of_dockerfile(dockerfile: str, context: Path, targets: tuple[str, ...]) -> Iterator[str]:
    """What is shipped runs as a numbered user that is not root, tells its health, and carries no
    tools to build with.
    """
    found = stages(dockerfile)
    for stage in found.values():
        if stage.base not in found:
            yield from of_reference(stage.base)
        for instruction, arguments in stage.instructions:
            if instruction == "ADD":
                yield f"{stage.name}: ADD fetches and unpacks; COPY does what is meant"
            if instruction == "COPY" and not arguments.startswith("--from="):
                sources = [word for word in arguments.split()[:-1] if not word.startswith("--")]
                yield from (
                    f"{stage.name}: there is no {source} to COPY"
                    for source in sources
                    if not (context / source).exists()
                )
    for target in targets:
        if target not in found:
            yield f"there is no target {target}"
            continue
        shipped = found[target]
        user = (shipped.last("USER") or "root").partition(":")[0]
        if not user.isdigit() or int(user) == 0:
            yield f"{target}: runs as {user}"
        if shipped.last("HEALTHCHECK") in {None, "NONE"}:
            yield f"{target}: no HEALTHCHECK"
        for instruction, arguments in shipped.instructions:
            if instruction == "RUN" and re.search(
                r"\b(apt-get install|pip install|gcc|build-essential)\b", arguments
            ):
                yield f"{target}: installs in what is shipped: {arguments}"
