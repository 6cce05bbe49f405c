"""Commands of the local stack: ``up``, ``down``, ``status``, ``demo``."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from infra.command_line import configured, example
from streams.cli.cli_app import app

DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="Directory of the local state; default: .undertone."),
]


@app.command(epilog=example("undertone up --detach --workers 2"))
def up(
    detach: Annotated[
        bool,
        typer.Option(
            "--detach", help="Run in the background; return as soon as everything is ready."
        ),
    ] = False,
    workers: Annotated[
        int, typer.Option("--workers", min=1, max=64, help="Number of workers.")
    ] = 1,
    loop: Annotated[
        bool,
        typer.Option(
            "--loop",
            help="Also run the closed loop: drift detection, retraining, promotion and alerts.",
        ),
    ] = False,
    gateway: Annotated[bool, typer.Option(help="Also run the HTTP gateway.")] = True,
    data_dir: DataDir = None,
) -> None:
    """Start broker, schema registry, ClickHouse, workers, sink and gateway on this machine, and
    wait until they are ready.
    """
    from infra.local import stack
    from infra.local.child import StackEvent
    from streams.devstack import stack_applications

    settings = stack_applications.settings_for(configured(), data_dir)
    console = Console(stderr=True)

    def show(event: object) -> None:
        console.print(str(event), markup=False, soft_wrap=True)

    applications = stack_applications.applications(settings, workers, loop=loop, gateway=gateway)
    if detach:
        argv = stack_applications.argv(settings, workers, loop=loop, gateway=gateway)
        stack.start_detached(argv, settings.local.data_dir, show)
        for event in stack.addresses(settings.local, applications).items():
            show(StackEvent(*event))
    else:
        asyncio.run(stack.run_stack(settings.local, applications, show))


@app.command(epilog=example("undertone down"))
def down(data_dir: DataDir = None) -> None:
    """Stop the local stack."""
    from infra.local import stack

    settings = configured()
    was_running = stack.stop_stack(data_dir or settings.local.data_dir)
    typer.echo("stopped" if was_running else "nothing was running")


@app.command(epilog=example("undertone status --json"))
def status(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Show the processes of the local stack, their addresses, models and lag."""
    from streams.devstack import stack_applications

    report = stack_applications.status(configured(), data_dir)
    if as_json:
        typer.echo(json.dumps(report))
        return
    console = Console()
    if not report["processes"]:
        console.print("nothing is running; start it with [cyan]undertone up[/cyan]")
        return
    processes = Table("process", "pid", "restarts", "ready", "metrics", title="Processes")
    for process in report["processes"]:
        ready = {True: "yes", False: ", ".join(("no", *process["down"])), None: ""}[
            process["ready"]
        ]
        processes.add_row(
            process["name"],
            str(process["pid"]),
            str(process["restarts"]),
            ready,
            process["metrics"] or "",
        )
    console.print(processes)
    for name, address in report["addresses"].items():
        console.print(f"{name:16} {address}")
    if report["password"]:
        console.print(
            (
                f"{'password':16} {report['password']}  (of ClickHouse and registry, for what "
                "comes from a browser)"
            ),
            markup=False,
        )
    console.print(f"{'model':16} {report['model'] or 'unknown'}")
    console.print(f"{'lag':16} {'not known' if report['lag'] is None else report['lag']}")


@app.command(epilog=example("undertone demo --workers 2"))
def demo(
    workers: Annotated[
        int, typer.Option("--workers", min=1, max=64, help="Number of workers.")
    ] = 2,
) -> None:
    """Run the demo on a local stack: score movie reviews, adapt to tweets, resist wrong labels, and
    tell which aspect of a product got worse."""
    from streams.demo.run import run_demo

    sys.exit(0 if run_demo(configured(), workers) else 1)
