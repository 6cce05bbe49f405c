"""Thresholds of the drift detectors. Generated from ``retrain/drift/core/detectors`` by
``make reference``; change the detectors, not this file.
"""

from __future__ import annotations

from pydantic import Field

from infra.section import Section


class DriftThresholds(Section):
    """Minimum effects from which the detectors report drift."""

    min_descriptor: float = Field(
        0.1,
        ge=0,
        description=(
            "Minimum effect for descriptor drift: Wasserstein distance of a text descriptor, in "
            "standard deviations."
        ),
    )
    min_unknown: float = Field(
        0.01,
        ge=0,
        le=1,
        description=(
            "Minimum effect for vocabulary drift: rise of the share of words that the reference "
            "does not contain."
        ),
    )
    min_auc: float = Field(
        0.54,
        ge=0,
        le=1,
        description=(
            "Minimum effect for domain drift: AUC of a classifier that separates window and "
            "reference."
        ),
    )
    min_score: float = Field(
        0.1,
        ge=0,
        description=(
            "Minimum effect for score drift: Wasserstein distance of the scores, in standard "
            "deviations."
        ),
    )
    min_label: float = Field(
        0.1,
        ge=0,
        le=1,
        description="Minimum effect for label drift: largest change of the share of a label.",
    )
    min_accuracy: float = Field(
        0.05,
        ge=0,
        le=1,
        description="Minimum effect for concept drift: fall of the accuracy on feedback.",
    )
    min_calibration: float = Field(
        0.05,
        ge=0,
        le=1,
        description=(
            "Minimum effect for calibration drift: calibration error on feedback in excess of "
            "chance."
        ),
    )
    min_confidence: float = Field(
        0.02,
        ge=0,
        le=1,
        description=(
            "Minimum effect for estimated concept drift: fall of the accuracy estimated from the "
            "model's confidence."
        ),
    )
