"""Certifications of projects, and the devices that they were monitored by."""

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Integer,
    PrimaryKeyConstraint,
    String,
)
from sqlalchemy.types import TypeEngine

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the tables of certifications; the journal fills them."""
    op.add_column("lots", Column("certification", _words()))
    op.add_column("lots", Column("electricity_kwh", BigInteger))
    op.add_column("lots", Column("energy_saving", Boolean))
    op.add_column("lots", Column("heat_mj", BigInteger))
    op.add_column("lots", Column("prefecture", Integer))
    op.create_table(
        "certifications",
        Column("certification", _words(), nullable=False),
        Column("project", _words(), nullable=False),
        Column("member", _words()),
        Column("phase", _words(), nullable=False),
        Column("period_from", _words(), nullable=False),
        Column("period_to", _words(), nullable=False),
        Column("measured", _words()),
        Column("methodologies", _words()),
        Column("quantity", BigInteger),
        Column("electricity_kwh", BigInteger),
        Column("heat_mj", BigInteger),
        Column("energy_saving", Boolean),
        Column("prefecture", Integer),
        Column("report", _words()),
        Column("verifier", _words()),
        Column("verified_on", _words()),
        Column("verification", _words()),
        Column("minutes", _words()),
        Column("decided_on", _words()),
        Column("lot", _words()),
        Column("position", BigInteger, nullable=False),
        Column("at", _words(), nullable=False),
        PrimaryKeyConstraint("certification", name="certifications_pkey"),
        CheckConstraint("quantity >= 1", name="certifications_quantity"),
    )
    op.create_index("certifications_by_project", "certifications", ["project", "certification"])
    op.create_index("certifications_by_phase", "certifications", ["phase", "certification"])
    op.create_table(
        "certification_devices",
        Column("certification", _words(), nullable=False),
        Column("device", _words(), nullable=False),
        PrimaryKeyConstraint("certification", "device", name="certification_devices_pkey"),
    )
    op.create_index(
        "certification_devices_by_device", "certification_devices", ["device", "certification"]
    )


def downgrade() -> None:
    """Drop them: the journal has all that was in them."""
    op.drop_table("certification_devices")
    op.drop_table("certifications")
    for name in ("prefecture", "heat_mj", "energy_saving", "electricity_kwh", "certification"):
        op.drop_column("lots", name)


def _words() -> TypeEngine[str]:
    return String().with_variant(String(collation="C"), "postgresql")
