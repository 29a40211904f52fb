"""What a certificate rests on: the retirement, as the paper of its own notice tells it."""

from sqlalchemy import Engine, select

from libs.edge.database import reaching
from libs.ledger.events import CertificateRequested
from services.notify.documents import Paper
from services.notify.papers import paper, papers


def retirement(outbox: Engine, owed: Paper) -> Paper | None:
    """Return the paper of the retirement that a certificate rests on; None for any other paper.

    It was owed before: whoever heard of the certificate has heard of the retirement.
    """
    if not isinstance(owed.event, CertificateRequested):
        return None
    wanted = select(papers).where(papers.c.number == owed.event.number)
    with reaching(), outbox.connect() as connection:
        return paper(dict(connection.execute(wanted).mappings().one()))
