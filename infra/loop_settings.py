"""Settings of the closed loop: drift, labels, better models, alerts. Part of ``infra.settings``, which reads them."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from infra.section import Seconds, Section, Share
from schemas.rating_scale import Scales


class DriftSettings(Section):
    """Windows of reviews, what they are compared with, and which difference counts as drift."""

    window_s: Seconds = Field(3600.0, description="length of a window, by the time the reviews were written")
    step_s: float = Field(0.0, ge=0, description="time between the beginnings of two windows that overlap; 0: they do not")
    lateness_s: float = Field(300.0, ge=0, description="how long after its end a window waits for late reviews")
    catch_up_s: Seconds = Field(86_400.0, description="windows that began longer ago are not judged any more")
    min_reviews: int = Field(100, ge=20, description="a window or segment with fewer is not judged")
    max_reviews: int = Field(5000, ge=20, description="of larger ones so many are looked at, chosen by digest")
    reference_reviews: int = Field(2000, ge=100, description="reviews a champion scores before windows are compared with them")
    reference_days: int = Field(30, ge=1, description="how far back they, and feedback on the champion, are looked for")
    reference_labels: int = Field(1000, ge=1, description="and the first feedback that it got, so much at most")
    min_labels: int = Field(50, ge=1, description="a window with less feedback is not judged by it")
    max_labels: int = Field(2000, ge=1, description="feedback in a window that is looked at, and before it for changes")
    segments: tuple[Literal["product", "source"], ...] = Field(
        ("product", "source"), description="judged apart, besides languages, where the reference knows them"
    )
    max_segments: int = Field(20, ge=0, description="of each, so many of the largest")
    alpha: float = Field(0.005, gt=0, lt=1, description="chance that a kind of drift is seen in a window where there is none")
    needed_windows: int = Field(2, ge=1, description="so many windows with drift, the latest among them,")
    of_windows: int = Field(3, ge=1, description="of so many before drift is told")
    min_descriptor: float = Field(0.1, ge=0, description="Wasserstein distance of a text descriptor, in standard deviations")
    min_unknown: Share = Field(0.01, description="rise of the share of words that the reference does not know")
    min_auc: Share = Field(0.54, description="AUC of a classifier that tells window and reference apart")
    min_score: float = Field(0.1, ge=0, description="Wasserstein distance of the scores, in standard deviations")
    min_label: Share = Field(0.1, description="change of the share of positive reviews")
    min_accuracy: Share = Field(0.05, description="fall of accuracy on feedback")
    min_calibration: Share = Field(0.05, description="calibration error on feedback, above what chance gives")
    min_confidence: Share = Field(0.02, description="fall of the accuracy that the model's confidence lets expect")
    reports_dir: Path = Field(Path(".undertone/drift"), description="where Evidently's HTML reports of drifted windows go")
    every_s: Seconds = Field(10.0, description="time between two looks for windows that have finished")

    @model_validator(mode="after")
    def _whole_steps(self) -> DriftSettings:
        if self.step_s and (self.window_s < self.step_s or abs(self.window_s / self.step_s % 1) > 1e-9):
            raise ValueError("window_s must be a multiple of step_s")
        if self.needed_windows > self.of_windows:
            raise ValueError("needed_windows must not be more than of_windows")
        return self


class QualitySettings(Section):
    """Windows of records, and from where on their data is bad: then nothing is retrained on it."""

    window_s: Seconds = Field(900.0, description="length of a window, by the time the reviews were written")
    lateness_s: float = Field(300.0, ge=0, description="how long after its end a window waits for late reviews")
    catch_up_s: Seconds = Field(86_400.0, description="windows that began longer ago are not checked any more")
    min_records: int = Field(50, ge=1, description="shares of fewer records are not checked")
    max_empty: Share = Field(0.05, description="share of records without text")
    max_wordless: Share = Field(0.3, description="share of reviews of a single word or none, in languages that separate words")
    max_long: Share = Field(0.05, description="share of reviews longer than long_characters")
    long_characters: int = Field(20_000, ge=1)
    max_damaged: Share = Field(0.25, description="share of reviews with replacement characters or UTF-8 read as Latin-1")
    max_duplicates: Share = Field(0.3, description="share of reviews of five words or more that repeat another of the window")
    max_uncertain: Share = Field(0.4, description="share of reviews of uncertain language")
    max_mix_change: Share = Field(0.5, description="share of reviews that is of other languages than usual")
    max_missing_rise: Share = Field(0.3, description="rise of the share without product, rating or source over the usual")
    min_volume: float = Field(0.2, ge=0, description="records, relative to the usual at that hour of the day")
    max_volume: float = Field(5.0, gt=0, description="likewise")
    usual_days: int = Field(28, ge=1, description="days that tell what is usual")
    hold_s: Seconds = Field(3600.0, description="how long after a failed check the data counts as bad")
    every_s: Seconds = Field(10.0, description="time between two looks for windows that have finished")


class LabellingSettings(Section):
    """Which reviews people are asked to label, and how many. Weights are relative to that of uncertainty."""

    queue: int = Field(200, ge=1, description="reviews that may wait for a label; there is no more asking while so many do")
    batch: int = Field(50, ge=1, description="reviews asked for at once, at most")
    every_s: Seconds = Field(60.0, description="time between two choices")
    hours: float = Field(24.0, gt=0, description="only reviews that were scored within this time are asked for")
    pool: int = Field(2_000, ge=2, description="reviews chosen from: half are the hardest to judge, half are a random sample")
    by_chance: Share = Field(0.2, description="share asked for by chance, which tells how accurate models are elsewhere")
    disagreement_weight: float = Field(1.0, ge=0, description="of disagreement between models, shadows included")
    drift_weight: float = Field(0.5, ge=0, description="of belonging to a segment that drifts")
    similarity_weight: float = Field(
        0.5, ge=0, description="of likeness to reviews that are asked for already, which counts against"
    )


class RatingSettings(Section):
    """What the ratings of reviews mean."""

    scale: tuple[str, ...] = Field(
        (),
        description="The scale of the ratings of each source, as SOURCE=SCALE, and a SCALE alone for all other sources, where"
        " SCALE is stars (1 to 5, the default), ten-stars (1 to 10), thumbs (0 or -1 or false, and 1 or true) or bounds such as"
        " 0..100; ratings are weak labels by their place on the scale, and those off it are counted and left out.",
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
    """When a better model is asked for, what it is made of, what it must be better at, and how it comes into traffic."""

    base: Path | None = Field(
        None, description="labelled CSV(.gz) of masked reviews that candidates rehearse; default: a sample for English"
    )
    golden: Path | None = Field(None, description="another, that all are judged on and none learns from; default: likewise")
    days: int = Field(90, ge=1, description="feedback and ratings older than this are not learnt from")
    max_feedback: int = Field(20_000, ge=1, description="reviews with feedback in a data set, the latest")
    max_weak: int = Field(10_000, ge=0, description="reviews with a rating and no feedback in a data set, the latest")
    weak_weight: Share = Field(0.2, description="how much a rating counts beside feedback")
    negative_rating: float = Field(
        2.0, description="a rating up to this, on the scale of one to five stars, is a weak label for negative"
    )
    positive_rating: float = Field(4.0, description="and one from this for positive")
    held_out: Share = Field(0.15, description="share of the reviews with feedback that is never learnt from, chosen by hash")
    recent: int = Field(2_000, ge=1, description="of these the latest, on which candidates are compared with the champion")
    min_feedback: int = Field(200, ge=1, description="reviews with feedback below which nothing is trained")
    trusted: int = Field(
        100,
        ge=1,
        description="so many held-out reviews judged by labelers and moderators, and the judgement of users is left out",
    )
    noisy: Share = Field(
        0.1, description="estimated share of wrong labels from which suspicious ones of users are not learnt from"
    )
    max_noise: Share = Field(0.35, description="and from which nothing is learnt")
    min_gain: Share = Field(0.01, description="balanced accuracy on feedback that a candidate must gain at least")
    max_loss: Share = Field(0.005, description="accuracy on the golden set that it may lose at most")
    cooldown_s: Seconds = Field(3600.0, description="time between two requests for a language")
    daily_quota: int = Field(6, ge=1, description="requests for a language within 24 hours, those made by people included")
    run_limit_s: Seconds = Field(3600.0, description="a request unanswered for so long no longer keeps others from being made")
    hold_s: Seconds = Field(3600.0, description="how long bad data keeps everything from being retrained on it")
    schedule: str = Field("", description="cron expression, UTC, such as '0 3 * * 1'; empty: none")
    shadow_s: Seconds = Field(600.0, description="a challenger is a shadow for so long at least")
    shadow_reviews: int = Field(500, ge=1, description="and until it has scored so many reviews")
    canary: tuple[float, ...] = Field((0.05, 0.25, 0.5), description="shares of the reviews that it then gets, one after another")
    canary_s: Seconds = Field(600.0, description="each for so long at least")
    canary_reviews: int = Field(200, ge=1, description="and until it has scored so many more")
    stage_limit_s: Seconds = Field(86_400.0, description="a challenger that gets no further within this time is withdrawn")
    watch_s: Seconds = Field(3600.0, description="a new champion that proves worse within this time is rolled back")
    max_disagreement: Share = Field(0.5, description="share of the reviews that challenger and champion may judge differently")
    max_latency_ratio: float = Field(2.0, gt=0, description="median latency of the challenger, relative to the champion's")
    max_added_latency_s: float = Field(0.25, ge=0, description="by which it may be slower, whatever the ratio")
    max_missing: Share = Field(0.1, description="share of its reviews that a challenger may fail to score")
    every_s: Seconds = Field(5.0, description="time between two looks at what is to be done")

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


class RuleSettings(Section):
    """Alerts that the business asks for."""

    file: Path | None = Field(None, description="TOML file of rules; without one only the built-in rule is evaluated")
    every_s: Seconds = Field(10.0, description="time between two looks at new reviews")
    lateness_s: float = Field(5.0, ge=0, description="how long after scoring a review is certain to be in ClickHouse")
    product_fall: float = Field(0.2, gt=0, lt=1, description="fall of a product's share of positive reviews that must be noticed")
    product_history: int = Field(200, ge=20, description="reviews of a product before it is judged")
    product_examples: int = Field(3, ge=0, le=10, description="masked negative reviews in an alert")


class WebhookSettings(Section):
    """Where alerts are sent. The URL is as secret as the secrets: those of Slack let anybody write."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=64, description="names the target in logs and tables")
    url: SecretStr
    body: Literal["generic", "slack", "alertmanager"] = Field("generic", description="alertmanager: …/api/v2/alerts of one")
    secrets: tuple[SecretStr, ...] = Field((), description="whsec_… keys; each signs, so that they can be changed")
    min_severity: Literal["info", "warning", "critical"] = Field("info", description="lesser alerts are not sent there")
    max_per_minute: int = Field(60, ge=1, description="messages beyond it wait")

    @field_validator("url")
    @classmethod
    def _web_address(cls, value: SecretStr) -> SecretStr:
        parts = urlsplit(value.get_secret_value())
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("not an http:// or https:// address")
        return value

    @field_validator("secrets")
    @classmethod
    def _signing_keys(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        for secret in value:
            prefix, _, key = secret.get_secret_value().rpartition("whsec_")
            try:
                length = len(base64.b64decode(key, validate=True))
            except binascii.Error:
                length = 0
            if prefix or not 24 <= length <= 64:
                raise ValueError("a secret is whsec_ and 24 to 64 bytes in base64")
        return value


class AlertSettings(Section):
    """Webhooks, and how patiently they are called."""

    webhooks: tuple[WebhookSettings, ...] = Field((), description="targets; in the environment a JSON list of objects")
    timeout_s: Seconds = Field(15.0, description="a request unanswered for this long has failed")
    first_retry_s: Seconds = Field(5.0, description="pause after the first failure; it doubles")
    max_retry_s: Seconds = Field(3600.0, description="up to this")
    give_up_after_s: Seconds = Field(259_200.0, description="messages older than this are not sent any more")
    group_wait_s: Seconds = Field(2.0, description="alerts of a rule within this go to Slack or Alertmanager together")
    repeat_after_s: Seconds = Field(14_400.0, description="no sooner is a condition that goes on told again")

    @field_validator("webhooks")
    @classmethod
    def _distinct(cls, value: tuple[WebhookSettings, ...]) -> tuple[WebhookSettings, ...]:
        if len({webhook.name for webhook in value}) < len(value):
            raise ValueError("two webhooks have the same name")
        return value
