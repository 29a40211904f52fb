"""How a defect is planted into a good run, so that one check must find it."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from hashlib import sha256
from random import Random
from typing import Any, TypeAlias

import msgspec

from tests.faults.accepted import ZEROS, Json, Record
from tests.faults.answers import canonical
from tests.faults.history import Event, Op
from tests.faults.run import Run, Tables

Plant: TypeAlias = Callable[["Bed"], None]
PLANTS: list[tuple[str, str, Plant]] = []
"""Check, name, and how the defect comes into a run."""


class Unfit(Exception):
    """This run has no place for this defect."""


def plant(check: str) -> Callable[[Plant], Plant]:
    """Note a defect that a check must find."""

    def noted(planted: Plant) -> Plant:
        PLANTS.append((check, planted.__name__, planted))
        return planted

    return noted


@dataclass
class Bed:
    """A good run that may be changed, and chance."""

    run: Run
    chance: Random

    def one(self, things: Sequence[Any]) -> Any:
        """Pick one; raise Unfit where there is none."""
        if not things:
            raise Unfit
        return self.chance.choice(things)

    def known(self, *, verdict: str = "") -> list[Op]:
        """Return the writes with an outcome of their own, told to one client only."""
        found = [op for op in self.run.writes if op.known and op.invoke.command_id]
        alone = [op for op in found if sum(o.identity == op.identity for o in self.run.writes) == 1]
        return [op for op in alone if verdict in ("", op.answer["verdict"])]

    def amend(self, event: Event, **changes: Any) -> None:
        """Change an event of the history."""
        self.run.events[event.i] = msgspec.structs.replace(event, **changes)

    def tell(self, op: Op, **changes: Any) -> None:
        """Change what a client was told."""
        assert op.end is not None
        self.amend(op.end, answer={**op.answer, **changes})

    def rewrite(self, change: Callable[[list[Json]], None]) -> None:
        """Change entries as somebody would who can chain them: every digest is right again."""
        told = [deepcopy(entry.told) for entry in self.run.entries]
        change(told)
        previous, fresh, renamed = ZEROS, [], {}
        for place, entry in enumerate(told):
            entry["position"], entry["previous"] = place, previous
            raw = canonical(entry)
            previous = sha256(raw).hexdigest()
            if place < len(self.run.entries):
                renamed[self.run.entries[place].digest] = previous
            fresh.append(Record(place, 0, raw))
        self.run.journals = {name: list(fresh) for name in self.run.journals}
        for event in self.run.events:
            answer = event.answer or {}
            for seen in (answer, answer.get("outcome") or {}):
                if "digest" in seen:
                    seen["digest"] = renamed[seen["digest"]]
        for tables in self.run.tables.values():
            tables.digest = previous

    def moves(self, fits: Callable[[Json], bool]) -> list[tuple[int, Json]]:
        """Return the postings that fit, with their positions."""
        return [(e.position, p) for e in self.run.entries for p in e.postings() if fits(p)]

    def after(self, position: int) -> int:
        """Return the position of some accepted entry behind another."""
        return int(
            self.one([e.position for e in self.run.entries[position + 1 :] if e.told.get("events")])
        )

    def move_again(self, position: int, posting: Json) -> None:
        """Let a later entry move something besides."""
        later = self.after(position)

        def change(told: list[Json]) -> None:
            told[later]["events"][-1].setdefault("postings", []).append(posting)

        self.rewrite(change)

    def table(self, name: str) -> Tables:
        """Return a copy of a database's tables that may be changed."""
        tables = self.run.tables[name]
        rows = {table: [dict(row) for row in mine] for table, mine in tables.rows.items()}
        self.run.tables[name] = replace(tables, rows=rows)
        return self.run.tables[name]


def planted(run: Run, defect: Plant, chance: Random) -> Run:
    """Return a run with a defect; raise Unfit where it has no place for it."""
    bed = Bed(
        Run(
            events=deepcopy(run.events),
            journals={name: list(mine) for name, mine in run.journals.items()},
            commands={name: {g: list(r) for g, r in m.items()} for name, m in run.commands.items()},
            tables={name: replace(tables) for name, tables in run.tables.items()},
            holdings=dict(run.holdings),
            sinks=deepcopy(run.sinks),
        ),
        chance,
    )
    defect(bed)
    bad = bed.run
    return replace(bad)


def rows(bed: Bed, name: str, table: str) -> list[dict[str, Any]]:
    """Return the rows of a table of one database, to be changed."""
    found: list[dict[str, Any]] = list(bed.table(name).rows[table])  # type: ignore[arg-type]  # made of dicts above
    bed.run.tables[name].rows = {**bed.run.tables[name].rows, table: found}
    return found
