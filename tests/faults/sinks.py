"""What people were really told: the mails and the calls that arrived where they were sent to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import NamedTuple


class Mail(NamedTuple):
    """A mail as the mail server took it: its Message-ID, to whom, and the document in it."""

    id: str
    to: str
    document: bytes = b""

    @property
    def told(self) -> tuple[str, str]:
        """The number and the kind of the notice that it brings, empty where its id has none."""
        named, _, _ = self.id.strip("<>").rpartition("@")
        number, _, kind = named.rpartition(".")
        return number, kind


class Call(NamedTuple):
    """A webhook's call as its receiver got it, in a second since 1970.

    `taken` says that the receiver answered yes.
    """

    endpoint: str
    headers: Mapping[str, str]
    body: bytes
    second: int
    taken: bool = True


class Endpoint(NamedTuple):
    """A receiver: the key that it checks calls by, which facts it asked for, and of whom."""

    key: str
    events: tuple[str, ...] = ()
    account: str = ""


def arrived(mail: EmailMessage) -> Mail:
    """Return a mail as it is checked."""
    documents = [part.get_payload(decode=True) for part in mail.iter_attachments()]
    document = documents[0] if documents else b""
    assert isinstance(document, bytes)
    return Mail(str(mail["Message-ID"]), str(mail["To"]), document)


@dataclass
class Sinks:
    """Everything that arrived, and who was to be told: the address of each account, by account."""

    contacts: dict[str, str] = field(default_factory=dict)
    endpoints: dict[str, Endpoint] = field(default_factory=dict)
    mails: list[Mail] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
