"""`tonne bench`: the figures, with the machine, the spread and the floor of the same run."""

from typing import Annotated

import typer
from rich.table import Table

from services.bench import ledger as bench_ledger
from services.cli.frame import Json, err, out, print_json

app = typer.Typer(help="Measure this machine.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Measure this machine."""


@app.command()
def ledger(
    *,
    quick: Annotated[bool, typer.Option(help="Small numbers: to see that it runs.")] = False,
    json: Json = False,
) -> None:
    """Measure the embedded registry; some minutes. Let nothing else run meanwhile.

    Example: tonne bench ledger --json
    """

    def told(what: str) -> None:
        err.print(f"  {what} ...")

    bench = bench_ledger.ledger(bench_ledger.QUICK if quick else bench_ledger.FULL, told)
    if json:
        print_json(bench)
        return
    table = Table("figure", "median", "p99", "spread", "floor", "target", "")
    for row in bench_ledger.render(bench):
        table.add_row(*row)
    out.print(", ".join(f"{key} {value}" for key, value in bench.machine.items()))
    out.print(", ".join(f"{key} {value}" for key, value in bench.settings.items()))
    out.print(table)
