"""The registry once more, over ranges: what each command's outcome must be, and what it moves.

Written from the rules as they are told, not from the code that decides; it reads plain JSON, and
shares no line with the ledger. One command costs what it moves, so that a run of a million
commands is checked in minutes.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from tests.faults.noticing import Notices
from tests.faults.segments import Misplaced, Part, Shelf, Shelves

Body: TypeAlias = dict[str, Any]
Move: TypeAlias = tuple[str, int, int, str, str]
"""Lot, first, last, source, target."""

SENT_SLACK = timedelta(minutes=5)
SERIAL_MAX = 2**53 - 1
UNREAD = {"undecodable", "not_canonical", "body_invalid", "entry_too_large"}
"""Refusals of what bytes look like: for the schemas to judge, and nothing moves."""

SCHEMAS = Path(__file__).resolve().parents[2] / "libs" / "ledger" / "wire"
NEVER_TWO = {
    *("act.approve.v1", "checkpoint.record.v1", "log.attach.v1", "notice.issue.v1"),
    "tick.pass.v1",
}
ALWAYS_TWO = {"notice.supersede.v1", "notice.withdraw.v1", "rules.adopt.v1"}
"""Commands with a rule here that wait for a second operator whatever the rule set says."""

BELIEVED = {
    *("activities.report.v1", "campaign.close.v1", "campaign.join.v1", "campaign.open.v1"),
    *("certificate.request.v1", "meeting.order.v1"),
    *("account.apply.v1", "account.decide.v1", "account.merge.v1", "account.rename.v1"),
    *("account.review.v1", "application.cancel.v1", "application.confirm.v1"),
    *("application.file.v1", "body.accredit.v1", "body.suspend.v1", "certification.decide.v1"),
    *("certification.open.v1", "certification.report.v1", "certification.submit.v1"),
    *("certification.verify.v1", "closing.begin.v1", "credits.issue.government.v1"),
    *("document.attach.v1", "donations.pledge.v1", "donations.settle.v1", "duty.discharge.v1"),
    *("goods.offer.v1", "government.release.v1", "grams.allocate.v1", "insolvency.record.v1"),
    *("ledger.compensate.v1", "limit.set.v1", "loss.report.v1", "mandate.grant.v1"),
    *("mandate.revoke.v1", "member.join.v1", "member.leave.v1", "movements.resume.v1"),
    *("movements.suspend.v1", "operator.appoint.v1", "operator.dismiss.v1", "order.accept.v1"),
    *("order.approve.v1", "order.cancel.v1", "order.decline.v1", "order.place.v1"),
    *("plan.change.v1", "pool.open.v1", "project.decide.v1", "project.draft.v1"),
    *("project.end.v1", "project.examine.v1", "project.extend.v1", "project.handover.v1"),
    *("project.submit.v1", "project.validate.v1", "project.withdraw.v1", "quota.buy.v1"),
    *("representative.appoint.v1", "representative.dismiss.v1", "representative.replace.v1"),
    *("reversal.consent.v1", "reversal.cover.v1", "reversal.request.v1", "seller.pay.v1"),
    *("tenant.admit.v1", "tenant.apply.v1", "transfer.reverse.v1", "trusted.add.v1"),
    "trusted.remove.v1",
}
"""Commands without a rule here whose answer is believed, and whose postings must be possible; the
naive registry of `tests/laws` judges them. Any other one is a violation: nobody judges it."""


class No(Exception):
    """The first thing that is wrong with a command."""


class Outcome(NamedTuple):
    """What a command's answer must be: verdict, reason, the lines' reasons, and what moves."""

    verdict: str
    reason: str = ""
    lines: tuple[str, ...] = ()
    moves: tuple[Move, ...] = ()


def no(reason: str, *, when: bool = True) -> None:
    """Refuse."""
    if when:
        raise No(reason)


def real(day: str) -> bool:
    """Say whether a day is in the calendar."""
    try:
        date.fromisoformat(day)
    except ValueError:
        return False
    return True


class Model:
    """The books, the register and the rules, moved forward one command at a time."""

    def __init__(self, ledger: str, rulings: Mapping[str, Rule]) -> None:
        self.ledger = ledger
        self.rulings = rulings
        self.shelves = Shelves()
        self.annulled: dict[str, Shelf] = {}
        self.accounts: dict[str, tuple[str, list[str]]] = {}
        self.projects: dict[str, Body] = {}
        self.lots: dict[str, Body] = {}
        self.orders: dict[str, tuple[str, str]] = {}
        self.acts: dict[int, tuple[str, str, Body]] = {}
        self.ids: dict[str, str] = {}
        self.operators: list[str] = []
        self.rules: Body = {}
        self.notices = Notices()
        self.at = ""
        self.position = 0
        self.head = ""
        self.told: Body = {}
        self._moves: list[Move] = []

    def answer(self, entry: Body, before: str) -> Outcome:
        """Take the command of an entry, and return what must be said of it; `before` is the digest
        of the entry before.
        """
        outcome = self._answer(entry, before)
        self.notices.read(entry)  # what is wrong with notices is C16's to say
        return outcome

    def _answer(self, entry: Body, before: str) -> Outcome:
        command, self.position, self.head = entry["command"], entry["position"], before
        self.told = entry
        self._pass_time(entry, command)
        reason = entry.get("reason", "")
        if "raw" in command:
            return Outcome("rejected", reason if reason in UNREAD else "undecodable")
        identity = command["id"]
        content = json.dumps([command[name] for name in ("actor", "body", "type")], sort_keys=True)
        known = self.ids.setdefault(identity, content)
        if known is not content:
            if known == content:
                return Outcome("repeated")
            return Outcome("rejected", "command_exists_with_different_content")
        if reason in UNREAD:
            return Outcome("rejected", reason)
        return self._weigh(command["type"], command["body"], command["actor"], entry)

    def _pass_time(self, entry: Body, command: Body) -> None:
        latest = entry["appended"]
        if "sent" in command:
            with suppress(OverflowError):  # the last minutes of the year 9999
                sent = datetime.fromisoformat(command["sent"]) + SENT_SLACK
                latest = min(latest, f"{sent.isoformat(timespec='milliseconds')[:23]}Z")
        self.at = max(self.at, latest)

    def _weigh(self, kind: str, body: Body, actor: str, entry: Body) -> Outcome:
        rule = self.rulings.get(kind)
        if rule is None and not (SCHEMAS / f"{kind}.json").exists():
            return Outcome("rejected", "command_unknown")
        if rule is None:
            if kind not in BELIEVED:
                return Outcome("unjudged", f"this model has no rule for {kind}")
            rule = Rule(Model.believe)
        if not self.operators and kind != "ledger.open.v1":
            return Outcome("rejected", "ledger_not_open")
        fresh = entry["offset"] == 0 and self.position > 0
        if kind in ALWAYS_TWO or (
            kind in self.rules.get("two_person", ()) and kind not in NEVER_TWO
        ):
            alone = self._try(rule, body, actor, fresh=fresh, keep=False)
            if alone.verdict == "rejected":
                return alone
            self.acts[self.position] = (kind, actor, body)
            return Outcome("accepted")
        return self._try(rule, body, actor, fresh=fresh)

    def _try(
        self, rule: Rule, body: Body, actor: str, *, fresh: bool, keep: bool = True
    ) -> Outcome:
        """Carry a command out, all its lines or none, or each that can be where it says so."""
        many = body["lines"] if rule.lines else [body]
        alone = bool(rule.lines) and body.get("atomic") is False
        self._moves, told, notes = [], [], []
        for line in many:
            mark = len(self._moves)
            try:
                notes.append(rule.act(self, line, Asked(actor, fresh)))
                told.append("")
            except No as wrong:
                self._undo(mark)
                told.append(str(wrong))
                if not alone:
                    self._undo(0)
                    return Outcome("rejected", str(wrong))
        if alone and all(told):
            return Outcome("rejected", "no_line_accepted", tuple(told))
        done = Outcome("accepted", "", tuple(told) if alone else (), tuple(self._moves))
        if not keep:
            self._undo(0)
            return done
        for note in notes:
            if note is not None:
                note()
        return done

    def _undo(self, mark: int) -> None:
        while len(self._moves) > mark:
            lot, first, last, source, target = self._moves.pop()
            if source.startswith("ISS:"):
                self.shelves.withdraw(lot, first, last, target)
            else:
                self.shelves.move(lot, first, last, target, source)

    def believe(self, body: Body, asked: Asked) -> Note:
        """Take the answer of a command that has no rule here, and move what it says it moved.

        The books still hold every posting to account: of what a stranger to this model did, none
        may take a serial from where it is not.
        """
        told, kind = self.told, self.told["command"]["type"]
        no(told.get("reason", ""), when=told["verdict"] == "rejected")
        for event in told["events"]:
            if event["type"] == "act.proposed.v1":
                self.acts[self.position] = (kind, asked.actor, body)
            for one in event.get("postings", ()):
                if one["unit"] == "t":
                    self._believed(one)
        return None

    def _believed(self, posting: Body) -> None:
        part = (posting["first"], posting["last"])
        try:
            self.move(posting["lot"], [part], posting["source"], posting["target"])
        except Misplaced as wrong:
            raise No(f"refused: {wrong}") from None

    # ------------------------------------------------------------------------------- what is asked

    def move(self, lot: str, parts: Iterable[Part], source: str, target: str) -> None:
        """Move serials of a lot, and note it."""
        for first, last in tuple(parts):
            if source.startswith("ISS:"):
                self.shelves.issue(lot, first, last, target)
            else:
                self.shelves.move(lot, first, last, source, target)
            self._moves.append((lot, first, last, source, target))

    def operator(self, actor: str) -> None:
        """Refuse who is no operator."""
        no("actor_not_allowed", when=actor not in self.operators)

    def acts_for(self, actor: str, account: str) -> None:
        """Refuse who is neither an operator nor a representative of the account."""
        known = self.accounts.get(account, ("", []))
        no("actor_not_allowed", when=actor not in self.operators and actor not in known[1])

    def stands(self, *accounts: str) -> None:
        """Refuse where an account is unknown, then closed, then frozen."""
        found = [self.accounts.get(account, ("not_found", []))[0] for account in accounts]
        for wrong in ("not_found", "closed", "frozen"):
            no(f"account_{wrong}", when=wrong in found)

    def scheme(self, lot: str) -> Body:
        """Return what the rules say of a lot's scheme."""
        scheme: Body = self.rules["schemes"][self.projects[self.lots[lot]["project"]]["scheme"]]
        return scheme

    def pick(
        self, code: str, asked: Body, why: Callable[[Body], str] = lambda _: ""
    ) -> list[tuple[str, Part]]:
        """Pick named serials, or a quantity of a lot, or of every lot that is eligible."""
        lot, quantity, serials = (asked.get(name) for name in ("lot", "quantity", "serials"))
        if lot is None:
            no("selection_ambiguous", when=quantity is None or serials is not None)
            return self._oldest(code, int(quantity or 0), why)
        no("lot_not_found", when=lot not in self.lots)
        no("selection_ambiguous", when=(quantity is None) == (serials is None))
        wanted = named(serials or [])
        reason = why(self.scheme(lot))
        no(reason, when=bool(reason))
        if quantity is None:
            shelf = self.shelves.lots.get(lot, Shelf())
            for first, last in wanted:
                held = shelf.cover(first)
                if held is None or held[1] < last or held[2] != code:
                    frozen = f"LOCK:{code.partition(':')[2]}:f-"
                    there = [of for _, _, of in shelf.within(first, last)]
                    no("serials_frozen", when=any(of.startswith(frozen) for of in there))
                    no("serials_not_held")
            return [(lot, part) for part in wanted]
        no("quantity_exceeds_holding", when=self.shelves.count[code, lot] < quantity)
        return [(lot, part) for part in self._lowest(code, lot, quantity)]

    def _oldest(
        self, code: str, missing: int, why: Callable[[Body], str]
    ) -> list[tuple[str, Part]]:
        able = [lot for lot in self.shelves.lots_of(code) if not why(self.scheme(lot))]
        has = sum(self.shelves.count[code, lot] for lot in able)
        no("quantity_exceeds_holding", when=has < missing)
        picked: list[tuple[str, Part]] = []
        for lot in sorted(able, key=lambda one: (self.lots[one]["certified_on"], one)):
            picked += [(lot, part) for part in self._lowest(code, lot, missing)]
            missing -= min(missing, self.shelves.count[code, lot])
            if not missing:
                break
        return picked

    def _lowest(self, code: str, lot: str, quantity: int) -> list[Part]:
        found: list[Part] = []
        for first, last in self.shelves.parts(code, lot):
            found.append((first, min(last, first + quantity - 1)))
            quantity -= last - first + 1
            if quantity <= 0:
                break
        return found


class Asked(NamedTuple):
    """Who asks, and whether this is the first record of a new log."""

    actor: str
    fresh: bool


Note: TypeAlias = Callable[[], None] | None
"""What to write down once the whole command is done."""


class Rule(NamedTuple):
    """How one command type is carried out; `lines` says that it has many."""

    act: Callable[[Model, Body, Asked], Note]
    lines: bool = False


def named(serials: list[Body]) -> list[Part]:
    """Return serials that a command names, joined where they touch."""
    parts = sorted((part["first"], part["last"]) for part in serials)
    no("serials_reversed", when=any(last < first for first, last in parts))
    joined: list[Part] = []
    for first, last in parts:
        no("serials_overlap", when=bool(joined) and first <= joined[-1][1])
        if joined and first == joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return joined


def moved(moves: Iterable[Move]) -> Counter[tuple[str, str, str, int]]:
    """Return what moves from where to where, however it is cut into ranges."""
    ends: Counter[tuple[str, str, str, int]] = Counter()
    for lot, first, last, source, target in moves:
        ends[lot, source, target, first] += 1
        ends[lot, source, target, last + 1] -= 1
    return Counter({end: change for end, change in ends.items() if change})
