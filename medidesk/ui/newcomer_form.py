"""Somebody new: who they are, and in which role they work."""

import unicodedata
from uuid import UUID

from PySide6.QtWidgets import QWidget

from medidesk.repositories.people import RoleRow
from medidesk.sync.accounts import Newcomer
from medidesk.ui.kit.form import Field, Form, FormSpec
from medidesk.words import tr


class NewcomerForm(Form):
    """The form.

    Args:
        branches: ids and names of the organisations; where there is one, nobody is asked.
        roles: those that there are.
        own: the organisation of whoever fills it in.
    """

    def __init__(
        self,
        branches: list[tuple[UUID, str]],
        roles: list[RoleRow],
        own: UUID,
        parent: QWidget | None = None,
    ) -> None:
        self._own, self._typed_login = own, False
        fields = [
            Field("given_name", tr("Given name"), max_length=100),
            Field("family_name", tr("Family name"), required=True, max_length=100),
            Field(
                "login", tr("User name"), required=True, max_length=63, help=tr("Small letters and digits")
            ),
            Field("role", tr("Role"), "choice", required=True, choices=role_choices(roles)),
        ]
        if len(branches) > 1:
            fields.append(
                Field("branch", tr("Branch"), "choice", required=True, choices=tuple(branches), span=2)
            )
        super().__init__(FormSpec(tuple(fields)), parent=parent)
        self.set_values({"role": None, "branch": own})
        self.changed.connect(self._suggest)

    def newcomer(self) -> Newcomer | None:
        """Whom it describes; None where something is missing, which is then said beside its field."""
        if not self.check():
            return None
        values = self.values()
        branch = values.get("branch", self._own)
        if not isinstance(branch, UUID):
            raise TypeError(branch)
        return Newcomer(
            str(values["login"]).lower(),
            str(values["family_name"]),
            str(values["given_name"] or ""),
            str(values["role"]),
            branch,
        )

    def _suggest(self, name: str) -> None:
        """A user name from the given name, until somebody types another."""
        if name == "login":
            self._typed_login = True
        elif name == "given_name" and not self._typed_login:
            self.set_values({"login": login_from(str(self.values()["given_name"] or ""))})


def role_choices(roles: list[RoleRow]) -> tuple[tuple[object, str], ...]:
    """The roles there are, for a choice."""
    return tuple((row.name, tr(row.label) if row.levels is None else row.label) for row in roles)


def login_from(name: str) -> str:
    """A user name made of somebody's given name: "José Luis" gives "jose"."""
    plain = unicodedata.normalize("NFKD", name.split(" ", maxsplit=1)[0] if name else "").casefold()
    return "".join(letter for letter in plain if letter.isascii() and letter.isalnum())
