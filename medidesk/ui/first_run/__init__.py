"""The first start on a PC: try the demo, work on this PC alone, or join a clinic's server."""
