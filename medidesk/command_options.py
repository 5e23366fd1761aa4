"""What the commands of `medidesk` ask for alike: the station's folder, and an answer for programs."""

from pathlib import Path
from typing import Annotated

import typer

Home = Annotated[
    Path | None,
    typer.Option("--home", help="The station's folder.", envvar="MEDIDESK_HOME", show_default=False),
]
AsJson = Annotated[bool, typer.Option("--json", help="For programs: JSON.")]


def home_of(given: Path | None) -> Path:
    """The station's folder: the given one, or where it is without a word."""
    if given is not None:
        return given
    from medidesk.sync.profiles import default_home

    return default_home()
