import subprocess
import sys
from pathlib import Path

import pytest

from medidesk.errors import ServerProblem
from medidesk.server.file_lock import file_lock

ROOT = Path(__file__).resolve().parents[2]
HOLD = """
import sys
from pathlib import Path
from medidesk.server.file_lock import file_lock
with file_lock(Path(sys.argv[1]), 5):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(path: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_one_process_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    process = holder(path)
    with pytest.raises(ServerProblem, match="Another MediDesk"), file_lock(path, 0.1):
        pass
    process.communicate("")
    with file_lock(path, 0.1):
        pass


def test_it_goes_with_its_holder(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    process = holder(path)
    process.kill()
    process.communicate()
    with file_lock(path, 5):
        pass


def test_a_child_that_inherits_it_keeps_it(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with file_lock(path, 1) as descriptor:
        child = subprocess.Popen(["cat"], stdin=subprocess.PIPE, pass_fds=[descriptor])
    with pytest.raises(ServerProblem), file_lock(path, 0.1):
        pass
    child.communicate(b"")
    with file_lock(path, 5):
        pass


def test_a_place_that_can_be_no_folder_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for path in (file / "a.lock", tmp_path / ("long" * 100)):
        with pytest.raises(ServerProblem, match="cannot use") as refused, file_lock(path, 0):
            pass
        assert str(path) in refused.value.sentence
