"""Model announcements: the traffic that ``models.lifecycle`` describes, and publishing a change of it."""

from __future__ import annotations

from contextlib import closing

from infra.kafka.admin import Admin
from infra.kafka.decoding import decoded_or_skipped
from infra.kafka.publisher import Outgoing, Publisher
from infra.kafka.reachable import check_reachable
from infra.kafka.reader import read_topic
from infra.schema_registry import SchemaRegistry
from infra.settings import Settings
from models import lifecycle
from models.artifact import artifact
from models.registry.references import in_use, resolve
from schemas import wire
from schemas.records import ModelEvent, Variant
from schemas.topics import MODELS_LIFECYCLE


def current(settings: Settings) -> dict[str, ModelEvent]:
    """The last event of each language. Raises ``InputError`` where there is no such topic, ``BrokerUnavailable``."""
    check_reachable(settings.kafka)
    latest: dict[str, ModelEvent] = {}
    with closing(SchemaRegistry(settings.schema_registry)) as registry:
        for record in read_topic(settings.kafka, MODELS_LIFECYCLE.name, follow=False):
            language = (record.key or b"").decode("utf8", "replace")
            if record.value is None:
                latest.pop(language, None)
                continue
            event = decoded_or_skipped(ModelEvent, record, registry.find)
            if event is not None:  # else workers refuse it, too, and go on with the one before
                latest[language] = event
    return latest


def announce(settings: Settings, event: ModelEvent) -> None:
    """Announce a model event to every worker. Raises ``BrokerUnavailable`` or ``RegistryUnavailable`` if it was not."""
    check_reachable(settings.kafka)
    Admin(settings.kafka).create_topics((MODELS_LIFECYCLE,))
    with closing(SchemaRegistry(settings.schema_registry)) as registry:
        schema_id = registry.register(MODELS_LIFECYCLE)
    value = wire.encode(event, schema_id)
    Publisher(settings.kafka).publish([Outgoing(MODELS_LIFECYCLE.name, event.language.encode(), value)])


def configured(settings: Settings) -> dict[str, tuple[Variant, ...]]:
    """The traffic of each language for as long as no event says otherwise: the models of the settings, by what they declare."""
    traffic: dict[str, tuple[Variant, ...]] = {}
    for reference in in_use(settings.models):
        manifest = artifact.read_manifest(resolve(reference, settings.models))
        for language in manifest["languages"]:
            traffic[language] = (lifecycle.serving(manifest["name"], manifest["version"], reference),)
    return traffic
