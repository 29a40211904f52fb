"""Examples of the facts of notices."""

from libs.ledger import events as e
from libs.ledger.events.offsets import Gathering

EXAMPLES: tuple[e.Event, ...] = (
    e.NoticeIssued(
        number="main-45-1-r2",
        kind="invalidation",
        position=45,
        fact=0,
        sha256="5" * 64,
        parties=("A01",),
        check="6" * 64,
        predecessor="main-45-1",
    ),
    e.NoticeSuperseded(
        number="main-45-1",
        reason="The project's name was cut.",
        spelling=(e.Spelling("project_name", "間伐促進プロジェクト"),),
    ),
    e.NoticeWithdrawn(number="main-45-1-r2", reason="Annulled.", undone_by=60),
    e.BalanceRequested(account="A01", as_of="2026-03-31", until="2026-03-31T15:00:00.000Z"),
    e.CertificateRequested(
        account="A01",
        number="main-45-1",
        addressee="ひがしひろしま環境フェア2021 実行委員会",
        offset=Gathering(
            event="ひがしひろしま環境フェア2021",
            held_from="2021-10-10",
            held_to="2021-10-11",
            venue="東広島運動公園",
            boundary=("会場の電力", "来場者の移動"),
        ),
        quantity=137,
        pool="nichinan",
    ),
)
