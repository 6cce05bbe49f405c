"""Models at start: those of the settings, or fallbacks where these cannot be fetched in time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from infra.settings import ModelSettings
from models.artifact import artifact
from models.registry.references import in_use, last_known, shipped
from streams.router.core.live_models import LiveModels

LOOK_S: Final = 0.1
Build = Callable[[ModelSettings], LiveModels]
"""Settings → their models, loaded. Waits for what is away; raises what is not transient."""

log = logging.getLogger("undertone.traffic")


@dataclass
class _Building:
    done: threading.Event = field(default_factory=threading.Event)
    live: LiveModels | None = None
    error: BaseException | None = None


def start_models(
    models: ModelSettings,
    build: Build,
    at_hand: Build,
    late: Callable[[LiveModels], None],
    stop: threading.Event,
) -> LiveModels:
    """The models of the settings by ``build``, or after ``models.start_wait_s`` those that are on
    this machine by ``at_hand``.

    ``late`` is then given the models of the settings once they can be had, in another thread.
    Raises what ``build`` raises, and ``TransientError`` where the process is told to stop
    meanwhile.
    """
    building = _Building()
    stood_in = threading.Event()

    def run() -> None:
        try:
            building.live = build(models)
        except BaseException as error:  # raised again, or logged, by whoever waits for it
            building.error = error
            if stood_in.is_set() and not stop.is_set():
                log.critical(
                    (
                        "the models of the settings cannot be loaded: %s; the fallback models stay "
                        "in use"
                    ),
                    error,
                )
        building.done.set()
        if stood_in.is_set() and building.live is not None:
            late(building.live)

    threading.Thread(target=run, name="configured-models", daemon=True).start()
    if building.done.wait(models.start_wait_s):
        if building.live is None:
            assert building.error is not None
            raise building.error
        return building.live
    stood_in.set()
    if building.done.is_set() and building.live is not None:  # just now
        return building.live
    instead = stand_ins(models)
    log.warning(
        "the models of the settings are not available after %g s; starting with %s",
        models.start_wait_s,
        instead.uri,
    )
    return at_hand(instead)


def stand_ins(models: ModelSettings) -> ModelSettings:
    """The settings with each model as it was last fetched to this machine; the shipped ones where
    one never was.
    """
    known = [last_known(reference, models) for reference in in_use(models)]
    found = [str(folder) for folder in known if folder is not None]
    uri = ",".join(found) if len(found) == len(known) else ",".join(map(shipped, artifact.SHIPPED))
    return models.model_copy(update={"uri": uri})
