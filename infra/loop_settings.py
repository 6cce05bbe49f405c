"""Settings of the closed loop: drift, data quality, labelling, ratings. Part of
``infra.settings``, which reads them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from infra.drift_thresholds import DriftThresholds
from infra.section import Seconds, Section, Share
from schemas.rating_scale import Scales


class DriftWindows(Section):
    """Settings of drift detection that are of no single detector."""

    window_s: Seconds = Field(
        3600.0,
        description="Length of a drift window, by the time at which the reviews were written.",
    )
    step_s: float = Field(
        0.0,
        ge=0,
        description="Time between the starts of two overlapping windows, of which window_s must be "
        "a multiple; 0 means that windows do not overlap.",
    )
    lateness_s: float = Field(
        300.0, ge=0, description="Time after its end that a window waits for late reviews."
    )
    catch_up_s: Seconds = Field(
        86_400.0, description="Age beyond which a window that was not evaluated in time is skipped."
    )
    min_reviews: int = Field(
        100, ge=20, description="Minimum number of reviews for a window or segment to be evaluated."
    )
    max_reviews: int = Field(
        5000,
        ge=20,
        description=(
            "Maximum number of reviews of a window that are evaluated; larger windows are "
            "sampled by digest."
        ),
    )
    reference_reviews: int = Field(
        2000,
        ge=100,
        description="Number of reviews scored by a champion that later windows are compared with.",
    )
    reference_days: int = Field(
        30,
        ge=1,
        description=(
            "Number of days to look back for the reference reviews and for feedback on the "
            "champion."
        ),
    )
    reference_labels: int = Field(
        1000,
        ge=1,
        description=(
            "Maximum number of labels in the reference, taken from the first feedback on "
            "the champion."
        ),
    )
    min_labels: int = Field(
        50,
        ge=1,
        description="Minimum number of labels in a window for its accuracy to be evaluated.",
    )
    max_labels: int = Field(
        2000,
        ge=1,
        description=(
            "Maximum number of labels evaluated in a window, and before it for the sequential test."
        ),
    )
    segments: tuple[Literal["product", "source"], ...] = Field(
        ("product", "source"),
        description="Columns whose values are evaluated as segments of their own, besides "
        "languages, where the reference contains them.",
    )
    max_segments: int = Field(
        20, ge=0, description="Maximum number of segments per column; the largest are chosen."
    )
    alpha: float = Field(
        0.005,
        gt=0,
        lt=1,
        description=(
            "Significance level: probability of a false alarm for each kind of drift in a "
            "window without drift."
        ),
    )
    needed_windows: int = Field(
        2,
        ge=1,
        description="Debounce: number of windows with drift, the latest among them, out of the "
        "last of_windows for drift to be reported.",
    )
    of_windows: int = Field(
        3,
        ge=1,
        description="Debounce: number of latest windows among which needed_windows must show "
        "drift.",
    )


class DriftSettings(DriftThresholds, DriftWindows):
    """Drift detection: windows, the reference they are compared with, significance level and
    minimum effects.
    """

    reports_dir: Path = Field(
        Path(".undertone/drift"),
        description="Directory of Evidently's HTML reports of windows with drift.",
    )
    every_s: Seconds = Field(10.0, description="Interval between two checks for finished windows.")

    @model_validator(mode="after")
    def _whole_steps(self) -> DriftSettings:
        if self.step_s and (
            self.window_s < self.step_s or abs(self.window_s / self.step_s % 1) > 1e-9
        ):
            raise ValueError("window_s must be a multiple of step_s")
        if self.needed_windows > self.of_windows:
            raise ValueError("needed_windows must not be more than of_windows")
        return self


class QualitySettings(Section):
    """Data-quality checks: windows of records and the limits beyond which retraining is held
    back."""

    window_s: Seconds = Field(
        900.0,
        description=(
            "Length of a data-quality window, by the time at which the reviews were written."
        ),
    )
    lateness_s: float = Field(
        300.0, ge=0, description="Time after its end that a window waits for late reviews."
    )
    catch_up_s: Seconds = Field(
        86_400.0, description="Age beyond which a window that was not checked in time is skipped."
    )
    min_records: int = Field(
        50, ge=1, description="Minimum number of records for a share to be checked."
    )
    max_empty: Share = Field(0.05, description="Maximum share of records without text.")
    max_wordless: Share = Field(
        0.3,
        description=(
            "Maximum share of reviews of one word or none, in languages that separate words."
        ),
    )
    max_long: Share = Field(
        0.05, description="Maximum share of reviews longer than long_characters."
    )
    long_characters: int = Field(
        20_000, ge=1, description="Number of characters above which a review counts as long."
    )
    max_damaged: Share = Field(
        0.25,
        description=(
            "Maximum share of reviews with replacement characters, or with UTF-8 decoded "
            "as Latin-1."
        ),
    )
    max_duplicates: Share = Field(
        0.3,
        description=(
            "Maximum share of reviews of five words or more that repeat another review of "
            "the window."
        ),
    )
    max_uncertain: Share = Field(
        0.4, description="Maximum share of reviews whose language is uncertain."
    )
    max_mix_change: Share = Field(
        0.5, description="Maximum share of reviews in other languages than usual."
    )
    max_missing_rise: Share = Field(
        0.3,
        description=(
            "Maximum rise over the usual of the share of reviews without product, rating or source."
        ),
    )
    min_volume: float = Field(
        0.2,
        ge=0,
        description=(
            "Minimum number of records, relative to the usual number at that hour of the day."
        ),
    )
    max_volume: float = Field(
        5.0,
        gt=0,
        description=(
            "Maximum number of records, relative to the usual number at that hour of the day."
        ),
    )
    usual_days: int = Field(
        28, ge=1, description="Number of past days that the usual values are computed from."
    )
    hold_s: Seconds = Field(
        3600.0, description="Time after a failed check during which the data counts as bad."
    )
    every_s: Seconds = Field(10.0, description="Interval between two checks for finished windows.")


class LabellingSettings(Section):
    """Active learning: which reviews people are asked to label, and how many."""

    queue: int = Field(
        200,
        ge=1,
        description=(
            "Maximum number of open labelling requests; no review is requested while there are as "
            "many."
        ),
    )
    batch: int = Field(50, ge=1, description="Maximum number of reviews requested at once.")
    every_s: Seconds = Field(60.0, description="Interval between two selections of reviews.")
    hours: float = Field(
        24.0,
        gt=0,
        description="Maximum age, since it was scored, of a review that is requested, in hours.",
    )
    pool: int = Field(
        2_000,
        ge=2,
        description=(
            "Number of candidate reviews: one half those with the least certain scores, "
            "the other half a random sample."
        ),
    )
    by_chance: Share = Field(
        0.2,
        description=(
            "Share of the requests that is sampled at random, for an unbiased estimate of accuracy."
        ),
    )
    disagreement_weight: float = Field(
        1.0,
        ge=0,
        description=(
            "Weight of disagreement between models, shadows included, relative to uncertainty."
        ),
    )
    drift_weight: float = Field(
        0.5,
        ge=0,
        description="Weight of belonging to a segment that drifts, relative to uncertainty.",
    )
    similarity_weight: float = Field(
        0.5,
        ge=0,
        description=(
            "Penalty for similarity to reviews that are already requested, relative to uncertainty."
        ),
    )


class RatingSettings(Section):
    """Scales of the ratings, by source."""

    scale: tuple[str, ...] = Field(
        (),
        description="Rating scale of each source, as SOURCE=SCALE, and a SCALE alone for all other "
        "sources; a SCALE is stars (1 to 5, the default), ten-stars (1 to 10), thumbs (0 or -1 or "
        "false, and 1 or true) or bounds such as 0..100. Ratings are weak labels by their place on "
        "the scale; those off it are counted and left out.",
    )

    @field_validator("scale")
    @classmethod
    def _known_scales(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        Scales.of_settings(value)
        return value

    def scales(self) -> Scales:
        """The scales by source."""
        return Scales.of_settings(self.scale)
