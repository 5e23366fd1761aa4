"""What the world does to us, in words a receptionist understands.

Everything here carries a title, a sentence and a next step, and may be shown as it is. What is our own
bug is none of these: it goes to the log with its trace.
"""

from medidesk.words import tr


class MediDeskError(Exception):
    """Something people can be told about.

    Attributes:
        title: a few words, for a heading.
        sentence: what happened.
        next_step: what to do now; may be empty.
    """

    title = "Something went wrong"

    def __init__(self, sentence: str, next_step: str = "", *, title: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.next_step = next_step
        self.title = title or tr(type(self).title)

    def __str__(self) -> str:
        return f"{self.sentence} {self.next_step}".strip()


class DomainError(MediDeskError):
    """The user must mend something before this can be saved.

    Attributes:
        field: the form field it concerns, if it is one field.
    """

    title = "Not saved yet"

    def __init__(self, sentence: str, next_step: str = "", *, field: str | None = None) -> None:
        super().__init__(sentence, next_step)
        self.field = field


class NotAllowed(DomainError):
    """The person's roles do not include this."""

    title = "Not allowed"


class AlreadyDecided(DomainError):
    """Somebody else was quicker to decide about the same thing."""

    title = "Already decided"


class ServerUnreachable(MediDeskError):
    """No answer from the clinic's server."""

    title = "The server cannot be reached"


class NotServing(ServerUnreachable):
    """What answers is a standby, or a former primary: nobody can work there."""


class SignInRefused(MediDeskError):
    """Wrong user name or password, or a suspended account."""

    title = "Sign-in refused"


class PasswordRefused(SignInRefused):
    """The server knows another password."""


class NewPasswordNeeded(SignInRefused):
    """The password is right, and an administrator has set it: its person chooses their own first."""

    title = "Choose your own password"

    def __init__(self) -> None:
        super().__init__(
            tr("An administrator has set this password for you."),
            tr("Choose one of your own; nobody else knows it then."),
        )


class SignedOut(SignInRefused):
    """An administrator has ended this person's sessions."""

    title = "Signed out"

    def __init__(self) -> None:
        super().__init__(
            tr("An administrator has signed you out."), tr("Sign in again. What you have entered is kept.")
        )


class AccountSuspended(SignInRefused):
    """An administrator has suspended the account: it may not sign in here either, server or none."""


class CertificateProblem(MediDeskError):
    """The server's certificate is missing, expired, or not the clinic's."""

    title = "The server could not prove who it is"


class ServerProblem(MediDeskError):
    """The server cannot be started, is of a wrong version, or is not set up for MediDesk."""

    title = "The server has a problem"


class AnswerNotUnderstood(ServerProblem):
    """What a server answers makes no sense."""

    title = "The server's answer makes no sense"


class BackupProblem(MediDeskError):
    """A backup could not be taken, is damaged, or cannot be opened."""

    title = "The backup has a problem"


class ProgramTooOld(MediDeskError):
    """The server serves only newer programs: this one shows what it holds, and takes nothing new."""

    title = "This program is too old"


class ServerTooOld(MediDeskError):
    """The server has not been updated yet: what is entered waits on this PC until it is."""

    title = "The server is too old"


class StationInUse(MediDeskError):
    """This station's folder is already open in another MediDesk."""

    title = "MediDesk is already open"


class StationFilesProblem(MediDeskError):
    """A station file has the wrong key, is damaged, or cannot be written."""

    title = "This station's files have a problem"


class DiskFull(MediDeskError):
    """No room left on the disk."""

    title = "The disk is full"


class ImportRefused(MediDeskError):
    """A file that cannot be imported at all."""

    title = "This file cannot be imported"
