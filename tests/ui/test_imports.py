"""What importing the desktop program costs beside the modules themselves."""

import subprocess
import sys


def test_no_library_is_kept_as_source_text() -> None:
    asked = (
        "import medidesk.app, medidesk.station, linecache\n"
        "print(sum('site-packages' in name for name in linecache.cache))"
    )
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["0"]
