"""Settings of retraining: when a model is trained, how it is tried, and when it is promoted."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, field_validator

from infra.section import Seconds, Section, Share


class RetrainingSettings(Section):
    """Retraining: when a model is requested, its training data, its acceptance test and its
    rollout.
    """

    base: Path | None = Field(
        None,
        description="CSV(.gz) file of masked, labelled reviews that candidates rehearse, by the "
        "columns language and domain where it has them; a shipped sample in English and Chinese "
        "serves where it is not set.",
    )
    golden: Path | None = Field(
        None,
        description="CSV(.gz) file of the golden set, which every candidate is evaluated on, by "
        "the columns language and domain where it has them, and none is trained on; a shipped "
        "sample in English and Chinese serves where it is not set.",
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
        "users to be left out of the evaluation.",
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
        0.015,
        description="Loss of accuracy on any language and domain of the golden set that must be "
        "ruled out with 95% confidence for a candidate to be accepted; the loss found must also "
        "be at most half of it. A part of the golden set needs about 2,000 reviews for this "
        "margin.",
    )
    max_behaviour_loss: Share = Field(
        0.05,
        description="Share of the cases of a capability and language of the behaviour suite, those "
        "lost less those won, beyond which a significant loss rejects a candidate; 1 lets every "
        "candidate pass the suite.",
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
