"""What can be asked of an account's life 口座: its application, its people, its end."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from libs.ledger.accounts import AccountId, Actor
from libs.ledger.commands import Digest
from libs.ledger.corporate import CorporateNumber
from libs.ledger.instants import Day
from libs.ledger.texts import Code, Name, Note

Country = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}(?![\s\S])")]
Kana = Annotated[
    str, msgspec.Meta(max_length=300, pattern=r"^[\u3041-\u3096\u30fb\u30fc\u3000 ]+(?![\s\S])")
]
"""A name in hiragana, as the register of accounts sorts by it."""
MandateId = Annotated[str, msgspec.Meta(pattern=r"^m-[0-9]{1,16}(?![\s\S])")]


class LegalEntity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A legal entity 法人 or public body, with its full name, the form of the company in it.

    One of Japan has a `corporate_number` 法人番号; one of another country the number it is
    `registered_as` there. Who has neither is a natural person to the registry, and has no account.
    """

    country: Country
    name: Name
    name_kana: Kana
    corporate_number: CorporateNumber | UnsetType = UNSET
    registered_as: Name | UnsetType = UNSET


class Appointed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A representative, named by the actor that its keys stand for.

    `commitment` is the salted digest of the person's particulars, which are kept elsewhere and can
    be erased: the journal cannot forget.
    """

    actor: Actor
    role: Literal["initiator", "approver", "both", "read_only"]
    commitment: Digest | UnsetType = UNSET


class ApplyAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Apply for an account 口座開設申請, as one of its representatives to be, or an operator.

    A business has one account, unless a `department` 部署 with power of decision is named.
    """

    account: AccountId
    holder: LegalEntity
    kind: Code
    representatives: Annotated[tuple[Appointed, ...], msgspec.Meta(min_length=1, max_length=50)]
    department: Name | UnsetType = UNSET


class CheckedItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A point of the checklist that is settled, and the digest of the document that shows it."""

    item: Code
    document: Digest | UnsetType = UNSET


class ReviewAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Look into an application 審査, and tick what is settled; more may follow another day."""

    account: AccountId
    checks: Annotated[tuple[CheckedItem, ...], msgspec.Meta(max_length=100)]


class DecideAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Answer an application: open the account, return it for correction 差戻し, or reject it."""

    account: AccountId
    outcome: Literal["opened", "returned", "rejected"]
    reason: Note


class RenameAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Write down the new name 商号変更 of an account's holder."""

    account: AccountId
    name: Name
    name_kana: Kana | UnsetType = UNSET


class MergeAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Give all that an account holds to its successor 合併・承継, and close it.

    Orders and reservations must be gone first. It is no transfer: even credits that nobody may
    transfer go along.
    """

    account: AccountId
    successor: AccountId
    reason: Note


class RecordInsolvency(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Freeze the account of a bankrupt 破産, its administrator 破産管財人 alone representing it."""

    account: AccountId
    administrator: Actor
    reason: Note
    commitment: Digest | UnsetType = UNSET


class BeginClosing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Let nothing enter an account any more, so that it can be emptied and closed."""

    account: AccountId


class AppointRepresentative(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Let one more person represent an account; the secretariat has looked at who that is."""

    account: AccountId
    representative: Appointed


class DismissRepresentative(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Let a person represent an account no more."""

    account: AccountId
    representative: Actor


class ReplaceRepresentative(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Let one person follow another, or give the same person another role."""

    account: AccountId
    representative: Actor
    successor: Appointed


class GrantMandate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Let an agent 代理人 act for an account until the end of a legal day.

    The `agent` is another account, for which its own representatives act; or an `entity` that has
    none, for which the named `actors` do.
    """

    account: AccountId
    scope: Annotated[
        tuple[Literal["transfer", "invalidate"], ...], msgspec.Meta(min_length=1, max_length=2)
    ]
    until: Day
    agent: AccountId | UnsetType = UNSET
    entity: LegalEntity | UnsetType = UNSET
    actors: Annotated[tuple[Actor, ...], msgspec.Meta(min_length=1, max_length=50)] | UnsetType = (
        UNSET
    )


class RevokeMandate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Let an agent act no more."""

    account: AccountId
    mandate: MandateId
