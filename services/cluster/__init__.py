"""Real servers on one machine: Kafka from its own jars, PostgreSQL, and every service of tonne."""
