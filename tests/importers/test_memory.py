"""A bundle is read in memory that does not grow with its length."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.importers.samples import allergy, condition, entry, patient

MB = 1_000_000
LONG = 60 * MB
BOUND_MB = 24  # above what a read of nothing takes; held whole it would take several times its length

PROBE = """
import resource, sys
from pathlib import Path
from medidesk.importers import import_files

def peak():
    # Not ru_maxrss: a child begins with the peak of the process that started it.
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1000

import_files(None, [Path(sys.argv[1])], dry_run=True)
before = peak()
report = import_files(None, [Path(sys.argv[2])], dry_run=True)
print(report.added, report.allergies, report.conditions, len(report.lines), peak() - before)
"""


def observation(of: str, number: int) -> dict[str, object]:
    return {
        "resourceType": "Observation",
        "id": f"o{number}",
        "subject": {"reference": of},
        "text": {"status": "generated", "div": "<div>" + f"reading {number} " * 40 + "</div>"},
        "code": {"text": "Body height"},
        "valueQuantity": {"value": 170.2, "unit": "cm"},
    }


def large_bundle(path: Path, size: int) -> int:
    """Write a bundle; per patient 30 observations, 2 conditions, and an allergy before all. Returns patients."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        file.write('{"resourceType": "Bundle", "type": "transaction", "entry": [\n')
        while file.tell() < size:
            url = f"urn:uuid:{count:08x}-0000-4000-8000-000000000000"
            person = patient(f"p{count}", identifier=[{"system": "urn:mr", "value": str(count)}])
            entries = [
                entry(allergy(url)),
                entry(person, url),
                *(entry(condition(url, text)) for text in ("Asthma", f"Gout {count}")),
                *(entry(observation(url, number)) for number in range(30)),
            ]
            file.write(("," if count else "") + ",\n".join(map(json.dumps, entries)))
            count += 1
        file.write("]}")
    return count


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of a process is read from /proc")
def test_a_long_bundle_takes_a_fraction_of_its_length(tmp_path: Path) -> None:
    small, large = tmp_path / "small.json", tmp_path / "large.json"
    large_bundle(small, 100_000)
    people = large_bundle(large, LONG)
    result = subprocess.run(
        [sys.executable, "-c", PROBE, small, large], capture_output=True, text=True, check=True, timeout=150
    )
    added, allergies, conditions, lines, grown = result.stdout.split()
    assert (int(added), int(allergies), int(conditions), int(lines)) == (people, people, 2 * people, 0)
    assert float(grown) < BOUND_MB
