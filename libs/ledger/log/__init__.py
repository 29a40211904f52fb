"""The two logs, kept in memory or in one SQLite file (in Kafka on a cluster)."""
