"""What waits to be sent and what stands under attention at a PC, as far as one person may see and decide it."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from medidesk.errors import DomainError, NotAllowed
from medidesk.permissions import may_read
from medidesk.sync import decisions, problems
from medidesk.sync.codec import codecs
from medidesk.sync.engine import Engine
from medidesk.sync.outbox import Entry
from medidesk.sync.outcomes import Attention, Outcome, Queued, Saved, Waiting
from medidesk.words import tr


class Unsent:
    """The outbox as one person sees it. Listing is open to every thread; deciding is the loop's."""

    def __init__(self, engine: Engine, roles: tuple[str, ...]) -> None:
        self._engine = engine
        self._login = engine.author.login
        self._areas = may_read(roles)

    def waiting(self) -> list[Waiting]:
        """What waits to be sent, oldest first; of a colleague's work that one may not read, its title alone."""
        return [
            problems.waiting(entry) if self._sees(entry) else replace(problems.waiting(entry), line="")
            for entry in self._engine.outbox.entries("waiting")
        ]

    def attention(self) -> list[Attention]:
        """What needs a person, oldest first."""
        return [
            problems.attention(entry) if self._sees(entry) else problems.for_others(entry)
            for entry in self._engine.outbox.entries("attention")
        ]

    def decide(self, op_id: UUID, choices: Mapping[str, str]) -> Outcome:
        """Carry out the choices about a conflict, as a new operation in this person's name.

        Raises:
            DomainError: a choice is missing, or it was decided already.
            NotAllowed: it is about what this person may not read.
        """
        operation = decisions.decided(self._under_attention(op_id), choices, self._login)
        if operation is None:
            self._drop(op_id, {"decided": "theirs"})
            return Saved(None, op_id)
        self._engine.runs.keep(operation, told=True)
        return Queued(operation.id, None)

    def discard(self, op_id: UUID, reason: str) -> Outcome:
        """Drop what stands under attention.

        Raises:
            DomainError: no reason is given, or it was decided already.
            NotAllowed: it is about what this person may not read.
        """
        if not reason.strip():
            raise DomainError(tr("Say in a few words why."), field="reason")
        self._under_attention(op_id)
        self._drop(op_id, {"discarded": reason, "by": self._login})
        return Saved(None, op_id)

    def _drop(self, op_id: UUID, why: dict[str, str]) -> None:
        self._engine.outbox.drop(op_id, why)
        self._engine.recount()

    def _sees(self, entry: Entry) -> bool:
        """Whether this person may read all that an operation writes; one's own one always may."""
        operation = entry.operation
        return operation.author == self._login or all(
            codecs()[write.table].model.__rules__.area in self._areas for write in operation.writes
        )

    def _under_attention(self, op_id: UUID) -> Entry:
        entry = self._engine.outbox.entry(op_id)
        if entry is None or entry.problem is None:
            raise DomainError(tr("There is nothing to decide about this any more."), tr("Look at the file."))
        if not self._sees(entry):
            raise NotAllowed(
                tr("Your roles do not include this."), tr("Whoever entered it, or a clinician, can decide.")
            )
        return entry
