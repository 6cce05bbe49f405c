"""Settings of the closed loop: drift, data quality, labelling, retraining. Part of
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
        description="Time between the starts of two overlapping windows, of which window_s must "
        "be a "
        "multiple; 0 means that windows do not overlap.",
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
        "languages, where "
        "the reference contains them.",
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
        "last "
        "of_windows for drift to be reported.",
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
        "sources; a "
        "SCALE is stars (1 to 5, the default), ten-stars (1 to 10), thumbs (0 or -1 or false, and "
        "1 or true) or bounds such as 0..100. Ratings are weak labels by their place on the "
        "scale; those off it are counted and left out.",
    )

    @field_validator("scale")
    @classmethod
    def _known_scales(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        Scales.of_settings(value)
        return value

    def scales(self) -> Scales:
        """The scales by source."""
        return Scales.of_settings(self.scale)


class RetrainingSettings(Section):
    """Retraining: when a model is requested, its training data, its acceptance test and its
    rollout.
    """

    base: Path | None = Field(
        None,
        description="CSV(.gz) file of masked, labelled reviews that candidates rehearse; a shipped "
        "sample "
        "serves for English where it is not set.",
    )
    golden: Path | None = Field(
        None,
        description="CSV(.gz) file of the golden set, which every candidate is evaluated on and "
        "none is "
        "trained on; a shipped sample serves for English where it is not set.",
    )
    days: int = Field(
        90,
        ge=1,
        description=(
            "Maximum age in days of the feedback and ratings that candidates are trained on."
        ),
    )
    max_feedback: int = Field(
        20_000,
        ge=1,
        description=(
            "Maximum number of reviews with feedback in a training set; the latest are taken."
        ),
    )
    max_weak: int = Field(
        10_000,
        ge=0,
        description=(
            "Maximum number of reviews with a rating and no feedback in a training set; "
            "the latest are taken."
        ),
    )
    weak_weight: Share = Field(
        0.2, description="Weight of a rating as a training label, relative to feedback."
    )
    negative_rating: float = Field(
        2.0,
        description=(
            "Highest rating, on the scale of one to five stars, that counts as a weak "
            "negative label."
        ),
    )
    positive_rating: float = Field(
        4.0,
        description=(
            "Lowest rating, on the scale of one to five stars, that counts as a weak "
            "positive label."
        ),
    )
    held_out: Share = Field(
        0.15,
        description=(
            "Share of the reviews with feedback that is held out of training, chosen by hash."
        ),
    )
    recent: int = Field(
        2_000,
        ge=1,
        description=(
            "Number of latest held-out reviews on which candidates are compared with the champion."
        ),
    )
    min_feedback: int = Field(
        200, ge=1, description="Minimum number of reviews with feedback for a training to run."
    )
    trusted: int = Field(
        100,
        ge=1,
        description="Minimum number of held-out labels from labelers and moderators for labels of "
        "users to be "
        "left out of the evaluation.",
    )
    noisy: Share = Field(
        0.1,
        description=(
            "Estimated share of wrong labels above which suspicious labels of users are "
            "left out of training."
        ),
    )
    max_noise: Share = Field(
        0.35, description="Estimated share of wrong labels above which no candidate is trained."
    )
    min_gain: Share = Field(
        0.01,
        description=(
            "Minimum gain of balanced accuracy on recent feedback for a candidate to be accepted."
        ),
    )
    max_loss: Share = Field(
        0.005,
        description="Maximum loss of accuracy on the golden set for a candidate to be accepted.",
    )
    cooldown_s: Seconds = Field(
        3600.0, description="Minimum time between two retraining requests for a language."
    )
    daily_quota: int = Field(
        6,
        ge=1,
        description=(
            "Maximum number of retraining requests for a language within 24 hours, "
            "including those made by hand."
        ),
    )
    run_limit_s: Seconds = Field(
        3600.0,
        description="Time after which an unanswered retraining request no longer blocks new ones.",
    )
    hold_s: Seconds = Field(3600.0, description="Time for which bad data holds back retraining.")
    schedule: str = Field(
        "",
        description=(
            "Cron expression in UTC for scheduled retraining, such as '0 3 * * 1'; if it "
            "is empty there is none."
        ),
    )
    shadow_s: Seconds = Field(600.0, description="Minimum time that a challenger runs as a shadow.")
    shadow_reviews: int = Field(
        500, ge=1, description="Minimum number of reviews that a challenger scores as a shadow."
    )
    canary: tuple[float, ...] = Field(
        (0.05, 0.25, 0.5), description="Rising traffic shares of the canary steps, between 0 and 1."
    )
    canary_s: Seconds = Field(600.0, description="Minimum time of each canary step.")
    canary_reviews: int = Field(
        200,
        ge=1,
        description="Minimum number of reviews that a challenger scores in each canary step.",
    )
    stage_limit_s: Seconds = Field(
        86_400.0,
        description="Maximum time in one rollout stage, after which the challenger is withdrawn.",
    )
    watch_s: Seconds = Field(
        3600.0,
        description=(
            "Time after a promotion during which a new champion that proves worse is rolled back."
        ),
    )
    max_disagreement: Share = Field(
        0.5, description="Maximum share of reviews on which challenger and champion may disagree."
    )
    max_latency_ratio: float = Field(
        2.0,
        gt=0,
        description=(
            "Maximum ratio of the challenger's median latency to the champion's; it "
            "applies beyond max_added_latency_s."
        ),
    )
    max_added_latency_s: float = Field(
        0.25,
        ge=0,
        description="Increase of the median latency that is tolerated whatever the ratio.",
    )
    max_missing: Share = Field(
        0.1, description="Maximum share of its reviews that a challenger may fail to score."
    )
    every_s: Seconds = Field(
        5.0,
        description=(
            "Interval between two checks of the policy, the trainer and the rollout for work."
        ),
    )

    @field_validator("canary")
    @classmethod
    def _rising_shares(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if list(value) != sorted(set(value)) or not all(0 < share < 1 for share in value):
            raise ValueError("must rise between 0 and 1")
        return value

    @field_validator("schedule")
    @classmethod
    def _cron(cls, value: str) -> str:
        if value:
            from croniter import croniter

            if not croniter.is_valid(value):
                raise ValueError("is not a cron expression")
        return value
