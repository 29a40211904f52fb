"""The tiles of the tree, which the journal fills, and the checkpoints that were signed."""

from alembic import op
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Text,
)

revision = "0020"
down_revision = "0013"


def upgrade() -> None:
    """Make the tables; tiles are empty until a rebuild, or the journal's first entry."""
    op.create_table(
        "tiles",
        Column("path", String().with_variant(String(collation="C"), "postgresql"), nullable=False),
        Column("hashes", LargeBinary, nullable=False),
        PrimaryKeyConstraint("path", name="tiles_pkey"),
        CheckConstraint(
            "length(hashes) BETWEEN 32 AND 8192 AND length(hashes) % 32 = 0", name="tiles_hashes"
        ),
    )
    op.create_table(
        "checkpoints",
        Column("origin", String, nullable=False),
        Column("size", BigInteger, nullable=False),
        Column("note", Text, nullable=False),
        Column("key", Text, nullable=False),
        PrimaryKeyConstraint("origin"),
    )


def downgrade() -> None:
    """Drop both: a rebuild makes the tiles again; what was signed only the file remembers."""
    op.drop_table("checkpoints")
    op.drop_table("tiles")
