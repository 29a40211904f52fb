"""The words of notices: what each kind and each field is called, in Japanese and in English."""

from collections.abc import Mapping
from typing import TypeAlias

Said: TypeAlias = tuple[str, str]
"""The same in Japanese and in English."""

TITLES: Mapping[str, Said] = {
    "account": ("口座開設通知", "Notice of an account opened"),
    "annulment": ("クレジット取消通知", "Notice of credits annulled"),
    "balance": ("残高証明書", "Certificate of a balance"),
    "buffer": ("バッファー取消公告", "Notice of buffer credits cancelled"),
    "cancellation": ("償却通知", "Cancellation notice"),
    "certificate": ("カーボン・オフセット証明書", "Carbon offset certificate"),
    "decision": ("口座開設審査結果通知", "Notice of the answer to an application for an account"),
    "certificates": ("オフセット証明書 集計", "Statement of offset certificates"),
    "deposits": ("預り証 集計", "Statement of receipts of donations"),
    "invalidation": ("無効化通知書", "Retirement notice"),
    "issuance": ("認証・発行通知", "Notice of certification and issuance"),
    "reversal": ("補填通知", "Notice of a reversal made good"),
    "settlement": ("寄付金精算 集計", "Statement of donations settled"),
    "transfer": ("移転通知", "Notice of a transfer"),
    "withdrawal": ("認証取消通知", "Notice of an issuance withdrawn"),
}
"""By the kind that rule sets name."""

UNTITLED: Said = ("文書", "Document")
"""What a document of any other kind is called, or one of a later version."""

ISSUER: Said = ("登録簿管理者", "Registry operator")
"""Who issues notices, where the operator gave no name of its own."""

SCHEMES: Mapping[str, Said] = {
    "JC": ("J-クレジット", "J-Credit"),
    "JCL": ("J-クレジット", "J-Credit"),
    "JP": ("J-VER", "J-VER"),
    "KC": ("国内クレジット（通常型）", "Domestic Credit (single project)"),
    "KCP": ("国内クレジット（プログラム型）", "Domestic Credit (programme)"),
}
"""By the symbol of a scheme 制度記号; any other is shown as it is."""

_JA = "クレジットは、二度と移転も利用もできません。"
_EN = "can never be transferred or used again."
FINAL: Mapping[str, Said] = {
    "cancellation": (f"償却した{_JA}", f"Credits that were cancelled {_EN}"),
    "certificate": (
        "この証明書は、譲渡できる権利を表すものではありません。",
        "This certificate is no transferable right.",
    ),
    "invalidation": (f"無効化した{_JA}", f"Credits that were retired {_EN}"),
    "reversal": (f"補填に用いた{_JA}", f"Credits that made good for a reversal {_EN}"),
}

LABELS: Mapping[str, Said] = {
    "number": ("通知番号", "Notice number"),
    "date": ("日付", "Date"),
    "account": ("口座番号", "Account"),
    "holder": ("口座保有者", "Account holder"),
    "source": ("移転元口座", "From account"),
    "source_holder": ("移転元の口座保有者", "Holder of that account"),
    "target": ("移転先口座", "To account"),
    "target_holder": ("移転先の口座保有者", "Holder of the receiving account"),
    "order": ("移転申請", "Transfer order"),
    "user": ("クレジット利用者", "User of the credits"),
    "corporate_number": ("利用者の法人番号", "Corporate number of the user"),
    "agent": ("申請代行者", "Agent"),
    "purpose": ("目的", "Purpose"),
    "detail": ("目的詳細", "Details of the purpose"),
    "scope": ("対象範囲", "Scope"),
    "fiscal_year": ("対象年度", "Fiscal year"),
    "period": ("対象期間", "Period"),
    "used_at": ("利用地", "Place of use"),
    "energy": ("再エネ(電力)のエネルギー換算量", "Renewable electricity claimed"),
    "stated_on": ("元の登録簿が示す日", "Day stated by the source registry"),
    "outcome": ("結果", "Answer"),
    "reason": ("理由", "Reason"),
    "lot": ("クレジット認証番号", "Certification number of the credits"),
    "annulled_after_use": ("利用後に取り消されたシリアル番号", "Serials annulled after their use"),
    "buffer_left": ("バッファー残高", "Left in the buffer"),
    "as_of": ("基準日", "As of the end of"),
    "balance": ("残高", "Balance"),
    "balance_of_lot": ("認証番号別の残高", "Balance by lot"),
    "quantity": ("数量", "Quantity"),
    "serials": ("シリアル番号", "Serial numbers"),
    "certification": ("認証", "Certification"),
    "certification_number": ("クレジット認証番号", "Certification number of the credits"),
    "project": ("プロジェクト番号", "Project number"),
    "project_name": ("プロジェクト名", "Project"),
    "methodologies": ("方法論", "Methodologies"),
    "place": ("実施地", "Place of the project"),
    "implementer": ("創出者", "Implementer"),
    "certified_on": ("認証日", "Certified on"),
    "vintage": ("モニタリング期間", "Monitoring period"),
    "addressee": ("宛先", "To"),
    "retirement_notice": ("無効化通知書番号", "Retirement notice"),
    "retired_at": ("無効化日", "Date of retirement"),
    "cancellation_notice": ("償却通知番号", "Notice of cancellation"),
    "cancelled_at": ("償却日", "Date of cancellation"),
    "pool": ("プール", "Pool"),
    "municipality": ("寄付先の自治体", "Municipality"),
    "gift": ("返礼品", "Return gift"),
    "product": ("製品・サービス", "Product or service"),
    "items": ("対象数", "Number of items"),
    "grams_each": ("1点当たり (g)", "Each (g)"),
    "yen_each": ("1点当たりの金額 (円)", "Price share of each (JPY)"),
    "activity": ("活動", "Activity"),
    "part": ("オフセットした部分", "Part offset"),
    "event": ("会議・イベント", "Event"),
    "venue": ("会場", "Venue"),
    "boundary": ("算定対象", "Emission source"),
    "journey": ("移動の内容", "Journeys"),
    "travellers": ("人数", "Travellers"),
    "offset_period": ("対象期間", "Period"),
    "entry": ("台帳の記録", "Ledger entry"),
    "pool_name": ("プールの名称", "Name of the pool"),
    "tenant": ("事業者", "Tenant"),
    "lines": ("件数", "Documents"),
    "grams": ("オフセット量の合計", "Grams told out together"),
    "yen": ("寄付額の合計", "Yen together"),
    "retirement": ("根拠となる無効化通知", "Retirement behind them"),
}
"""By the code of a field."""


def titled(kind: str) -> Said:
    """Return what notices of a kind are called: a rule set may name one that has no words here."""
    return TITLES.get(kind, UNTITLED)
