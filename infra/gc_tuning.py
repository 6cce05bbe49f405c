"""Garbage collector tuning: off while a process loads, then frozen, so that collections skip what
stays until its end.
"""

from __future__ import annotations

import gc


def loading() -> None:
    """Called before anything large is imported. To look through what grows and stays would take a
    third of the start.
    """
    gc.disable()


def settled() -> None:
    """Called once everything is loaded: from now on only what comes later is looked at.

    Each full collection would otherwise stop every thread for a fifth of a second.
    """
    gc.freeze()
    gc.enable()
