"""Writes at fixed addresses, served without the framework's routing, which took half their time."""

from collections.abc import Iterable

from fastapi import APIRouter, FastAPI, Request
from fastapi.routing import APIRoute

from libs.edge import http
from libs.edge.asgi import App, Receive, Scope, Send
from libs.edge.desk import Desk
from libs.edge.permissions import gate
from libs.edge.problems import Refused
from libs.ledger.ports import LedgerFault


class Direct:
    """Finds the route of a POST by its address alone, and runs its endpoint behind the same gate.

    What has names in its address, and whatever is read, is the framework's; so are the document,
    and the forms of pages that it does not name.
    """

    def __init__(self, app: FastAPI, routers: Iterable[APIRouter], desk: Desk) -> None:
        self.app: App = app
        self.writes = {
            route.path: route
            for router in routers
            for route in router.routes
            if isinstance(route, APIRoute) and route.methods == {"POST"} and "{" not in route.path
            if route.include_in_schema
        }
        self._admit = gate(desk.identity)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        route = self.writes.get(scope["path"]) if scope.get("method") == "POST" else None
        if route is None:
            await self.app(scope, receive, send)
            return
        scope["route"], scope["path_params"] = route, {}
        request = Request(scope, receive, send)
        try:
            await self._admit(request)
            response = await route.endpoint(request)
        except Exception as wrong:
            response = await http.handled(request, wrong)
            await response(scope, receive, send)
            if not isinstance(wrong, Refused | LedgerFault):
                raise
        else:
            await response(scope, receive, send)
