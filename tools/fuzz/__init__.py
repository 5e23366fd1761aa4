"""What comes from outside, tried with bytes that a coverage-guided fuzzer (atheris) makes up.

Each module beside this one that is named in `TARGETS` is a target: `SEEDS`, whole inputs to begin with, and `one`,
which takes any bytes. Whatever leaves `one` is a find.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass

TARGETS = ("csv_files", "fhir_files", "zip_files", "codes", "addresses", "answers", "typed_values")


@dataclass(frozen=True)
class Target:
    """One thing that reads what comes from outside.

    Attributes:
        name: the module's.
        seeds: whole inputs.
        one: tries bytes.
    """

    name: str
    seeds: tuple[bytes, ...]
    one: Callable[[bytes], None]


def target(name: str) -> Target:
    """A target by its name."""
    module = importlib.import_module(f"{__name__}.{name}")
    return Target(name, module.SEEDS, module.one)
