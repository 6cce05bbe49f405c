"""A corpus of a few written sentences, in the layout of the real one."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Sequence
from pathlib import Path

from models.lab.judgement.sources import BASE

Row = dict[str, str]
LABELS = ("negative", "neutral", "positive")


def write(path: Path, rows: Sequence[Row]) -> None:
    """A CSV.gz of rows with the same columns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = io.StringIO(newline="")
    writer = csv.DictWriter(lines, rows[0].keys() if rows else ["text", "label"])
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(gzip.compress(lines.getvalue().encode()))


def review(
    text: str,
    label: str,
    lang: str = "en",
    domain: str = "laptop",
    stars: str = "",
    aspects: Sequence[str] = (),
) -> Row:
    """``aspects``: category and polarity, such as ``battery -``."""
    judged = [{"category": aspect.split()[0], "polarity": aspect.split()[1]} for aspect in aspects]
    return {
        "text": text,
        "label": label,
        "stars": stars,
        "aspects": json.dumps(judged) if judged else "",
        "domain": domain,
        "lang": lang,
    }


def corpus(folder: Path, count: int = 40) -> Path:
    """Every base set, M-ABSA in two languages of which one lacks a row, NusaX, a set with stars and
    one that may not train.
    """
    for name in BASE:
        rows = [
            {"text": f"{name}: the film was good {number}", "label": LABELS[2 * (number % 2)]}
            for number in range(6 * count)
        ]
        if name == "tweets":
            rows = [
                row | {"confidence": "0.4" if number == 0 else "0.9"}
                for number, row in enumerate(rows)
            ]
        write(folder / f"{name}.csv.gz", rows)
    aspects = [[f"part{number} -", "price +"][: 1 + number % 2] for number in range(count)]
    english = [
        review(f"The battery is bad, number {number}", LABELS[number % 3], aspects=aspects[number])
        for number in range(count)
    ]
    german = [
        review(
            f"Der Akku ist schlecht, Nummer {number}",
            LABELS[number % 3],
            "de",
            aspects=aspects[number],
        )
        for number in range(count)
        if number != 3
    ]
    reviews = folder / "reviews"
    write(reviews / "mabsa_en.csv.gz", english)
    write(
        reviews / "mabsa_de.csv.gz",
        [*german, review("Ein Satz ohne Vorbild", "positive", "de", aspects=["other -"])],
    )
    write(
        reviews / "multi_nusax.csv.gz",
        [
            review(f"{lang} {number}", "neutral", lang)
            for lang in ("id", "jv", "su")
            for number in range(count)
        ],
    )
    write(
        reviews / "en_amazon_stars.csv.gz",
        [
            review(
                f"Four out of five, {number}", LABELS[number % 3], stars=str(1 + 2 * (number % 3))
            )
            for number in range(count)
        ]
        + [review("No label", ""), review("   ", "positive")],
    )
    romanian = [
        review(f"Foarte bun {number}", "positive", "ro", "shop") for number in range(6 * count)
    ]
    write(reviews / "ro_laroseda.csv.gz", romanian)
    return folder
