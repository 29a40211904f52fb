"""Statements 集計: the notice of a batch as paper, with the root over its lines' documents."""

from services.notify import children
from services.notify.documents import About, Paper, Rendered
from services.notify.links import Links
from services.notify.pages import FORM, PDF, Pdf


class Statements:
    """Renders the facts that have a document for each line; any other is for `single`.

    Documents are made to be hashed, and no page is set but the statement's.
    """

    def __init__(self, single: Pdf, links: Links) -> None:
        self._single = single
        self._links = links

    def render(self, paper: Paper, about: About) -> Rendered:
        """Return the base's bytes; raises NotRendered where no page can be set."""
        if paper.form != FORM or about.pooled is None:
            return self._single.render(paper, about)
        from libs.edge.paper.render import render  # noqa: PLC0415 - loads a typesetter

        imprint = self._single.imprint
        common = children.common(paper, about, imprint, self._links)
        batch = children.batch(common, about, self._links)
        told = children.aggregate(common, about, batch, imprint.address(paper.number))
        return Rendered(PDF, render(told), batch)
