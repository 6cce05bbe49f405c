"""``undertone loop``: runs the closed loop."""

from __future__ import annotations

from typing import Annotated

import typer

from infra.command_line import configured, example
from infra.extras import needs
from retrain.cli.loop_app import loop_app
from retrain.runner.loop_parts import PARTS

Only = Annotated[
    list[str] | None,
    typer.Option(
        "--only",
        metavar="PART",
        help=f"Component to run: {', '.join(PARTS)}; may be repeated; default: all.",
    ),
]


@loop_app.callback(
    invoke_without_command=True, epilog=example("undertone loop --only trainer --only promotion")
)
def loop(context: typer.Context, only: Only = None) -> None:
    """Run the closed loop: drift detection, retraining, promotion and alerts; or show its
    `history`.

    Each component can run alone and be killed at any moment: its state is in Kafka and ClickHouse.
    """
    if context.invoked_subcommand:
        return
    with needs("loop"):
        from retrain.runner.loop_process import run_loop

        run_loop(configured(), only or ())
