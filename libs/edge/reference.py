"""The reference page: every operation with its example, from the document, without a script."""

import re
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any

import msgspec
from fastapi import FastAPI, Response

from libs.edge.problems import Problem
from libs.ledger.codec import encode

STYLE = (
    "body{font:16px/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "pre{background:#f4f4f4;padding:.7rem;overflow:auto}"
    "code{font-size:.9rem;overflow-wrap:anywhere}"
    "h3{margin:2.5rem 0 .3rem}h3+p{margin-top:0}nav{columns:16rem}nav a{display:block}"
    "dl{display:grid;grid-template-columns:minmax(5rem,max-content) 1fr;gap:.2rem 1rem}"
    "dd{margin:0}summary{cursor:pointer}"
)
NO_HEADERS: Mapping[str, str] = {}
POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"

_field = re.compile(r" *(\S[^ ]*(?: [^ ]+)*?) {2,}(.+)")
_quoted = re.compile(r"`([^`]+)`")


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
        "<meta name=viewport content='width=device-width'>"
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
        told = [
            (path, method, operation)
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
            if tag["name"] in operation["tags"]
        ]
        yield f"<h2>{escape(tag['name'])}</h2><p>{escape(tag['description'])}</p><nav>"
        for _, _, operation in told:
            name, title = operation["operationId"], escape(operation["summary"])
            yield f"<a href=#{name}>{title}</a>"
        yield "</nav>"
        for path, method, operation in told:
            yield from _operation(path, method, operation)


def _operation(path: str, method: str, operation: dict[str, Any]) -> Iterator[str]:
    yield f"<h3 id={operation['operationId']}>{escape(operation['summary'])}</h3>"
    yield f"<p><code>{method.upper()} {escape(path)}</code></p>"
    yield from _description(operation.get("description", ""))
    asked = [one for one in operation.get("parameters", ()) if one["in"] == "query"]
    if asked:
        yield _fields((one["name"], one.get("description", "")) for one in asked)
    for content in operation.get("requestBody", {}).get("content", {}).values():
        yield from _example(content)
    for status in ("200", "201"):
        answer = operation["responses"].get(status)
        if answer:
            yield f"<details><summary>{status}: {escape(answer['description'])}</summary>"
            for content in answer.get("content", {}).values():
                yield from _example(content)
            yield "</details>"


def _description(told: str) -> Iterator[str]:
    """Say a docstring in HTML: its paragraphs, and its tables of fields as lists."""
    for part in told.split("\n\n"):
        fields = [_field.fullmatch(line) for line in part.splitlines()]
        if all(fields):
            yield _fields((found[1], found[2]) for found in fields if found)
        else:
            yield f"<p>{_words(part)}</p>"


def _fields(told: Iterable[tuple[str, str]]) -> str:
    terms = (f"<dt><code>{escape(name)}</code><dd>{_words(says)}" for name, says in told)
    return f"<dl>{''.join(terms)}</dl>"


def _words(told: str) -> str:
    return _quoted.sub(r"<code>\1</code>", escape(told))


def _example(content: Mapping[str, Any]) -> Iterator[str]:
    """Show an example where there is one: bytes of any kind have none."""
    if "example" in content:
        example = content["example"]
        if not isinstance(example, str):
            example = msgspec.json.format(msgspec.json.encode(example), indent=2).decode()
        yield f"<pre>{escape(example)}</pre>"
