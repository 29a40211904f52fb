"""`tonne eligibility`: which credit may be used up for what by the shipped tables, and why not."""

from time import time_ns
from typing import Annotated

import typer
from msgspec import UNSET, structs
from rich.table import Table

from libs.ledger.instants import real_day
from libs.ledger.rules.calendar import Calendar, legal_day
from libs.ledger.rules.invalidation import Scope
from services import rules
from services.cli.frame import Json, out, print_json
from services.invalidation.decide.eligibility import LotFacts, Use, eligibility
from services.rules import EligibilityTable

TOKYO = Calendar(1440, (), 9 * 60, 0, (1, 2, 3, 4, 5, 6, 7))
DAY_LETTERS = 10

Method = Annotated[
    list[str], typer.Option(help="A methodology of the project, as EN-R-002; may be repeated.")
]


def ask(
    methodology: Method = [],  # noqa: B006 - typer reads it and never changes it
    scheme: Annotated[str, typer.Option(help="The scheme symbol.")] = "JC",
    kind: Annotated[str, typer.Option(help="The credit type.")] = "ER",
    purpose: Annotated[str, typer.Option(help="One purpose; else all of them.")] = "",
    day: Annotated[str, typer.Option(help="The legal day of use; else today in Tokyo.")] = "",
    scope: Annotated[Scope | None, typer.Option(help="Where it is counted.")] = None,
    country: Annotated[str, typer.Option(help="Where it is emitted, as US; else at home.")] = "",
    by: Annotated[EligibilityTable, typer.Option(help="Which of the two tables.")] = "matrix",
    *,
    json: Json = False,
) -> None:
    """Say what credits may be used up for, and why not, by the tables that tonne ships.

    A registry that has adopted one answers the same for its lots: GET /v1/eligibility?lot=LOT.

    Example: tonne eligibility --methodology EN-R-002 --purpose RE100 --by official
    """
    table = rules.invalidation(by)
    if purpose and purpose not in table.purposes:
        known = ", ".join(table.purposes)
        raise typer.BadParameter(f"is none of {known}", param_hint="--purpose")
    if day and (len(day) != DAY_LETTERS or not real_day(day)):
        raise typer.BadParameter("is no day, as 2026-04-01", param_hint="--day")
    on = day or legal_day(TOKYO, time_ns() // 1_000_000)
    facts = LotFacts(scheme, kind, tuple(methodology))
    found = {
        code: eligibility(table, facts, Use(code, on, scope or UNSET, country or UNSET))
        for code in ([purpose] if purpose else table.purposes)
    }
    if json:
        items = [{"purpose": code, **structs.asdict(one)} for code, one in found.items()]
        print_json({"day": on, "table": by, "items": items})
        return
    shown = Table("purpose", "目的", "may be used", "why")
    for code, one in found.items():
        shown.add_row(code, table.purposes[code].ja, one.stance, " ".join(one.reasons))
    out.print(shown)
    out.print("Next: tonne serve; a ledger that has adopted the table refuses what it refuses.")
