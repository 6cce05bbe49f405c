"""Tests: unit, contract, integration, faults; and the real servers they need."""
