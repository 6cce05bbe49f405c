"""Proposals for the mapping of columns to fields, from column names used by shops, portals and
exports, and from cells.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import mean
from typing import Any

from infra.files.documents import Contract

NAMES = {
    "text": """
        text reviewtext reviewbody reviewstext reviewcontent customerreview fullreview review
        reviews body content comment
        comments reviewcomment reviewcomments reviewdescription usercomment customercomment feedback
        feedbacktext message
        opinion verbatim description tweet tweettext sentence consumerreview reviewen texto
        comentario comentarios avis
        commentaire bewertung rezension bewertungstext kommentar recensione recensie отзыв
        текст 评论
        评论内容 评价 レビュー 리뷰
    """,
    "review_id": (
        "reviewid reviewsid reviewuuid commentid uuid id idreview reviewidentifier tweetid"
    ),
    "rating": """
        rating reviewrating reviewsrating starrating stars star score overall overallrating
        ratingvalue reviewstars
        reviewscore ratingoverall userrating note puntuacion calificacion bewertungspunkte sterne
        voto valoracion оценка 评分 星级
    """,
    "product_id": """
        productid asin businessid parentasin itemid sku gplusplaceid appid packagename app appname
        clothingid hotelid hotelname
        hotel restaurantid restaurant listingid airlinename airline company brand productname
        product item movieid bookid
    """,
    "author_id": """
        authorid userid reviewerid customerid consumerid author authorname user username reviewer
        reviewername profilename
        nickname reviewsusername consumerdisplayname
    """,
    "created_at": """
        createdat reviewcreatedat unixreviewtime reviewsubmitmillissinceepoch timestamp unixtime
        time date reviewdate
        reviewsdate datetime at publishedat publisheddate datepublished datepublish submittedat
        updated updatedat
        dateofreview reviewtime experiencedate tweetcreated posteddate dateadded
        reviewsubmitdateandtime
    """,
    "label": "label sentiment airlinesentiment sentimentlabel polarity class target liked",
    "language_hint": "languagehint language lang reviewlanguage reviewerlanguage",
}
RANKS = {
    field: {name: rank for rank, name in enumerate(names.split())} for field, names in NAMES.items()
}
NO_TEXT = (
    "title",
    "headline",
    "summary",
    "subject",
    "reply",
    "response",
    "url",
    "link",
    "image",
    "name",
    "date",
    "language",
)
TELLING = 0.9
"""Share of the sampled cells that must be what the field needs."""
SHORTEST_MEAN = 15
"""Characters that texts have on average, where the name of their column says nothing."""


def propose(
    contract: Contract,
    fields: Sequence[str],
    columns: Sequence[str],
    sample: Sequence[Mapping[str, Any]],
    *,
    text_only: bool,
) -> dict[str, str]:
    """The likeliest column for each of the fields that has one; each column once."""
    found: dict[str, str] = {}
    for field in sorted(fields, key=lambda field: (field != "text", fields.index(field))):
        free = [column for column in columns if column not in found.values()]
        cells = {
            column: [cell for row in sample if (cell := row.get(column)) not in (None, "", [])]
            for column in free
        }
        fits = (
            _texts
            if field == "text"
            else lambda values, field=field: _fit(contract, field, values, text_only)
        )
        if best := _best(field, free, cells, fits):
            found[field] = best
    return found


def _best(
    field: str,
    columns: Sequence[str],
    cells: Mapping[str, Sequence[Any]],
    fits: Callable[[Sequence[Any]], bool],
) -> str | None:
    ranks = RANKS.get(field, {})
    named = [column for column in columns if folded(column) in ranks and fits(cells[column])]
    if named:
        return min(named, key=lambda column: ranks[folded(column)])
    if field != "text":
        return None
    # A name that says nothing: the longest texts are the reviews.
    long = [
        column
        for column in columns
        if _texts(cells[column]) and _length(cells[column]) >= SHORTEST_MEAN
    ]
    return max(long, key=lambda column: (not _other(column), _length(cells[column])), default=None)


def _texts(values: Sequence[Any]) -> bool:
    """Whether most are text with a letter in it."""
    return (
        not values
        or mean(isinstance(value, str) and any(map(str.isalpha, value)) for value in values) > 0.5
    )


def _fit(contract: Contract, field: str, values: Sequence[Any], text_only: bool) -> bool:
    """Whether the stream would take nearly all; ids must be all different."""
    if (
        not values
        or mean(contract.takes(field, value, text_only=text_only) for value in values) < TELLING
    ):
        return False
    return field != contract.identity or len(set(map(str, values))) == len(values)


def _length(values: Sequence[Any]) -> float:
    return mean(len(value) for value in values if isinstance(value, str)) if values else 0.0


def _other(column: str) -> bool:
    return any(word in folded(column) for word in NO_TEXT)


def folded(name: str) -> str:
    """A name without case, blanks and punctuation: those of review_id, reviewId and Review ID are
    the same.
    """
    return "".join(filter(str.isalnum, name.casefold()))
