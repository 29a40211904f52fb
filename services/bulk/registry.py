"""The registry that a table is sent to: embedded on a file, or behind HTTP."""

from typing import Any, Protocol

import msgspec
from msgspec import UNSET, UnsetType

from libs.edge import recipients
from libs.edge.client import Answered, RemoteRegistry, Sendable
from libs.edge.particulars import Particulars
from libs.ledger.codec import write_command
from libs.ledger.entry import decode
from libs.ledger.instants import text
from libs.ledger.pooling import free
from libs.ledger.verdict import Accepted, Facts, Rejected
from services.node import Node

WAIT_MS = 60_000


class Standing(msgspec.Struct, frozen=True):
    """What there is to tell out: grams that are left, and the grams of each of the goods."""

    left: int
    goods: dict[str, int]


class Registry(Protocol):
    """What sending a table needs of a registry."""

    async def standing(self, pool: str, tenant: str | UnsetType) -> Standing | None:
        """Return what a pool, or a tenant of it, has left; None where there is none."""

    async def answered(self, identity: str) -> Answered | None:
        """Return the first answer to a command, where it has one."""

    async def keep(self, account: str, request: str, names: tuple[str, ...]) -> tuple[str, ...]:
        """Keep people for an account; return the commitments to them, the same whenever asked."""

    async def preview(self, command: Sendable) -> Answered:
        """Return what would be answered now."""

    async def ask(self, command: Sendable) -> Answered:
        """Send a command and return its answer."""


class Embedded:
    """The registry on a file, run by this process."""

    def __init__(self, node: Node) -> None:
        self._node = node

    async def standing(self, pool: str, tenant: str | UnsetType) -> Standing | None:
        """Look into the state that decides."""
        state = self._node.replica.state
        whose = [one for one in state.registers.tenants.values() if one.pool == pool]
        if pool not in state.registers.pools:
            return None
        if tenant is not UNSET and tenant not in {one.tenant for one in whose}:
            return None
        goods = {
            one.goods: one.grams
            for one in state.registers.goods.values()
            if (one.pool, one.tenant) == (pool, tenant)
        }
        return Standing(free(state, pool, tenant), goods)

    async def answered(self, identity: str) -> Answered | None:
        """Look the id up among all that were ever answered."""
        known = self._node.replica.state.ids.find(identity)
        return None if known is None else await self._at(known[0])

    async def keep(self, account: str, request: str, names: tuple[str, ...]) -> tuple[str, ...]:
        """Write them into the table beside the journal."""
        people, now_ms = tuple(Particulars(name=name) for name in names), self._node.now_ms()
        return recipients.keep(self._node.views, account, request, people, now_ms)

    async def preview(self, command: Sendable) -> Answered:
        """Decide and take it back."""
        verdict = self._node.preview(self._record(command))
        if isinstance(verdict, Rejected):
            return Answered(verdict="rejected", reason=verdict.reason.value, facts=verdict.facts)
        return Answered(verdict="accepted" if isinstance(verdict, Accepted) else "repeated")

    async def ask(self, command: Sendable) -> Answered:
        """Append, and wait for the verdict."""
        (raw,) = await self._node.ask([self._record(command)], WAIT_MS)
        entry = decode(raw)
        if entry.repeats is not UNSET:
            return msgspec.structs.replace(await self._at(entry.repeats), replayed=True)
        return await self._at(entry.position)

    def _record(self, command: Sendable) -> bytes:
        sent = text(self._node.now_ms())
        return write_command(command.id, command.type, command.actor, sent, command.body)

    async def _at(self, position: int) -> Answered:
        (raw,) = await self._node.entries(position, 1)
        entry = decode(raw)
        return Answered(
            verdict=entry.verdict,
            position=position,
            reason="" if entry.reason is UNSET else entry.reason.value,
            facts={} if entry.facts is UNSET else entry.facts,
        )


class _Told(msgspec.Struct, frozen=True):
    verdict: str = ""
    code: str = ""
    detail: str = ""
    facts: Facts = {}


class Remote:
    """A registry behind HTTP."""

    def __init__(self, remote: RemoteRegistry) -> None:
        self._remote = remote

    async def standing(self, pool: str, tenant: str | UnsetType) -> Standing | None:
        """Ask the lists of pools, of tenants and of goods."""
        if tenant is UNSET:
            async for one in self._remote.items("/v1/pools", pool=pool):
                return Standing(one["retired"] - one["quotas"] - one["allocated"], {})
            return None
        left = [one["quota"] async for one in self._named("/v1/tenants", pool, tenant)]
        goods = {one["goods"]: one["grams"] async for one in self._named("/v1/goods", pool, tenant)}
        return Standing(left[0], goods) if left else None

    async def _named(self, path: str, pool: str, tenant: str) -> Any:
        async for one in self._remote.items(path, pool=pool):
            if one["tenant"] == tenant:
                yield one

    async def answered(self, identity: str) -> Answered | None:
        """Ask for the command's outcome."""
        return await self._remote.answered(identity)

    async def keep(self, account: str, request: str, names: tuple[str, ...]) -> tuple[str, ...]:
        """Send them to the store of the registry."""
        people = tuple(Particulars(name=name) for name in names)
        return await self._remote.keep(account, request, people)

    async def preview(self, command: Sendable) -> Answered:
        """Ask for a dry run."""
        told = msgspec.json.decode(await self._remote.preview(command), type=_Told)
        verdict = told.verdict or "refused"
        return Answered(verdict=verdict, reason=told.code, detail=told.detail, facts=told.facts)

    async def ask(self, command: Sendable) -> Answered:
        """Send it and return its answer."""
        (answer,) = await self._remote.ask([command])
        return answer
