"""Patients: find them, register them, open and keep their files."""
