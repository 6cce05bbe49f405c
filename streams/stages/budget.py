"""Cost budget of one text: how much exact work masking may spend on it.

The unit is about a microsecond of one core, charged by counts alone (characters read, results
made), so that the same text is always masked alike, on a slow machine as on a fast one. Reviews
spend some hundreds of units; what spends it all is a list of hundreds of telephone numbers, or made
to cost much. Past it, whatever lets a recognizer's gate through is masked as a whole, with
everything around it that the recognizer would have read; and a result whose context words were not
read counts as having some. More is masked then, never less, because nothing that the recognizer
could have found there reaches beyond.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

WORK: Final = 60_000.0
RESULT: Final = 16.0
"""What a result costs: to make it, to look for context words before it, to compare it with others.
"""


@dataclass(slots=True)
class Budget:
    """Remaining budget of one text, ``left``. The last charge may exceed it."""

    left: float = WORK

    @property
    def spent(self) -> bool:
        """Whether nothing is left."""
        return self.left <= 0

    def charge(self, work: float) -> None:
        """Take so much of it."""
        self.left -= work
