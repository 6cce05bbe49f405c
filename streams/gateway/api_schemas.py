"""Request and response models of ``/openapi.json``. Text shows neither in a ``repr`` nor in an
error.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PlainSerializer,
    PlainValidator,
    Tag,
)

from infra.gateway_settings import MAX_REVIEWS
from schemas.inputs import LONGEST
from schemas.json_input import as_text
from schemas.records import MAX_TEXT, FeedbackSource, Sentiment

NumberAsText = BeforeValidator(as_text, json_schema_input_type=str | int)
Id = Annotated[
    str,
    Field(min_length=1, max_length=LONGEST["review_id"], pattern=r"^[^\x00-\x1f\x7f]+$"),
    NumberAsText,
]
Name = Annotated[str, Field(max_length=LONGEST["product_id"]), NumberAsText]
Number = Annotated[
    int | float, Field(description="seconds, milliseconds, microseconds or nanoseconds since 1970")
]
Empty = Annotated[str, Field(max_length=0)]
Time = (
    Annotated[str, Field(max_length=64, json_schema_extra={"format": "date-time"})] | Empty | Number
)


def _rating(value: object) -> object:
    if isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) <= 64):
        return value
    raise ValueError("should be a number, or true or false")


# One type, as the place of an error in a union is the union's and not the sender's.
Rating = Annotated[
    bool | float | str,
    PlainValidator(_rating, json_schema_input_type=bool | float | str),
    PlainSerializer(lambda each: each),
]


class Form(BaseModel):
    """Strict about names: what is misspelt is said, not ignored. Values are those that the stream
    takes.
    """

    model_config = ConfigDict(
        extra="forbid", strict=True, allow_inf_nan=False, hide_input_in_errors=True, frozen=True
    )


class ReviewForm(Form):
    """A review; only ``text`` is needed."""

    text: str = Field(min_length=1, max_length=MAX_TEXT, repr=False, examples=["A wonderful film."])
    review_id: Id | None = Field(None, description="Identifier; generated where it is missing.")
    created_at: Time | None = Field(
        None, description="when it was written: ISO 8601 or a number since 1970; default now"
    )
    product_id: Name | None = None
    author_id: Name | None = Field(
        None,
        repr=False,
        description="Identifier of the author, which is published only as a keyed hash.",
    )
    rating: Rating | None = Field(
        None, description="on the scale of its source; true and false are thumbs"
    )
    language_hint: Annotated[str, Field(max_length=LONGEST["language_hint"])] | None = None
    source: Name | None = None


class ReviewsForm(Form):
    """Several reviews: all are taken, or none."""

    reviews: list[ReviewForm] = Field(min_length=1, max_length=MAX_REVIEWS)


class AnyReviewsForm(Form):
    """Several reviews, each answered by itself: one that is not as it should be does not spoil the
    others.
    """

    reviews: list[Annotated[ReviewForm | dict[str, Any], Field(union_mode="left_to_right")]] = (
        Field(min_length=1, max_length=MAX_REVIEWS, repr=False)
    )


def _one_or_several(value: Any) -> str:
    several = isinstance(value, dict) and "reviews" in value
    return "several" if several or isinstance(value, ReviewsForm | AnyReviewsForm) else "one"


OneOrSeveral = Discriminator(_one_or_several)
Write = Annotated[
    Annotated[ReviewForm, Tag("one")] | Annotated[ReviewsForm, Tag("several")], OneOrSeveral
]
Predict = Annotated[
    Annotated[ReviewForm, Tag("one")] | Annotated[AnyReviewsForm, Tag("several")], OneOrSeveral
]


class AspectForm(Form):
    """An aspect of a scored review: where its term is in ``text_masked``, as was answered."""

    start: int = Field(ge=0)
    end: int = Field(ge=1)


class FeedbackForm(Form):
    """Feedback: the correct sentiment of a review, or of one of its aspects."""

    review_id: Id
    label: Sentiment
    feedback_id: Id | None = Field(None, description="Identifier; generated where it is missing.")
    source: FeedbackSource | None = Field(None, description="default user")
    created_at: Time | None = None
    aspect: AspectForm | None = Field(
        None,
        description="The aspect that the label is of; without it the label is of the whole review.",
    )


class Answer(BaseModel):
    """Base of what is answered."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())


class Probabilities(Answer):
    """Probability of each sentiment; they sum to 1."""

    negative: float
    neutral: float
    positive: float


class Sentence(Answer):
    """``text_masked`` from ``start`` to ``end`` (in characters), judged by itself."""

    start: int
    end: int
    label: Sentiment
    score: float


class Aspect(Answer):
    """What a review says of ``term`` (``text_masked`` from ``start`` to ``end``, in characters),
    and the category that it belongs to.
    """

    term: str = Field(repr=False)
    category: str
    sentiment: Sentiment
    score: float
    start: int
    end: int


class Prediction(Answer):
    """``score`` is P(positive) + P(neutral) / 2, of a binary model P(positive); ``confidence`` is
    P(``sentiment``); ``pii`` counts what was masked, by type.

    ``probabilities`` is null from a binary model; ``evidence`` false: nothing in the text that the
    model knows; ``language_served`` false: no model declares the language, or it could not be
    told. ``sentences`` (at most 64) is null unless they were judged, and ``mixed`` false; true:
    they say both sides. ``aspects`` (at most 32) is null unless they were asked for.
    """

    review_id: str
    sentiment: Sentiment
    score: float
    confidence: float
    text_masked: str = Field(repr=False)
    language: str
    language_confidence: float
    pii: dict[str, int]
    model_name: str
    model_version: str
    variant: str
    probabilities: Probabilities | None = None
    evidence: bool = True
    language_served: bool = True
    sentences: list[Sentence] | None = None
    mixed: bool = False
    aspects: list[Aspect] | None = None


class Word(Answer):
    """A word or mark of ``text_masked`` (offsets in characters), and the log-odds of ``score`` that
    go when it is left out.
    """

    text: str = Field(repr=False)
    start: int
    end: int
    contribution: float


class ExplainedPrediction(Prediction):
    """``log_odds`` of ``score``, or where a cascade scores, of the score that its model gives
    without the encoder; ``window`` words were left out at a time, and share what that changed.
    """

    log_odds: float
    window: int
    words: list[Word]


class ProblemBody(BaseModel):
    """RFC 9457. ``code`` is stable; ``errors`` say where (JSON pointers) and what."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldProblem] = []


class FieldProblem(BaseModel):
    """One thing that is wrong with a request."""

    pointer: str
    detail: str


class Refused(Answer):
    """A review that cannot be judged, and why."""

    review_id: str | None
    problem: ProblemBody


class Predictions(Answer):
    """One for each review, in order."""

    reviews: list[Prediction | Refused]


class Accepted(Answer):
    """The ids of what was written to Kafka, in order."""

    review_ids: list[str]


class FeedbackAccepted(Answer):
    """The id of the feedback that was written to Kafka."""

    feedback_id: str


class StoredReview(Prediction):
    """A review as ClickHouse has it: its latest score."""

    product_id: str
    rating: float | None
    author_key: str | None
    source: str | None
    created_at: datetime
    scored_at: datetime


class VariantTraffic(Answer):
    """``share`` is the part of the language's reviews that this model answers; a shadow answers
    none.
    """

    variant: str
    model_name: str
    model_version: str
    share: float
    shadow: bool


class LanguageTraffic(Answer):
    """``language`` is ISO 639-1, or * for all others."""

    language: str
    variants: list[VariantTraffic]


class Models(Answer):
    """``fallback`` is the language whose models judge what is in no certain one."""

    languages: list[LanguageTraffic]
    fallback: str


class SentimentWindow(Answer):
    """Reviews written in [``start``, ``start`` + step). Shares and means are null where there is
    none.
    """

    start: datetime
    reviews: int
    positive: int
    neutral: int
    negative: int
    positive_share: float | None
    average_score: float | None


class SentimentOverTime(Answer):
    """Every window from ``from`` to ``to``, empty ones too."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    from_: datetime = Field(alias="from")
    to: datetime
    step: str
    windows: list[SentimentWindow]


class Live(Answer):
    """Whether the process works."""

    live: Literal[True]


class Ready(Answer):
    """Whether it can take requests."""

    ready: Literal[True]
