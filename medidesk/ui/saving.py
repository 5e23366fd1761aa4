"""A file that somebody keeps where they say: written whole or not at all, and told where it cannot be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from medidesk.errors import MediDeskError, ServerProblem
from medidesk.server.private_files import write_private
from medidesk.words import tr


def ask_for_place(
    parent: QWidget, title: str, kind: str, name: str, chosen: Callable[[Path], object]
) -> None:
    """Ask where a file is to be kept.

    Args:
        parent: over which window.
        title: of what is being kept.
        kind: what sort of file it is, in words.
        name: the one that is proposed, with its ending.
        chosen: called with the path; never where it was thought better of.
    """
    ending = name.rpartition(".")[2]
    dialog = QFileDialog(parent, title)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilter(f"{kind} (*.{ending})")
    dialog.setDefaultSuffix(ending)
    dialog.selectFile(name)
    dialog.fileSelected.connect(lambda path: chosen(Path(path)))
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()


def save_file(path: Path, content: bytes) -> None:
    """Write a file, in the place of one that is there already.

    Raises:
        DiskFull: there is no room.
        MediDeskError: there is no such folder, the file is open elsewhere, or one may not write there.
    """
    try:
        write_private(path, content)
    except FileNotFoundError as error:
        raise MediDeskError(
            tr("There is no folder {folder}.", folder=path.parent), tr("Choose another place.")
        ) from error
    except ServerProblem as problem:
        if not isinstance(problem.__cause__, PermissionError):
            raise
        raise MediDeskError(
            tr("{name} cannot be written there.", name=path.name),
            tr("If another program has it open, close it there; or choose another name or folder."),
        ) from problem
