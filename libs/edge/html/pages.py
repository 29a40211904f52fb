"""Pages from templates: every value is text, no page has a script, and none may be kept.

A page is one answer: its style stands in it, and the policy (CSP) names that style by its hash, so
that nothing else is shown, loaded or run, whatever a name in it says.
"""

from base64 import b64encode
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path

from fastapi import Response
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from libs.edge.html.language import Language

OWN = Path(__file__).parent / "templates"
NO_HEADERS: Mapping[str, str] = {}


class Pages:
    """The pages of a folder of templates; `frame.html` and its style are everybody's.

    `shown` is what every text goes through before it is escaped: what is hidden comes into sight.
    """

    def __init__(self, folder: Path, shown: Callable[[str], str]) -> None:
        def plain(value: object) -> object:
            text = isinstance(value, str) and not isinstance(value, Markup)
            return shown(str(value)) if text else value

        self._templates = Environment(
            loader=ChoiceLoader([FileSystemLoader(folder), FileSystemLoader(OWN)]),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=plain,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        style = (OWN / "style.css").read_text(encoding="utf-8")
        self._style = Markup(style)  # noqa: S704 - our own file, and no user's text
        digest = b64encode(sha256(style.encode()).digest()).decode()
        self._headers = {
            "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'self';"
            f" frame-ancestors 'none'; style-src 'sha256-{digest}'",
            "X-Robots-Tag": "noindex, nofollow, noarchive",
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "Vary": "Accept-Language",
        }

    def page(
        self,
        template: str,
        lang: Language,
        values: Mapping[str, object],
        status: int = 200,
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> Response:
        """Return a page; in templates `say(ja, en)` is the one of two texts that is read."""

        def say(ja: str, en: str) -> str:
            return ja if lang == "ja" else en

        made = self._templates.get_template(template)
        html = made.render(lang=lang, say=say, style=self._style, **values)
        told = {**self._headers, "Content-Language": lang, **headers}
        return Response(html, status, told, "text/html; charset=utf-8")
