"""Eligibility over HTTP: which credit may be used up for what, and why not."""

import re
from collections.abc import Iterator
from typing import Annotated, TypeAlias

import msgspec
from fastapi import APIRouter, Query, Request, Response
from msgspec import UNSET, UnsetType
from sqlalchemy import Connection, Select, column, func, select, table

from libs.edge import answered, paging, reads
from libs.edge.amounts import Amount, amount
from libs.edge.books import holdings
from libs.edge.desk import Desk
from libs.edge.problems import Pointed, Refused
from libs.ledger.accounts import holding
from libs.ledger.instants import real_day
from libs.ledger.rules import RuleSet
from libs.ledger.rules.calendar import UTC_ALWAYS, legal_day
from libs.ledger.rules.invalidation import Country, InvalidationRules, Scope, Stance
from services.invalidation.decide.eligibility import (
    Eligibility,
    LotFacts,
    Use,
    eligibility,
    matrix,
)

LOT = "JC-FM-000123-01"
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

# The issuance room keeps these: they are read by name, since no room sees another's code.
_lots = table("lots", column("lot"), column("project"))
_projects = table(
    "projects", column("project"), column("scheme"), column("kind"), column("methodologies")
)


class EligibilityView(msgspec.Struct, frozen=True, kw_only=True):
    """Whether credits may be used up for a purpose: allow, warn or refuse, and why."""

    purpose: str
    name: str
    group: str
    stance: Stance
    kinds: tuple[str, ...]
    reasons: tuple[str, ...]


class EligibilityAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a lot may be used up for on a day."""

    lot: str
    day: str
    items: tuple[EligibilityView, ...]


class MatrixAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The table of a day, where no scope is named: every kind of credit by every purpose."""

    day: str
    items: tuple[EligibilityView, ...]


class HeldView(msgspec.Struct, frozen=True, kw_only=True):
    """Credits of a lot that an account is free to use, and whether it may for the purpose."""

    lot: str
    quantity: Amount
    stance: Stance
    kinds: tuple[str, ...]
    reasons: tuple[str, ...]


class HeldPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an account holds, in the order of lots."""

    items: tuple[HeldView, ...]
    next_cursor: str | UnsetType = UNSET


EXAMPLE_HELD = HeldPage(
    (
        HeldView(
            lot=LOT,
            quantity=2581,
            stance="allow",
            kinds=("OTHER_SECTORS",),
            reasons=("The table of uses by kind of credit (2022-05) says yes.",),
        ),
    )
)
_seen = EligibilityView(
    purpose="OFFSET_EVENT",
    name="カーボン・オフセット 会議・イベント",
    group="オフセット等",
    stance="allow",
    kinds=("OTHER_SECTORS",),
    reasons=("The table of uses by kind of credit (2022-05) says yes.",),
)
EXAMPLE = EligibilityAnswer(lot=LOT, day="2026-04-01", items=(_seen,))
EXAMPLE_MATRIX = MatrixAnswer(day="2026-04-01", items=(_seen,))
Asked: TypeAlias = Annotated[
    str | None, Query(max_length=300, pattern=paging.LINE, description="What is asked about.")
]
Day: TypeAlias = Annotated[
    str | None,
    Query(max_length=300, pattern=paging.LINE, description="The day of use; else today."),
]
Account: TypeAlias = Annotated[str, Query(max_length=64, examples=["A01"])]
Purposed: TypeAlias = Annotated[str, Query(max_length=100, examples=["OFFSET_EVENT"])]


def add(routes: APIRouter, desk: Desk) -> None:
    """Give the questions their routes."""
    _held(routes, desk)

    @routes.get(
        "/v1/eligibility",
        operation_id="getEligibility",
        summary="What a lot may be used up for, and why not",
        openapi_extra=reads.described(desk, EligibilityAnswer, EXAMPLE),
    )
    async def one(
        request: Request,
        lot: Asked = None,
        purpose: Asked = None,
        day: Day = None,
        scope: Asked = None,
        country: Asked = None,
    ) -> Response:
        def view(connection: Connection) -> EligibilityAnswer:
            whole, rules = _ruling(connection)
            on, where, land = _day(desk, whole, day), _scope(scope), _country(country)
            facts = _facts(connection, lot or "")
            codes = tuple(rules.purposes) if purpose is None else (_known(rules, purpose),)
            items = (
                _shown(rules, code, eligibility(rules, facts, Use(code, on, where, land)))
                for code in codes
            )
            return EligibilityAnswer(lot=lot or "", day=on, items=tuple(items))

        return await reads.show(desk, request, view)

    @routes.get(
        "/v1/eligibility/matrix",
        operation_id="getEligibilityMatrix",
        summary="Which kind of credit may be used up for what",
        openapi_extra=reads.described(desk, MatrixAnswer, EXAMPLE_MATRIX),
    )
    async def every(request: Request, day: Day = None) -> Response:
        def view(connection: Connection) -> MatrixAnswer:
            whole, rules = _ruling(connection)
            on = _day(desk, whole, day)
            return MatrixAnswer(day=on, items=tuple(_table(rules, on)))

        return await reads.show(desk, request, view)


def _held(routes: APIRouter, desk: Desk) -> None:
    @routes.get(
        "/v1/eligibility/holdings",
        operation_id="listEligibleHoldings",
        summary="Which credits an account may use up for a purpose, and why not the others",
        openapi_extra=reads.described(desk, HeldPage, EXAMPLE_HELD),
    )
    async def held(
        request: Request,
        account: Account,
        purpose: Purposed,
        day: Day = None,
        scope: Asked = None,
        country: Asked = None,
        limit: paging.Limit = paging.PAGE,
        after: paging.After = None,
    ) -> Response:
        def view(connection: Connection) -> HeldPage:
            whole, rules = _ruling(connection)
            use = Use(_known(rules, purpose), _day(desk, whole, day), _scope(scope))
            use = msgspec.structs.replace(use, country=_country(country))
            rows, more = paging.page(connection, _free(account), (holdings.c.lot,), limit, after)
            found = ((row, eligibility(rules, _facts(connection, row["lot"]), use)) for row in rows)
            items = tuple(
                HeldView(
                    lot=row["lot"],
                    quantity=amount(int(row["quantity"])),
                    stance=one.stance,
                    kinds=one.kinds,
                    reasons=one.reasons,
                )
                for row, one in found
            )
            return HeldPage(items, more)

        return await reads.show(desk, request, view)


def _free(account: str) -> Select[tuple[str, int]]:
    """Ask for the free balance of an account, lot by lot."""
    quantity = func.sum(holdings.c.last - holdings.c.first + 1)
    return (
        select(holdings.c.lot, quantity.label("quantity"))
        .where(holdings.c.holder == account, holdings.c.account == holding(account))
        .group_by(holdings.c.lot)
    )


def _known(rules: InvalidationRules, purpose: str) -> str:
    if purpose not in rules.purposes:
        raise Refused("purpose_unknown", facts={"purpose": purpose})
    return purpose


def _table(rules: InvalidationRules, day: str) -> Iterator[EligibilityView]:
    for _, purpose, found in matrix(rules, day):
        yield _shown(rules, purpose, found)


def _shown(rules: InvalidationRules, code: str, found: Eligibility) -> EligibilityView:
    purpose = rules.purposes[code]
    return EligibilityView(
        purpose=code,
        name=purpose.ja,
        group=purpose.group,
        stance=found.stance,
        kinds=found.kinds,
        reasons=found.reasons,
    )


def _ruling(connection: Connection) -> tuple[RuleSet, InvalidationRules]:
    """Return the rule set that decides now, and its table."""
    newest = select(answered.rules.c.content).order_by(answered.rules.c.position.desc()).limit(1)
    content = connection.execute(newest).scalar_one_or_none()
    if content is None:
        raise Refused("eligibility_not_ruled")
    whole = msgspec.json.decode(content, type=RuleSet)
    if whole.invalidation is UNSET:
        raise Refused("eligibility_not_ruled")
    return whole, whole.invalidation


def _facts(connection: Connection, lot: str) -> LotFacts:
    wanted = (
        select(_projects.c.scheme, _projects.c.kind, _projects.c.methodologies)
        .join(_lots, _lots.c.project == _projects.c.project)
        .where(_lots.c.lot == lot)
    )
    row = connection.execute(wanted).one_or_none()
    if row is None:
        raise Refused("lot_not_found", facts={"lot": lot})
    methodologies = msgspec.json.decode(row.methodologies, type=tuple[str, ...])
    return LotFacts(row.scheme, row.kind, methodologies)


def _day(desk: Desk, rules: RuleSet, asked: str | None) -> str:
    """Return the day in question: today, where the scheme is, unless another one is named."""
    if asked is None:
        calendar = UTC_ALWAYS if rules.calendar is UNSET else rules.calendar
        return legal_day(calendar, desk.registry.now_ms())
    if DAY.fullmatch(asked) and real_day(asked):
        return asked
    detail = "A day is written as 2026-04-01."
    raise Refused("parameter_invalid", errors=(Pointed(detail, parameter="day"),))


def _country(asked: str | None) -> str | UnsetType:
    if asked is None:
        return UNSET
    try:
        return msgspec.convert(asked, Country)
    except msgspec.ValidationError:
        errors = (Pointed("A country is written as JP.", parameter="country"),)
        raise Refused("parameter_invalid", errors=errors) from None


def _scope(asked: str | None) -> Scope | UnsetType:
    if asked is None:
        return UNSET
    try:
        scope: Scope = msgspec.convert(asked, Scope)
    except msgspec.ValidationError as wrong:
        errors = (Pointed(str(wrong), parameter="scope"),)
        raise Refused("parameter_invalid", errors=errors) from None
    return scope
