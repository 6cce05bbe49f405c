"""``undertone gateway``, and ``undertone keys``, which manages its API keys."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from infra.command_line import configured, example
from infra.extras import needs
from infra.gc_tuning import loading
from schemas.errors import InputError
from streams.cli.cli_app import app

keys_app = typer.Typer(
    name="keys",
    help="Manage the gateway's API keys, of which only hashes are stored.",
    no_args_is_help=True,
)
app.add_typer(keys_app)


@app.command(epilog=example("undertone gateway   # then open http://127.0.0.1:8000/docs"))
def gateway() -> None:
    """Run the HTTP gateway: score reviews, write them to the stream, look up results."""
    loading()
    with needs("gateway"):
        from streams.gateway.gateway_process import run_gateway

    run_gateway(configured())


@keys_app.command(
    epilog=example("undertone keys new --client shop --scope predict --scope write --days 90")
)
def new(
    client: Annotated[
        str,
        typer.Option(
            "--client", help="Name of the client that will use the key; a client may have several."
        ),
    ],
    scope: Annotated[
        list[str] | None,
        typer.Option(
            "--scope",
            help="Scope of the key: predict, write or read; may be repeated; default: all.",
        ),
    ] = None,
    days: Annotated[
        int | None,
        typer.Option(
            "--days", min=1, max=3650, help="Validity in days; default: until it is revoked."
        ),
    ] = None,
) -> None:
    """Create an API key and print it once. To rotate a key, create a new one, switch clients over,
    and revoke the old one.
    """
    from pydantic import ValidationError

    from streams.gateway.api_key_file import change
    from streams.gateway.core.api_keys import Scope, generate

    now = datetime.now(UTC).replace(microsecond=0)
    unknown = set(scope or ()) - set(Scope)
    if unknown:
        raise InputError(f"no scope {', '.join(sorted(unknown))}; there are {', '.join(Scope)}")
    expires_at = now + timedelta(days=days) if days else None
    try:
        key, entry = generate(client, frozenset(map(Scope, scope or Scope)), now, expires_at)
    except ValidationError:
        raise InputError(
            "a client's name is up to 64 letters, digits, dots, hyphens and underscores"
        ) from None
    path = configured().gateway.keys_file
    change(path, lambda entries: (*entries, entry))
    typer.echo(key)
    typer.echo(
        f"key {entry.key_id} of {client} is in {path}; running gateways accept it from now on",
        err=True,
    )


@keys_app.command("list", epilog=example("undertone keys list"))
def list_keys() -> None:
    """List the API keys with client, scopes and expiry."""
    from rich.console import Console
    from rich.table import Table

    from streams.gateway.api_key_file import read

    now = datetime.now(UTC)
    table = Table("key", "client", "scopes", "state", "made", "expires")
    for entry in read(configured().gateway.keys_file):
        made, expires = (
            f"{time:%Y-%m-%d %H:%M}" if time else "never"
            for time in (entry.created_at, entry.expires_at)
        )
        table.add_row(
            entry.key_id,
            entry.client,
            " ".join(sorted(entry.scopes)),
            entry.state(now),
            made,
            expires,
        )
    Console().print(table)


@keys_app.command(epilog=example("undertone keys revoke abcdefgh23"))
def revoke(
    key_id: Annotated[
        str, typer.Argument(help="Id of the key, as `undertone keys list` shows it.")
    ],
) -> None:
    """Revoke an API key: running gateways refuse it from now on."""
    from streams.gateway.api_key_file import Entries, change

    now = datetime.now(UTC).replace(microsecond=0)

    def edit(entries: Entries) -> Entries:
        if key_id not in {entry.key_id for entry in entries}:
            raise InputError(f"there is no key {key_id}")
        return tuple(
            entry.model_copy(update={"revoked_at": entry.revoked_at or now})
            if entry.key_id == key_id
            else entry
            for entry in entries
        )

    change(configured().gateway.keys_file, edit)
    typer.echo(f"key {key_id} is revoked")
