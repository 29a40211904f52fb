"""Whose tokens a server trusts, and how it checks one-time codes, from its settings."""

import ipaddress
from urllib.parse import urlsplit

from sqlalchemy import Engine

from libs.edge.codes import Box, Codes
from libs.edge.identity import Role
from libs.edge.oidc import Issuer
from services.settings import Settings, SettingsFault


def issuer(chosen: Settings) -> Issuer | None:
    """Return the trusted issuer, or None; raise SettingsFault where it is named by half."""
    if not chosen.oidc_issuer:
        return None
    if chosen.keys != "required":
        raise SettingsFault("TONNE_OIDC_ISSUER: tokens are asked for with TONNE_KEYS=required only")
    for name in ("audience", "jwks", "roles"):
        if not getattr(chosen, f"oidc_{name}"):
            raise SettingsFault(f"TONNE_OIDC_{name.upper()} is missing: an issuer is trusted whole")
    where = urlsplit(chosen.oidc_jwks)
    if where.scheme == "http" and not _inside(where.hostname or ""):
        raise SettingsFault("TONNE_OIDC_JWKS: the issuer's keys are read over https")
    return Issuer(
        name=chosen.oidc_issuer,
        audience=chosen.oidc_audience,
        jwks=chosen.oidc_jwks,
        roles=_roles(chosen.oidc_roles),
        role_claim=chosen.oidc_role_claim,
        actor_claim=chosen.oidc_actor_claim,
        accounts_claim=chosen.oidc_accounts_claim,
    )


def one_time(chosen: Settings, engine: Engine) -> Codes | None:
    """Return what asks holders for the one-time codes of the rules, or None where nothing can.

    Without keys nobody is a holder; without TONNE_CODE_KEY no code can be checked.
    """
    if chosen.keys != "required" or not chosen.code_key:
        return None
    return Codes(engine, box(chosen))


def box(chosen: Settings) -> Box:
    """Return what seals the secrets; raise SettingsFault where TONNE_CODE_KEY is no key."""
    try:
        return Box(chosen.code_key)
    except ValueError:
        raise SettingsFault("TONNE_CODE_KEY is no key: tonne codes seal draws one") from None


def _roles(named: str) -> dict[str, Role]:
    found: dict[str, Role] = {}
    for one in filter(None, map(str.strip, named.split(","))):
        value, _, role = one.rpartition("=")
        if not value or role not in set(Role) or value in found:
            raise SettingsFault(f"TONNE_OIDC_ROLES: {one!r} is no VALUE=ROLE of its own")
        found[value] = Role(role)
    return found


def _inside(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
