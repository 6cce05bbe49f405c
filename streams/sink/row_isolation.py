"""Isolation of rows that the target refuses, by halving the batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from infra.sinks.port import BatchToken
from schemas.errors import QueryError, RowMisfit, TargetRefused
from schemas.inputs import RawRecord
from streams.sink.core.sink_buffer import deduplication_token

Row = tuple[RawRecord, Sequence[object]]
Insert = Callable[[Sequence[Sequence[object]], BatchToken], None]
"""(rows, token) → stored. Raises as ``Sink.insert``."""
DOUBTFUL: Final = 8
"""Rows that are refused one by one for reasons that may be anything, before it is taken for no
fault of theirs.
"""


@dataclass(slots=True)
class Isolation:
    """Stores what can be stored of a batch; ``refused`` are the rest, and why.

    The parts depend on nothing but the batch: read again, it is cut in the same places, and each
    part has the same token.
    """

    insert: Insert
    stored: int = 0
    refused: list[tuple[RawRecord, QueryError]] = field(default_factory=list)

    def store(self, rows: Sequence[Row], records: Sequence[RawRecord]) -> None:
        """``records`` name the batch: those of ``rows``, and others that came with them.

        Raises ``QueryError`` for a refusal that is not about rows: of the statement itself, or of
        every row alike.
        """
        self._store(rows, records, deduplication_token(records))
        self._doubt(least=1)

    def _store(self, rows: Sequence[Row], batch: Sequence[RawRecord], token: str) -> None:
        try:
            self.insert(
                [row for _, row in rows], BatchToken(token, [record for record, _ in rows], batch)
            )
        except TargetRefused:
            raise
        except QueryError as error:
            if len(rows) == 1:
                self.refused.append((rows[0][0], error))
                self._doubt(least=DOUBTFUL)
                return
        else:
            self.stored += len(rows)
            return
        half = len(rows) // 2
        for part in (rows[:half], rows[half:]):
            self._store(part, batch, deduplication_token([record for record, _ in part]))

    def _doubt(self, least: int) -> None:
        """Raises the first refusal where nothing could be stored and not every refusal is certainly
        about its row.
        """
        if self.stored or len(self.refused) < least:
            return
        for _, error in self.refused:
            if not isinstance(error, RowMisfit):
                raise error
