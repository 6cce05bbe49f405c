"""Test modules here import Keras, which must be told its backend before."""

from __future__ import annotations

from infra import native

native.prepare()
