"""The environment is made where the project lies, and nothing elsewhere is emptied for it."""

import venv
from pathlib import Path

import pytest

from tools import bootstrap


def test_a_link_in_the_place_of_the_environment_empties_no_other_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs, link = tmp_path / "theirs", tmp_path / ".venv"
    theirs.mkdir()
    (theirs / "kept").touch()
    link.symlink_to(theirs)
    monkeypatch.setattr(bootstrap, "ENVIRONMENT", link)
    monkeypatch.setattr(venv.EnvBuilder, "create", lambda _self, folder: Path(folder).mkdir())
    bootstrap.make_environment()
    assert (theirs / "kept").exists()
    assert not link.is_symlink()
