"""Eligibility over HTTP: which credit may be used up for what, and why not."""

import re
from collections.abc import Iterator
from typing import TypeAlias

import msgspec
from fastapi import APIRouter, Request, Response
from msgspec import UNSET, UnsetType
from sqlalchemy import Connection, column, select, table

from libs.edge import answered, paging, reads
from libs.edge.desk import Desk
from libs.edge.problems import Pointed, Refused
from libs.ledger.instants import real_day
from libs.ledger.rules import RuleSet
from libs.ledger.rules.calendar import UTC_ALWAYS, legal_day
from libs.ledger.rules.invalidation import InvalidationRules, Scope, Stance
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
Asked: TypeAlias = paging.Filter


def add(routes: APIRouter, desk: Desk) -> None:
    """Give the questions their routes."""

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
        day: Asked = None,
        scope: Asked = None,
    ) -> Response:
        def view(connection: Connection) -> EligibilityAnswer:
            whole, rules = _ruling(connection)
            on, where = _day(desk, whole, day), _scope(scope)
            facts = _facts(connection, lot or "")
            codes = tuple(rules.purposes) if purpose is None else (purpose,)
            if purpose is not None and purpose not in rules.purposes:
                raise Refused("purpose_unknown", facts={"purpose": purpose})
            items = (
                _shown(rules, code, eligibility(rules, facts, Use(code, on, where)))
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
    async def every(request: Request, day: Asked = None) -> Response:
        def view(connection: Connection) -> MatrixAnswer:
            whole, rules = _ruling(connection)
            on = _day(desk, whole, day)
            return MatrixAnswer(day=on, items=tuple(_table(rules, on)))

        return await reads.show(desk, request, view)


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


def _scope(asked: str | None) -> Scope | UnsetType:
    if asked is None:
        return UNSET
    try:
        scope: Scope = msgspec.convert(asked, Scope)
    except msgspec.ValidationError as wrong:
        errors = (Pointed(str(wrong), parameter="scope"),)
        raise Refused("parameter_invalid", errors=errors) from None
    return scope
