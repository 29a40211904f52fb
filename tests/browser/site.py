"""The site that the browser is shown, and what the tests ask of its registry."""

from typing import Any

from services.sealing import Sealing
from tests.edge.office import LINKS, Office


class Site:
    """A registry at an address."""

    def __init__(self, office: Office, root: str, sealing: Sealing) -> None:
        self.office = office
        self.root = root
        self.sealing = sealing

    def page(self, number: str) -> str:
        """Return the address of the check page of a document."""
        return f"{self.root}/c/{LINKS.code(number)}"

    async def used(self) -> str:
        """Return the number of the notice of what was used up."""
        (found,) = (await self.office.client.seen("/v1/notices?kind=invalidation"))["items"]
        return str(found["number"])

    async def pdf(self, number: str) -> bytes:
        """Return a document as whoever has the code downloads it."""
        told = await self.office.client.get(f"/v1/private-notices/{LINKS.code(number)}")
        assert told.status_code == 200, told.text
        return told.content

    async def supersede(self, number: str, **spelling: str) -> str:
        """Put a successor in a document's place; return its number."""
        mended = [{"field": field, "text": text} for field, text in spelling.items()]
        body = {"reason": "Cut.", "spelling": mended}
        await self._act(f"/v1/notices/{number}/supersession", body)
        return f"{number}-r2"

    async def withdraw(self, number: str) -> int:
        """Annul what a document tells of, and withdraw it; return the entry that undid it."""
        annulled = {"lot": "JC-1-01", "reason": "Never removed."}
        undone = await self.office.client.made("/v1/annulments", annulled)
        body = {"reason": "inside words", "undone_by": undone["position"]}
        await self._act(f"/v1/notices/{number}/withdrawal", body)
        return int(undone["position"])

    async def _act(self, path: str, body: dict[str, Any]) -> None:
        client = self.office.client
        act = await client.made(path, body)
        approval = {"position": act["position"]}
        await client.made("/v1/approvals", approval, Tonne_Actor="operator:2")
        await self.office.issue()
