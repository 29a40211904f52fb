"""`tonne config`: what the settings are, and where each comes from."""

import typer
from rich.table import Table

from services.cli.frame import Json, err, out, print_json
from services.settings import masked, origins, settings

app = typer.Typer(help="The settings.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """The settings and where they come from."""


@app.command()
def show(*, json: Json = False) -> None:
    """Show every setting, its value and its origin.

    Example: TONNE_WAIT_MS=500 tonne config show
    """
    chosen = settings()
    known, unknown = origins()
    rows = {
        f"TONNE_{name.upper()}": {"value": masked(name, getattr(chosen, name)), "origin": origin}
        for name, origin in known.items()
    }
    for name in unknown:
        err.print(f"tonne: warning: {name} is no setting of tonne")
    if json:
        print_json(rows)
        return
    table = Table("setting", "value", "origin")
    for name, row in rows.items():
        table.add_row(name, str(row["value"]), str(row["origin"]))
    out.print(table)
    out.print("Next: deploy/tonne.env explains each; set them in the environment.")
