"""One target in a process of its own: python -m tools.fuzz.one NAME, and libFuzzer's options."""

import logging
import sys

import atheris


def main() -> None:
    """Fuzz it until a time is over or something is found."""
    name, *options = sys.argv[1:]
    with atheris.instrument_imports(include=["medidesk", "tools.fuzz"]):
        from tools.fuzz import target

        found = target(name)
    logging.disable(logging.CRITICAL)
    atheris.Setup([sys.argv[0], *options], found.one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
