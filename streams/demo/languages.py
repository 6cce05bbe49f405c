"""Demo, between the first acts: reviews in several languages, judged in three classes."""

from __future__ import annotations

from typing import Final

from rich.table import Table

from streams.demo.sample import SampleReview
from streams.demo.stage import Stage

SOURCE: Final = "languages"
TEXTS: Final = (
    "El envío fue rápido, pero la batería se agotó en dos días y nadie responde",
    "Der Kundendienst war freundlich, aber das Gerät ging nach zwei Wochen kaputt",
    "La livraison est arrivée mardi dans un carton.",
    "バッテリーがすぐに切れて最悪です",
    "الطعام لذيذ جدا والخدمة ممتازة",
    "होटल बहुत अच्छा था और खाना स्वादिष्ट था",
    "联系客服很方便 电池不行",
    "Huduma ilikuwa mbaya sana na chakula kilikuwa baridi, sitarudi tena hapa",
)
ENOUGH: Final = 6
SCORED: Final = f"SELECT count() FROM reviews WHERE source = '{SOURCE}'"
SAID: Final = f"""
SELECT language, language_served, toString(sentiment), probabilities['negative'],
    probabilities['neutral'], probabilities['positive'], text_masked
FROM reviews
WHERE source = '{SOURCE}'
ORDER BY review_id
"""


def play(stage: Stage) -> bool:
    """True if each was scored, with probabilities of all three sentiments."""
    stage.console.print(f"\n{len(TEXTS)} reviews in other languages")
    stage.review(
        [
            SampleReview(f"language-{number}", text, "", "", "", "")
            for number, text in enumerate(TEXTS)
        ],
        SOURCE,
    )
    stage.wait("scoring them", lambda: stage.count(SCORED) >= len(TEXTS))
    rows = stage.warehouse.query(SAID)
    table = Table("language", "sentiment", "negative", "neutral", "positive", "text")
    for language, served, sentiment, *shares, text in rows:
        shown = f"{language}" if served else f"{language} (no model of its own)"
        table.add_row(shown, str(sentiment), *(f"{share:.2f}" for share in shares), str(text))
    stage.console.print(table)
    sums = [float(sum(map(float, map(str, row[3:6])))) for row in rows]
    return stage.check(
        "reviews in other languages are scored in three classes",
        len({row[0] for row in rows}) >= ENOUGH
        and len(rows) == len(TEXTS)
        and all(abs(total - 1) < 0.01 for total in sums),
    )
