"""The shared pieces every screen is built from: one look, one behaviour, one place."""
