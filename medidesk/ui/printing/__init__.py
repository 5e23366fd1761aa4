"""Papers: what is printed, from templates that a clinic can brand; seen before, and kept as PDF."""
