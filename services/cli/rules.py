"""`tonne rules`: the rule sets that are shipped, to be looked at, changed, and adopted."""

from typing import Annotated

import msgspec
import typer

from libs.ledger.rules import RuleSet, digest
from services import rules
from services.cli.frame import Json, out, print_json

app = typer.Typer(help="The rule sets that are shipped, ready to be adopted.")


@app.command("list")
def names(*, json: Json = False) -> None:
    """List the shipped rule sets, and the digest that entries name each by.

    Example: tonne rules list
    """
    found = {name: digest(_named(name)) for name in ("default", *rules.SHIPPED)}
    if json:
        print_json(found)
        return
    for name, known_by in found.items():
        out.print(f"  {name:<12} {known_by}")
    out.print("Next: tonne rules show j-credit > rules.json")


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(help="As tonne rules list names it.")] = "j-credit",
) -> None:
    """Print a shipped rule set whole, as rules.adopt.v1 takes it.

    It is adopted by two operators: tonne send rules.adopt.v1 --rules @rules.json, and then
    tonne send act.approve.v1 --position N --as operator:2.

    Example: tonne rules show j-credit > rules.json
    """
    typer.echo(msgspec.json.format(msgspec.json.encode(_named(name)), indent=2).decode())


def _named(name: str) -> RuleSet:
    """Return a shipped rule set; raise BadParameter where there is none of that name."""
    if name == "default":
        return rules.default()
    if name not in rules.SHIPPED:
        raise typer.BadParameter(f"is none of default, {', '.join(rules.SHIPPED)}")
    return rules.shipped(name)
