"""The demo clinic: a server, people and patients on this computer, to try everything with."""

from medidesk.demo.start import Demo, DemoPerson, default_folder, open_demo, start, stop

__all__ = ["Demo", "DemoPerson", "default_folder", "open_demo", "start", "stop"]
