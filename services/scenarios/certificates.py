"""The offset certificates オフセット証明書 of three uses that the life of J-Credits tells of."""

from collections.abc import Mapping

from libs.ledger.events.offsets import Activity, Gathering, Offset, Product
from services.notify.commands import RequestCertificate
from services.scenarios.play import Step, Story

OFFSETS: Mapping[str, Offset] = {
    "出雲ガス株式会社": Activity(
        activity="事業活動による排出",
        part="一部（年 30 t）",
        period_from="2021-04-01",
        period_to="2026-03-31",
    ),
    "いずも産業未来博2021 実行委員会": Gathering(
        event="いずも産業未来博2021", held_from="2021-11-06", held_to="2021-11-07"
    ),
    "坂根屋 出雲ぜんざい": Product(
        product="出雲ぜんざい", period_from="2021-04-01", period_to="2022-03-31"
    ),
}
"""What each of them offset, by who used the credits."""


def certificates(notices: Mapping[str, str]) -> Story:
    """Let the broker ask for them; `notices` has the number of each user's notice."""
    for user, offset in OFFSETS.items():
        asked = RequestCertificate("BROKER", notices[user], user, offset)
        yield Step(f"The certificate オフセット証明書 of {user}", "holder:broker", asked)
