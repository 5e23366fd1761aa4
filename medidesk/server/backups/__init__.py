"""Backups of a clinic's server: taken, checked by restoring them, sealed for one key, kept twice, brought back."""
