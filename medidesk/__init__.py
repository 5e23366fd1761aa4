"""MediDesk: the desktop application that runs a clinic."""

__version__ = "0.1.0"
