"""What waits to be sent and what stands under attention at a PC, as far as one person may see and decide it."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from medidesk.errors import DomainError, NotAllowed
from medidesk.permissions import may_read
from medidesk.repositories.decisions import Decided, Verdict
from medidesk.sync import decisions, problems
from medidesk.sync.codec import codecs
from medidesk.sync.engine import Engine
from medidesk.sync.operation import Operation
from medidesk.sync.outbox import Entry
from medidesk.sync.outcomes import Attention, Outcome, Queued, Waiting
from medidesk.sync.verb_runs import with_decision
from medidesk.words import tr


class Unsent:
    """The outbox as one person sees it. Listing is open to every thread; deciding is the loop's."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._login = engine.author.login

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
        entry = self._under_attention(op_id)
        operation = decisions.decided(entry, choices, self._login)
        record = self._engine.runs.decision(problems.decided(entry), decisions.verdict(choices))
        return self._keep(record if operation is None else with_decision(operation, record))

    def discard(self, op_id: UUID, reason: str) -> Outcome:
        """Give up what stands under attention, as an operation in this person's name.

        Raises:
            DomainError: no reason is given, or it was decided already.
            NotAllowed: it is about what this person may not read.
        """
        about = problems.decided(self._under_attention(op_id))
        return self._keep(self._engine.runs.decision(about, Verdict.DISCARDED, reason))

    def to_resolve(self, op_id: UUID) -> Decided:
        """The refused work that somebody is about to send again, typed anew.

        Raises:
            DomainError: it was decided already.
            NotAllowed: it is about what this person may not read.
        """
        return problems.decided(self._under_attention(op_id))

    def _keep(self, operation: Operation) -> Outcome:
        self._engine.runs.keep(operation, told=True)
        return Queued(operation.id, None)

    def _sees(self, entry: Entry) -> bool:
        """Whether this person may read all that an operation writes; one's own one always may."""
        operation, areas = entry.operation, may_read(self._engine.user.rights)
        return operation.author == self._login or all(
            codecs()[write.table].model.__rules__.area in areas for write in operation.writes
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
