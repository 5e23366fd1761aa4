"""Which processes serve a data folder, as each operating system tells it."""

import subprocess
import sys
from pathlib import Path

if sys.platform == "linux":
    # PostgreSQL's processes, and pg_ctl as MediDesk runs it, work in their data folder.

    def serves(pid: int, data: Path) -> bool:
        """Whether process `pid` is a server process of the folder `data`."""
        return _works_in(pid, data) == "postgres"

    def under_way(data: Path) -> bool:
        """Whether there are processes of a server of `data`, even of one without a pid file.

        That is a start whose MediDesk was killed, or sessions that outlive a killed server for a moment.
        """
        pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
        return any(_works_in(pid, data) in {"postgres", "pg_ctl"} for pid in pids)

    def _works_in(pid: int, folder: Path) -> str:
        """The name of process `pid` if it works in `folder`; empty otherwise."""
        process = Path(f"/proc/{pid}")
        try:
            if (process / "cwd").readlink() != folder.resolve():
                return ""
            return (process / "comm").read_text(encoding="utf-8").strip()
        except OSError:  # it has ended, or is another user's
            return ""

else:

    def serves(pid: int, data: Path) -> bool:
        """Whether process `pid` is a server process of the folder `data`, as far as can be told."""
        if sys.platform == "win32":
            said = _output("tasklist", "/FI", f"PID eq {pid}", "/FO", "CSV", "/NH")
            return "postgres" in said.lower()
        said = _output("/bin/ps", "-o", "command=", "-p", str(pid))
        return "postgres" in said and str(data) in said

    def under_way(data: Path) -> bool:
        """Never told here; PostgreSQL's own refusal is what is waited for."""
        del data
        return False

    def _output(*command: str) -> str:
        return subprocess.run(command, check=False, capture_output=True, text=True).stdout  # noqa: S603
