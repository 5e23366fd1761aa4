"""The `medidesk` command: alone it opens the desktop program; with a word after it, it does that one thing.

What the world does is told in two lines and ends with code 1; what is our own bug goes to the log and ends
with code 70. Nothing heavy is imported before it is needed: a person waits for the sign-in page.
"""

import io
import os
import sys
from collections.abc import Callable
from typing import Any

from medidesk.errors import MediDeskError
from medidesk.words import tr

EXIT_TOLD = 1
EXIT_BUG = 70
EXIT_INTERRUPTED = 130


def main() -> None:
    """What the `medidesk` command runs."""
    sys.exit(guarded(_desktop if len(sys.argv) == 1 else _command))


def guarded(function: Callable[[], Any]) -> int:
    """Run `function`; what goes wrong becomes a sentence on the screen and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a name or a sign that the terminal's code lacks
    try:
        function()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output (`| head`) has left; without this Python complains once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_TOLD
    except MediDeskError as error:
        print(error.title, error.sentence, error.next_step, sep="\n", file=sys.stderr)
        return EXIT_TOLD
    except Exception:  # the last one to hear of it
        import logging

        from medidesk.log import log_to
        from medidesk.sync.profiles import default_home

        path = log_to(default_home() / "log")
        logging.getLogger(__name__).exception("a command failed")
        print(
            tr("MediDesk met a problem of its own. Where it happened is written in {path}.", path=path),
            file=sys.stderr,
        )
        return EXIT_BUG
    return 0


def _desktop() -> None:
    from medidesk.app import run_desktop
    from medidesk.sync.profiles import default_home

    sys.exit(run_desktop(default_home()))


def _command() -> None:
    from medidesk.commands import app

    app()


if __name__ == "__main__":
    main()
