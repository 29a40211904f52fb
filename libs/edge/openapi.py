"""The OpenAPI 3.1 document: FastAPI's paths, msgspec's schemas, one place for what all share."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import msgspec
from fastapi import FastAPI, Response
from fastapi.openapi.utils import get_openapi

from libs.edge.answers import JSON
from libs.edge.permissions import audience
from libs.edge.problems import MEDIA, Problem, codes, problem, refusal, status, title
from libs.ledger.codec import encode
from libs.ledger.events import Event
from libs.ledger.verdict import Reason

Document: TypeAlias = dict[str, Any]
"""JSON as FastAPI hands it about."""

Tags: TypeAlias = Iterable[tuple[str, str]]
"""The names that operations are grouped under, and what each is about."""

RESPONSES = "x-responses"
"""Where a route leaves its responses until the document is made."""

POSITION_HEADER = {
    "description": "The position in the journal that this answer tells of.",
    "schema": {"type": "integer"},
}
ABOUT = """
An open registry of environmental credits. Every write is a command, named by its
`Idempotency-Key` and answered once, for ever; every answer is a view of one entry of the journal.
Every read comes from tables that follow the journal, and says how far in `Ledger-Position`.

**Who acts** says the API key: `Authorization: Bearer tonne_...`. A key has an actor, a role and,
for a holder, the accounts it acts for; every operation names the roles that may call it
(`x-roles`), and whatever else is asked is refused with 401 or 403, be it there or not. What is
public (projects, lots, rules, annulments, the life of a credit) needs no key. A server
that runs without keys listens at loopback only and takes the word of the header `Tonne-Actor`
(default `operator:1`).
"""
SCHEME = "key"
SECURITY = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "tonne_PREFIX_SECRET",
    "description": "An API key, made by `tonne keys create`; or a token of the issuer that the"
    " registry trusts (OpenID Connect, RS256 or ES256).",
}


class Catalog:
    """Collects the structs that operations name, for one `components/schemas`."""

    def __init__(self) -> None:
        self._types: dict[str, type] = {}

    def ref(self, kind: type) -> Document:
        """Return a reference to a struct's schema."""
        self._types[kind.__name__] = kind
        return {"$ref": f"#/components/schemas/{kind.__name__}"}

    def schemas(self) -> Document:
        """Return the schema of every struct that was named, and of what they are made of."""
        wanted: list[Any] = [*self._types.values(), Event]
        schemas, found = msgspec.json.schema_components(
            wanted, ref_template="#/components/schemas/{name}"
        )
        for name in ("Receipt", "Preview"):
            # Events are passed on as they are stored; the document still says what they can be.
            found[name]["properties"]["events"]["items"] = {"$ref": "#/components/schemas/Event"}
        found["Event"] = schemas[-1]
        return dict(sorted(found.items()))


def _merged(parameters: Iterable[Document]) -> list[Document]:
    """Put together what FastAPI and we say of the same parameter."""
    found: dict[tuple[str, str], Document] = {}
    for parameter in parameters:
        found.setdefault((parameter["in"], parameter["name"]), {}).update(parameter)
    return list(found.values())


def problems(*statuses: int) -> Document:
    """Return references to the shared responses of these statuses."""
    return {str(code): {"$ref": f"#/components/responses/Problem{code}"} for code in statuses}


def _problem_responses(catalog: Catalog) -> Document:
    """Return one response per status, with an example per code."""
    found: Document = {}
    for code in codes():
        number = status(code)
        told = (
            msgspec.structs.replace(refusal(Reason(code), {}), position=7)
            if code in set(Reason)
            else problem(code)
        )
        response = found.setdefault(
            f"Problem{number}",
            {
                "description": f"Refused with {number}; `code` says why.",
                "content": {MEDIA: {"schema": catalog.ref(Problem), "examples": {}}},
            },
        )
        example = {"summary": title(code), "value": msgspec.json.decode(encode(told))}
        response["content"][MEDIA]["examples"][code] = example
    for number in (429, 503):
        found[f"Problem{number}"]["headers"] = {"Retry-After": {"schema": {"type": "integer"}}}
    found["Problem401"]["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
    return found


def _guarded(operation: Document, *, required: bool) -> None:
    """Say who may call an operation, and what everybody else is told."""
    roles = sorted(role for role in audience(operation["operationId"]) if role is not None)
    operation["x-roles"] = roles
    public = None in audience(operation["operationId"])
    operation["security"] = [{SCHEME: []}, {}] if public or not required else [{SCHEME: []}]
    operation["responses"] |= problems(401, 403, 429)
    says = operation.get("description", "")
    who = "anyone, without a key too" if public else ", ".join(roles)
    operation["description"] = f"{says}\n\nRoles: {who}.".strip()


def header(name: str, says: str, example: str, *, required: bool = False) -> Document:
    """Describe a request header."""
    schema: Document = {"type": "string"}
    described = {"name": name, "in": "header", "description": says, "required": required}
    return {**described, "schema": schema, "example": example}


def ok(
    catalog: Catalog, kind: type, says: str, example: object, links: Mapping[str, Any] | None = None
) -> Document:
    """Describe a good answer."""
    body = {"schema": catalog.ref(kind), "example": msgspec.json.decode(encode(example))}
    described: Document = {"description": says, "headers": {"Ledger-Position": POSITION_HEADER}}
    return described | {"content": {JSON: body}} | ({"links": dict(links)} if links else {})


def install(app: FastAPI, catalog: Catalog, tags: Tags, *, required: bool) -> None:
    """Make the app serve a document without any schema that has no name.

    `required` says that nobody is served without a key.
    """

    def made() -> Document:
        if app.openapi_schema is None:
            document = get_openapi(
                title="tonne",
                version=app.version,
                openapi_version="3.1.0",
                summary="An open registry of environmental credits.",
                description=ABOUT,
                routes=app.routes,
                tags=[{"name": name, "description": says} for name, says in tags],
                license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
            )
            for methods in document["paths"].values():
                for operation in methods.values():
                    operation["responses"] = operation.pop(RESPONSES)
                    operation["parameters"] = _merged(operation.get("parameters", ()))
                    _guarded(operation, required=required)
            responses = _problem_responses(catalog)
            document["components"] = {
                "responses": responses,
                "schemas": catalog.schemas(),
                "securitySchemes": {SCHEME: SECURITY},
            }
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = made  # type: ignore[method-assign]  # FastAPI's own way to extend the document

    @app.get("/openapi.json", include_in_schema=False, operation_id="readDocument")
    async def document() -> Response:
        return Response(msgspec.json.encode(app.openapi()), 200, media_type=JSON)
