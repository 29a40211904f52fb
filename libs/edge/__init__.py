"""What the edges of all rooms share: the HTTP frame, the tables that follow, the metrics."""
