"""The words of a story about eligibility and report windows, beside those of every room."""

from collections.abc import Callable

from msgspec.structs import replace

from libs.ledger.instants import parse
from libs.ledger.rules import Scheme
from libs.ledger.rules.calendar import Calendar
from libs.ledger.rules.invalidation import Elsewhere
from services import rules
from tests.rooms.grammar import (
    OPTIONS,
    RULES,
    STANDARD,
    VERBS,
    Asked,
    Body,
    Line,
    Part,
    application,
)
from tests.rooms.grammar_issuance import ISSUANCE
from tests.rooms.story import FACTS, Ledger

TOKYO = Calendar(23 * 60, (), 9 * 60, 9 * 60, (1, 2, 3, 4, 5))
GOOD = Scheme(annul_duty="implementer", retire="invalidate", transferable=True)
for name in ("matrix", "official"):
    table = rules.invalidation("official" if name == "official" else "matrix")
    RULES[name] = replace(
        STANDARD,
        name=name,
        schemes={**STANDARD.schemes, "JCL": GOOD, "JP": GOOD},
        purposes=(*STANDARD.purposes, *table.purposes),
        calendar=TOKYO,
        invalidation=table,
    )
RULES["whole"] = replace(RULES["matrix"], name="whole", issuance=ISSUANCE)
RULES["placed"] = replace(
    RULES["whole"],
    name="placed",
    invalidation=replace(
        rules.invalidation(), elsewhere=Elsewhere(purposes=("OFFSET_EVENT",), unnamed="refuse")
    ),
)
OPTIONS |= {"agent", "also", "at-place", "country", "energy", "expires", "number", "scope", "year"}


def claim(part: Part) -> Body:
    body = application(part)
    body |= part.said(scope="scope", agent="agent", corporate_number="number", country="country")
    if "also" in part.options:
        body["also"] = part.options["also"].split(",")
    if "at-place" in part.options:
        prefecture, _, site = part.options["at-place"].partition("/")
        body["place"] = {"prefecture": int(prefecture), "site": site}
    if "energy" in part.options:
        body["energy_kwh"] = int(part.options["energy"])
    if "expires" in part.options:
        body["expires_at"] = f"{part.options['expires']}:00.000Z"
    return body | ({"fiscal_year": int(part.options["year"])} if "year" in part.options else {})


def named(kind: str) -> Callable[[Line], Asked]:
    """Read `confirm file` or `confirm file.1`: the application that a command filed by its line."""

    def read(line: Line) -> Asked:
        name, _, number = line.words[0].partition(".")
        known = f"a-{line.named[name]}-{number or 0}" if name in line.named else name
        return kind, {"application": known}

    return read


def project(line: Line) -> Asked:
    named, methodologies = line.words
    scheme, kind, _ = named.split("-")
    body: Body = {"project": named, "scheme": scheme, "kind": kind, "name": "A project"}
    return "project.register.v1", body | {"methodologies": methodologies.split(",")}


def second(ledger: Ledger, line: Line) -> None:
    ledger.now_ms = parse(f"{line.words[0]}.000Z")


def discharge(line: Line) -> Asked:
    name, _, number = line.words[0].partition(".")
    duty = f"d-{line.named[name]}-{number or 0}" if name in line.named else name
    return "duty.discharge.v1", {"duty": duty} | line.said(account="from") | line.selection()


VERBS["project"] = project
VERBS["discharge"] = discharge
VERBS["file"] = lambda line: ("application.file.v1", line.lines(claim))
VERBS["confirm"] = named("application.confirm.v1")
VERBS["drop"] = named("application.cancel.v1")
VERBS["use"] = lambda line: ("credits.invalidate.v1", line.lines(claim))
FACTS["second"] = second
