"""Section of the page about the student: its figures on the behaviour suite."""

from __future__ import annotations

from models.evaluation.behaviour.observing import observe
from models.evaluation.behaviour.suite import load
from models.evaluation.behaviour.tables import behaviour_tables
from models.evaluation.report.tables import markdown
from models.student.model import Student


def section(student: Student) -> list[str]:
    """Lines of it."""
    cases, exchanged = behaviour_tables({student.name: observe(student.judge, load())})
    return [
        "## Behaviour",
        "",
        "`undertone models behaviour --model shipped:judge --wrong`; the cases are in",
        "`models/evaluation/behaviour/cases`, and none of their texts trains the student.",
        "",
        *markdown(cases).splitlines(),
        "",
        f"{exchanged.title}:",
        "",
        *markdown(exchanged).splitlines(),
        "",
    ]
