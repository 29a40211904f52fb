"""Check of notices: a line of an application has one current notice, which says what it did: C16.

And of the certificates made of what was used up for a pool: never more grams than were retired.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256

from tests.faults.accepted import Entry, Json
from tests.faults.noticing import Fact, Notices, tonnes
from tests.faults.run import Run, Violation
from tests.faults.sinks import Mail

GRAMS = 1_000_000
USED = {
    "credits.cancel.v1": "credits.cancelled.v1",
    "credits.invalidate.v1": "credits.invalidated.v1",
}
"""What a line of a command becomes, where no second operator is asked."""

SERIALS = re.compile(r"(.+) / (\d+)-(\d+) \((\d+) t-CO2\)")


def c16_notices(run: Run) -> Iterator[Violation]:
    """Every fact that asks for it has one current notice, and it reached whom it concerns."""
    notices = Notices()
    for entry in run.entries:
        for wrong in (*_lines(entry), *notices.read(entry.told)):
            yield Violation("C16", wrong, entry.position)
    for number, fact in notices.owed.items():
        yield Violation("C16", f"{number} was never issued", fact.position)
    for wrong in notices.astray():
        yield Violation("C16", wrong)
    yield from _certificates(run)
    yield from _mails(run, notices)


def _lines(entry: Entry) -> Iterator[str]:
    """Hold the facts of an application against its lines: one each, for its user, as many."""
    kind = USED.get(entry.command.get("type", ""))
    events = entry.told.get("events", ())
    if kind is None or any(event["type"] == "act.proposed.v1" for event in events):
        return
    told = entry.told.get("lines") or [{} for _ in entry.command["body"]["lines"]]
    facts = {event["line"]: event for event in events if event["type"] == kind}
    done = [
        n for n, line in enumerate(told) if entry.outcome[0] == "accepted" and not refused(line)
    ]
    if sorted(facts) != done or len(facts) != len(events):
        yield f"lines {done} were taken, and there are facts of {sorted(facts)}"
        return
    for number, event in facts.items():
        line = entry.command["body"]["lines"][number]
        asked = line.get("quantity") or sum(
            part["last"] - part["first"] + 1 for part in line["serials"]
        )
        if (line["beneficiary"], asked) != (event["beneficiary"], tonnes(event)):
            what = f"{event['beneficiary']} uses {tonnes(event)}"
            yield f"line {number}: {what}, {line['beneficiary']} was to use {asked}"


def refused(line: Json) -> bool:
    """Say whether a line of a command was not carried out."""
    return "reason" in line


def _certificates(run: Run) -> Iterator[Violation]:
    """At every entry the grams of all certificates of a pool are covered by what was retired."""
    retired: Counter[str] = Counter()
    given: Counter[str] = Counter()
    for entry in run.entries:
        for event in entry.told.get("events", ()):
            pool = event.get("pool", "")
            if event["type"] in USED.values() and pool:
                retired[pool] += GRAMS * tonnes(event)
            elif event["type"] == "grams.allocated.v1":
                told = sum(one["grams"] for one in event["allocated"])
                given[pool] += told
                if told != _booked(event):
                    what = f"certificates say {told} g, {_booked(event)} g are booked"
                    yield Violation("C16", what, entry.position)
            elif event["type"] == "donations.settled.v1":
                given[pool] += event["yen"] * GRAMS // event["price"]
            if given[pool] > retired[pool]:
                what = f"{pool} has certificates of {given[pool]} g, {retired[pool]} g are retired"
                yield Violation("C16", what, entry.position)


def _booked(event: Json) -> int:
    return sum(one["quantity"] for one in event.get("postings", ()) if one["unit"] == "g")


def _mails(run: Run, notices: Notices) -> Iterator[Violation]:
    """Every mail brings a notice that was issued, as it is; whoever has an address gets it.

    A withdrawal is told in a mail of its own.
    """
    arrived: set[tuple[str, str, str]] = set()
    for mail in run.sinks.mails:
        number, kind = mail.told
        arrived.add((number, kind, mail.to))
        for wrong in _mail(mail, number, kind, notices):
            yield Violation("C16", f"a mail to {mail.to} of {number}: {wrong}")
    due = [(number, notices.facts[notices.first(number)[0]]) for number in notices.issued]
    told = [(number, fact.kind, fact) for number, fact in due]
    told += [(number, "withdrawn", fact) for number, fact in due if _withdrawn(notices, number)]
    for number, kind, fact in told:
        for account in fact.parties:
            whom = run.sinks.contacts.get(account)
            if whom is not None and (number, kind, whom) not in arrived:
                what = f"{number} ({kind}) never reached {account}"
                yield Violation("C16", what, fact.position)


def _withdrawn(notices: Notices, number: str) -> bool:
    first, version = notices.first(number)
    return notices.standing[first] == (version, "withdrawn")


def _mail(mail: Mail, number: str, kind: str, notices: Notices) -> Iterator[str]:
    issued = notices.issued.get(number)
    if issued is None:
        yield "it was never issued"
        return
    fact = notices.facts[notices.first(number)[0]]
    if kind not in (fact.kind, "withdrawn") or (
        kind == "withdrawn" and not _withdrawn(notices, number)
    ):
        yield f"it is a {kind}, the notice is a {fact.kind}"
    if not mail.document:
        return
    if sha256(mail.document).hexdigest() != issued["sha256"]:
        yield "the document is another than was issued"
    else:
        yield from document_wrong(mail.document, number, fact)


def document_wrong(raw: bytes, number: str, fact: Fact) -> Iterator[str]:
    """Yield how a document differs from its fact: number, place, user, quantity, serials."""
    told = json.loads(raw)
    named = {name: told[name] for name in ("number", "kind", "position", "fact")}
    due = {"number": number, "kind": fact.kind, "position": fact.position, "fact": fact.fact}
    if named != due:
        yield f"the document is of {named}"
    said: dict[str, list[str]] = {}
    for field in told["fields"]:
        said.setdefault(field["code"], []).append(field["value"])
    event = fact.event
    if "beneficiary" in event and said.get("user") != [event["beneficiary"]]:
        yield f"the document names {said.get('user')}, the user is {event['beneficiary']}"
    moved = [one for one in event.get("postings", ()) if one["unit"] == "t"]
    if moved and said.get("quantity") != [f"{tonnes(event)} t-CO2"]:
        yield f"the document says {said.get('quantity')}, {tonnes(event)} moved"
    serials = [(one["lot"], one["first"], one["last"]) for one in moved]
    if [_serials(text) for text in said.get("serials", ())] != serials:
        yield f"the document says {said.get('serials')}, {serials[:3]} moved"


def _serials(text: str) -> tuple[str, int, int] | None:
    found = SERIALS.fullmatch(text)
    return (found[1], int(found[2]), int(found[3])) if found else None
