"""How a station stays current, and usable during outages. See docs/sync.md for the rules in prose."""
