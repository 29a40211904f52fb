"""The reference page: every operation with its example, from the document, without a script."""

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any

import msgspec
from fastapi import FastAPI, Response

from libs.edge.problems import Problem
from libs.ledger.codec import encode

STYLE = (
    "body{font:16px/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "pre{background:#f4f4f4;padding:.7rem;overflow:auto}code{font-size:.9rem}"
)
NO_HEADERS: Mapping[str, str] = {}
POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


def install(app: FastAPI) -> None:
    """Serve the page at /docs; a machine reads /openapi.json."""

    @app.get("/docs", include_in_schema=False, operation_id="readReference")
    async def docs() -> Response:
        info = app.openapi()["info"]
        return page(f"{info['title']} {info['version']}", _lines(app.openapi()))


def page(title: str, lines: Iterable[str], headers: Mapping[str, str] = NO_HEADERS) -> Response:
    """Return a page without a script: a title, and lines of HTML."""
    html = (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(title)}</title>"
        f"<style>{STYLE}</style><h1>{escape(title)}</h1>"
    )
    policy = {"Content-Security-Policy": POLICY}
    return Response(html + "".join(lines), 200, {**headers, **policy}, "text/html")


def problem(told: Problem) -> str:
    """Return what a problem is as HTML, with the body that a client gets."""
    example = msgspec.json.format(encode(told), indent=2).decode()
    return (
        f"<h2><a href={escape(told.type)}>{escape(told.code)}</a></h2>"
        f"<p>{told.status}: {escape(told.title)}</p><pre>{escape(example)}</pre>"
    )


def _lines(document: dict[str, Any]) -> Iterator[str]:
    info = document["info"]
    yield f"<p>{escape(info['summary'])} <a href=/openapi.json>openapi.json</a>, "
    yield "<a href=/problems>problems</a>.</p>"
    for tag in document["tags"]:
        yield f"<h2>{escape(tag['name'])}</h2><p>{escape(tag['description'])}</p>"
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                if tag["name"] in operation["tags"]:
                    yield from _operation(path, method, operation)


def _operation(path: str, method: str, operation: dict[str, Any]) -> Iterator[str]:
    name = operation["operationId"]
    yield f"<h3 id={name}><code>{method.upper()} {escape(path)}</code></h3>"
    yield f"<p>{escape(operation['summary'])}. {escape(operation.get('description', ''))}</p>"
    for content in operation.get("requestBody", {}).get("content", {}).values():
        if "example" not in content:
            continue  # bytes of any kind
        example = msgspec.json.format(msgspec.json.encode(content["example"]), indent=2)
        yield f"<pre>{escape(example.decode())}</pre>"
