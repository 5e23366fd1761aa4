"""Appointments: the calendar of a branch."""
