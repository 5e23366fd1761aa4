"""What a server answers may be anything, until it has been read."""

import logging
import struct
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from medidesk.sync.sqlcipher import DRIVER

log = logging.getLogger(__name__)

# What reading an answer of another shape fails with; and a file of ours that is given values which none holds.
_NONSENSE = (
    LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError, struct.error,
    DRIVER.IntegrityError, DRIVER.InterfaceError, DRIVER.ProgrammingError,
)  # fmt: skip


class NotUnderstood(psycopg.OperationalError):
    """A server's answer is none that MediDesk understands: as if it had not answered."""


@contextmanager
def understood() -> Iterator[None]:
    """An answer that makes no sense leaves the block as one that did not come; where it was read is logged.

    Raises:
        NotUnderstood: it makes no sense.
    """
    try:
        yield
    except _NONSENSE as error:
        log.exception("a server's answer was not understood")
        raise NotUnderstood("the answer was not understood") from error
    except psycopg.Error as error:
        if error.sqlstate is not None or isinstance(error, psycopg.OperationalError):
            raise
        log.exception("a server's answer was not understood")  # psycopg's own words about it
        raise NotUnderstood("the answer was not understood") from error
