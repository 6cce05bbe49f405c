"""Store of the local Schema Registry: schemas, the versions of each subject, compatibility levels.

Kept in one JSON file that is replaced as a whole, so that a kill at any moment leaves the old or
the new state.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from infra.whole_files import replaced_file
from schemas.compatibility import backward_problems, parse
from schemas.errors import SchemaError

LEVELS = {
    "NONE", "BACKWARD", "BACKWARD_TRANSITIVE", "FORWARD", "FORWARD_TRANSITIVE", "FULL",
    "FULL_TRANSITIVE",
}  # fmt: skip
DEFAULT_LEVEL = "BACKWARD"


class RegistryError(Exception):
    """An answer other than success: Confluent's ``error_code``, whose first three digits are the
    HTTP status.
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(slots=True)
class Version:
    """One version of a subject."""

    version: int
    id: int
    deleted: bool = False


@dataclass(slots=True)
class State:
    """Everything, as it stands in the file. ``schemas`` is id → canonical JSON text; ``levels`` ""
    is the global level.
    """

    schemas: dict[int, str] = field(default_factory=dict)
    subjects: dict[str, list[Version]] = field(default_factory=dict)
    levels: dict[str, str] = field(default_factory=dict)


class Store:
    """The registry's rules, without HTTP.
    https://docs.confluent.io/platform/current/schema-registry/develop/api.html
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._state = _read(path) if path.exists() else State()

    def schema(self, schema_id: int) -> str:
        """The text of a schema."""
        if schema_id not in self._state.schemas:
            raise RegistryError(40403, f"Schema {schema_id} not found")
        return self._state.schemas[schema_id]

    def uses(self, schema_id: int, *, deleted: bool = False) -> list[dict[str, Any]]:
        """The subjects and versions that hold a schema; with ``deleted`` the hidden ones too."""
        self.schema(schema_id)
        subjects = self._state.subjects.items()
        pairs = [
            (name, v)
            for name, versions in subjects
            for v in versions
            if v.id == schema_id and (deleted or not v.deleted)
        ]
        return [{"subject": name, "version": version.version} for name, version in pairs]

    def subjects(self, *, deleted: bool = False) -> list[str]:
        """Subjects that have a version; ``deleted`` counts hidden ones."""
        return sorted(
            name
            for name, versions in self._state.subjects.items()
            if any(deleted or not v.deleted for v in versions)
        )

    def versions(self, subject: str, *, deleted: bool = False) -> list[Version]:
        """The versions of a subject, oldest first; with ``deleted`` the hidden ones too."""
        versions = [
            version
            for version in self._state.subjects.get(subject, [])
            if deleted or not version.deleted
        ]
        if not versions:
            raise RegistryError(40401, f"Subject '{subject}' not found.")
        return versions

    def version(self, subject: str, wanted: str, *, deleted: bool = False) -> Version:
        """Version number ``wanted``, or the newest for "latest"."""
        versions = self.versions(subject, deleted=deleted)
        if wanted in {"latest", "-1"}:
            return versions[-1]
        if not wanted.isdigit() or wanted == "0":
            raise RegistryError(
                42202, f"The specified version '{wanted}' is not a valid version id."
            )
        for version in versions:
            if version.version == int(wanted):
                return version
        raise RegistryError(40402, f"Version {wanted} not found.")

    def register(self, subject: str, text: str) -> Version:
        """Add a schema to a subject unless it is there already."""
        canonical = _canonical(text)
        existing = self._find(subject, canonical, deleted=False)
        if existing is not None:
            return existing
        problems = self.problems(subject, canonical)
        if problems:
            raise RegistryError(
                409,
                (
                    "Schema being registered is incompatible with an earlier schema: "
                    f"{'; '.join(problems)}"
                ),
            )
        schema_id = next(
            (number for number, known in self._state.schemas.items() if _same(known, canonical)), 0
        )
        if not schema_id:
            schema_id = max(self._state.schemas, default=0) + 1
            self._state.schemas[schema_id] = canonical
        history = self._state.subjects.setdefault(subject, [])
        version = Version(history[-1].version + 1 if history else 1, schema_id)
        history.append(version)
        self._save()
        return version

    def lookup(self, subject: str, text: str, *, deleted: bool = False) -> Version:
        """The version of a subject that holds this schema."""
        canonical = _canonical(text)
        self.versions(subject, deleted=deleted)
        found = self._find(subject, canonical, deleted=deleted)
        if found is None:
            raise RegistryError(40403, "Schema not found")
        return found

    def problems(self, subject: str, text: str, against: Version | None = None) -> list[str]:
        """Violations of the subject's compatibility level, ``against`` one version or those that
        the level covers.
        """
        level = self.level(subject)
        if level == "NONE":
            return []
        try:
            versions = [against] if against else self.versions(subject)
        except RegistryError:
            return []
        if not level.endswith("_TRANSITIVE"):
            versions = versions[-1:]
        checks: list[Callable[[str], list[str]]] = []
        if level.startswith(("BACKWARD", "FULL")):
            checks.append(lambda old: backward_problems(text, old))
        if level.startswith(("FORWARD", "FULL")):
            checks.append(lambda old: backward_problems(old, text))
        canonical = _canonical(text)
        return [
            problem
            for v in versions
            for check in checks
            if not _same(self.schema(v.id), canonical)
            for problem in check(self.schema(v.id))
        ]

    def delete(self, subject: str, wanted: str | None, *, permanent: bool) -> list[int]:
        """Hide a version, or all; ``permanent`` forgets what is hidden. The version numbers
        concerned.
        """
        history = self._state.subjects.get(subject, [])
        if permanent:
            gone = [v for v in history if v.deleted and wanted in {None, str(v.version)}]
            if not gone:
                raise RegistryError(
                    40405 if history else 40401,
                    f"Subject '{subject}' was not deleted first before permanently deleted",
                )
            self._state.subjects[subject] = [v for v in history if v not in gone]
        else:
            gone = self.versions(subject) if wanted is None else [self.version(subject, wanted)]
            for version in gone:
                version.deleted = True
        self._save()
        return [version.version for version in gone]

    def level(self, subject: str) -> str:
        """The compatibility level that holds for a subject; "" asks for the global one."""
        return self._state.levels.get(subject) or self._state.levels.get("") or DEFAULT_LEVEL

    def set_level(self, subject: str, level: str) -> None:
        """Set a level."""
        if level not in LEVELS:
            raise RegistryError(
                42203, f"Invalid compatibility level. Valid values are {', '.join(sorted(LEVELS))}"
            )
        self._state.levels[subject] = level
        self._save()

    def unset_level(self, subject: str) -> None:
        """Back to the global level, or, for "", to the default."""
        self._state.levels.pop(subject, None)
        self._save()

    def _find(self, subject: str, canonical: str, *, deleted: bool) -> Version | None:
        versions = [
            version
            for version in self._state.subjects.get(subject, [])
            if deleted or not version.deleted
        ]
        return next(
            (version for version in versions if _same(self._state.schemas[version.id], canonical)),
            None,
        )

    def _save(self) -> None:
        with replaced_file(self._path, durable=True) as file:
            file.write(json.dumps(asdict(self._state)).encode())


def _read(path: Path) -> State:
    data = json.loads(path.read_text(encoding="utf8"))
    return State(
        schemas={int(number): text for number, text in data["schemas"].items()},
        subjects={
            name: [Version(**version) for version in versions]
            for name, versions in data["subjects"].items()
        },
        levels=data["levels"],
    )


def _canonical(text: str) -> str:
    """The schema with insignificant white space removed, so that formatting makes no new
    version."""
    try:
        parse(text)
        return json.dumps(json.loads(text), separators=(",", ":"))
    except (SchemaError, ValueError):
        raise RegistryError(42201, "Invalid schema: not an Avro schema") from None


def _same(one: str, other: str) -> bool:
    """Whether two canonical texts differ at most in the order of attributes, which means nothing in
    Avro.
    """
    return one == other or bool(json.loads(one) == json.loads(other))
