"""An import may meet an outage."""

from tests.support.proxy import proxy

__all__ = ["proxy"]
