"""The clinic's PostgreSQL: finding, making, starting and stopping it."""
