"""Settings: read once from the environment, passed down as plain arguments."""

import os
import re
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

SECRETS = ("database", "key", "code_key", "notice_key")
"""Settings that may stand in a file named by TONNE_..._FILE, and that `config show` masks."""


class SettingsFault(ValueError):
    """A setting says what cannot be."""


class Settings(BaseSettings):
    """What an operator can choose; every name is `TONNE_` and the field in capitals."""

    model_config = SettingsConfigDict(env_prefix="TONNE_", frozen=True, extra="ignore")

    name: str = Field(
        default="main",
        pattern=r"^[a-z0-9][a-z0-9-]{0,39}$",
        description="The ledger's name; it names the topics on a cluster.",
    )
    log: str = Field(
        default="sqlite:///registry.db",
        description="Where commands and journal are kept: sqlite:///FILE or kafka://HOST:PORT,...",
    )
    kafka_ca: str = Field(
        default="",
        description="The certificate that the brokers' own are signed by; empty: no TLS.",
    )
    kafka_cert: str = Field(default="", description="This process's certificate for the brokers.")
    kafka_key: str = Field(default="", description="The file of that certificate's private key.")
    database: str = Field(
        default="",
        description="Where the tables are kept; empty: beside the log's file, as FILE.views.",
    )
    http: str = Field(default="127.0.0.1:8000", description="Where the server listens.")
    wait_ms: int = Field(
        default=2000, ge=1, le=60_000, description="How long HTTP waits for a verdict, in ms."
    )
    answer: Literal["verified", "accepted"] = Field(
        default="verified",
        description="When an API answers: once it re-decided the entry, or on its acceptance.",
    )
    patience_ms: int = Field(
        default=0,
        ge=-1,
        le=3_600_000,
        description="How long a replica lets the head stand still: 0 leads, -1 only verifies.",
    )
    state: str = Field(
        default="", description="A folder for snapshots; empty: beside the log's file, or none."
    )
    documents: str = Field(
        default="", description="A folder for documents; empty: beside the log's file, or none."
    )
    origin: str = Field(
        default="",
        description="What checkpoints are known by; empty: tonne.invalid/ and the ledger's name.",
    )
    checkpoint_key: str = Field(
        default="", description="The file of the key that signs checkpoints; empty: one is made."
    )
    checkpoint_keys_before: str = Field(
        default="",
        description="Public keys of checkpoints of before, NAME+ID+KEY, parted by commas.",
    )
    issuer: str = Field(
        default="",
        description="Who issues notices, as paper names it: in Japanese / in English.",
    )
    paper_key: str = Field(
        default="",
        description="The file of the key that seals documents; empty: one for specimens is made.",
    )
    paper_certificate: str = Field(
        default="", description="The file of that key's certificate, and of those above it."
    )
    paper_certificates_before: str = Field(
        default="", description="The file of certificates of before, whose paper is still genuine."
    )
    keys: Literal["required", "off"] = Field(
        default="off", description="Whether callers need an API key; off: loopback only."
    )
    key: str = Field(
        default="", description="The API key that our own commands show to a server (--server)."
    )
    partners: str = Field(
        default="",
        description="Whose letters `serve intake` takes: NAME or NAME=ACTOR, parted by commas.",
    )
    code_key: str = Field(
        default="", description="The key that seals the secrets of one-time codes."
    )
    oidc_issuer: str = Field(
        default="", description="Whose tokens are good beside API keys; empty: nobody's."
    )
    oidc_audience: str = Field(default="", description="Whom these tokens must be made for.")
    oidc_jwks: str = Field(
        default="", description="The issuer's public keys: https://... or a file of them."
    )
    oidc_roles: str = Field(
        default="",
        description="Which role a value of the role claim is: VALUE=ROLE, parted by commas.",
    )
    oidc_role_claim: str = Field(default="roles", description="The claim that says the role.")
    oidc_actor_claim: str = Field(default="sub", description="The claim that says who it is.")
    oidc_accounts_claim: str = Field(
        default="accounts", description="The claim that lists a holder's accounts."
    )
    smtp: str = Field(
        default="",
        description="The mail server, smtp://HOST:PORT; empty: notices wait in a table.",
    )
    notice_key: str = Field(
        default="",
        description="The key that private links of notices are made by, and older ones behind it.",
    )
    webhooks: Literal["public", "loopback"] = Field(
        default="public",
        description="Where webhooks may go: to public addresses over https, or to loopback too.",
    )
    mail_from: str = Field(default="registry@localhost", description="The sender of notices.")
    alarm_transfers: int = Field(
        default=100,
        ge=1,
        le=100_000,
        description="How many transfers out of one account in a short time are an alarm.",
    )
    alarm_minutes: int = Field(
        default=60, ge=1, le=1440, description="How short that time is, in minutes."
    )
    log_level: str = Field(
        default="info",
        pattern=r"^(debug|info|warning|error)$",
        description="How much the process says about itself: debug, info, warning or error.",
    )

    @property
    def log_file(self) -> Path:
        """The SQLite file of the log; raises SettingsFault for any other kind of log."""
        return sqlite_file(self.log)

    @property
    def brokers(self) -> str | None:
        """The brokers that a kafka:// log names, HOST:PORT parted by commas; None for a file."""
        return brokers(self.log)

    @property
    def database_url(self) -> str:
        """The address of the tables; raises SettingsFault where a log on Kafka names none."""
        if self.database or self.brokers is None:
            return self.database or f"sqlite:///{self.log_file}.views"
        raise SettingsFault("TONNE_DATABASE names no database, and a log on Kafka has no file")

    @property
    def documents_folder(self) -> Path | None:
        """Where documents are kept; None where a log on Kafka has no file to be beside."""
        if self.documents:
            return Path(self.documents)
        return Path(f"{self.log_file}.documents") if self.brokers is None else None

    @property
    def partner_actors(self) -> dict[str, str]:
        """The actor that each partner's letters are stamped with, by the partner's name."""
        return partner_actors(self.partners)


def settings(**chosen: str) -> Settings:
    """Return the settings; raise SettingsFault where the environment says what cannot be."""
    try:
        return Settings(**{**_from_files(), **chosen})  # type: ignore[arg-type]  # pydantic reads text into each field
    except ValidationError as wrong:
        first = wrong.errors()[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise SettingsFault(f"TONNE_{name}: {first['msg']}") from None


def _from_files() -> dict[str, str]:
    """Return the secrets that TONNE_..._FILE names a file for, as orchestrators mount them."""
    found = {}
    for name in SECRETS:
        file = os.environ.get(f"TONNE_{name.upper()}_FILE")
        if file:
            try:
                found[name] = Path(file).read_text(encoding="utf-8").strip()
            except OSError as wrong:
                raise SettingsFault(f"TONNE_{name.upper()}_FILE: {wrong.strerror}") from None
    return found


def shown_default() -> Settings:
    """Return the settings that help texts show: the built-in ones where the environment errs."""
    try:
        return settings()
    except SettingsFault:
        return Settings.model_construct()


def sqlite_file(url: str) -> Path:
    """Return the file that a `sqlite:///FILE` address names (four slashes: an absolute path)."""
    parts = urlsplit(url)
    if parts.scheme != "sqlite" or parts.netloc or parts.path in ("", "/"):
        raise SettingsFault(f"{url!r} is no address of a log; expected sqlite:///FILE")
    return Path(parts.path[1:])


def brokers(url: str) -> str | None:
    """Return the brokers of a `kafka://HOST:PORT,...` address; None where it is no such address."""
    scheme, _, named = url.partition("://")
    if scheme != "kafka":
        return None
    for one in named.split(","):
        host, _, port = one.rpartition(":")
        if not host or not port.isdecimal():
            raise SettingsFault(f"{url!r} is no address of brokers; expected kafka://HOST:PORT,...")
    return named


def partner_actors(named: str) -> dict[str, str]:
    """Return partners and their actors from `NAME=ACTOR,NAME`; an actor not named is partner:NAME.

    Raises SettingsFault where a name is none, stands twice, or would act as the registry itself.
    """
    found: dict[str, str] = {}
    for one in filter(None, map(str.strip, named.split(","))):
        name, said, actor = one.partition("=")
        actor = actor if said else f"partner:{name}"
        if not _partner.fullmatch(name) or not _actor.fullmatch(actor) or name in found:
            raise SettingsFault(f"TONNE_PARTNERS: {one!r} is no NAME or NAME=ACTOR of its own")
        if actor.startswith("system:"):
            raise SettingsFault("TONNE_PARTNERS: only the registry itself acts as system")
        found[name] = actor
    return found


def origins() -> tuple[dict[str, str], list[str]]:
    """Return where each setting comes from, and the TONNE_ names that are no setting."""
    mine = {name for name in os.environ if name.startswith("TONNE_")}
    fields = Settings.model_fields
    known = {
        name: "environment" if f"TONNE_{name.upper()}" in mine else "default" for name in fields
    }
    for name in SECRETS:
        if f"TONNE_{name.upper()}_FILE" in mine:
            known[name] = "file"
    ours = {f"TONNE_{name.upper()}" for name in fields}
    return known, sorted(mine - ours - {f"TONNE_{name.upper()}_FILE" for name in SECRETS})


def environment(**chosen: str) -> dict[str, str]:
    """Return this process's environment for a child, with settings of our choice, by field."""
    return {**os.environ, **{f"TONNE_{name.upper()}": value for name, value in chosen.items()}}


def masked(name: str, value: object) -> object:
    """Return a setting as it may be shown: of a secret only that it is there."""
    if name in ("key", "code_key", "notice_key") and value:
        return "***"
    return _password.sub(r"\1***@", str(value)) if name in ("database", "smtp") else value


_password = re.compile(r"(://[^:/@]*:)[^@]*@")

_partner = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_actor = re.compile(r"[A-Za-z0-9][A-Za-z0-9:._@-]{0,127}")
