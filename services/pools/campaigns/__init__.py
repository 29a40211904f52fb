"""Campaigns キャンペーン: one name, one period, many tenants of a pool that tell out under it."""
