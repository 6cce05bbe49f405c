"""``MaskedText``: the type of text that has been masked and may be published and stored."""

from __future__ import annotations

from typing import NewType

MaskedText = NewType("MaskedText", str)
"""Cleaned text in which personal data is replaced. Built in one place only: the masking stage."""
