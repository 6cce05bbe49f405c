"""US social security numbers."""

from __future__ import annotations

import pytest

from streams.stages.folding import fold
from streams.stages.recognizers.social_security_number import SocialSecurityNumberRecognizer

LIKELY = 0.5


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("536-90-4399", LIKELY),
        ("536 90 4399", LIKELY),
        ("536\u201390\u20134399", LIKELY),  # en dashes
        ("536\u201190\u20114399", LIKELY),  # non-breaking hyphens
        ("536904399", 0.05),
        ("53690\u20134399", 0.05),
        ("000\u201390\u20134399", None),
        ("536-90 4399", None),
    ],
)
def test_numbers(text: str, score: float | None) -> None:
    results = SocialSecurityNumberRecognizer().analyze(fold(f"mine is {text}."), ["US_SSN"])
    assert max((result.score for result in results), default=None) == score
    assert all((result.start, result.end) == (8, 8 + len(text)) for result in results)
