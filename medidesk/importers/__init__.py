"""Bringing in patients from other programs' files: FHIR R4 and Synthea's CSV.

    report = import_files(station, [Path("export.zip")])
    sentences = list(report.summary())

The way of a file: `sources` opens it within `limits`; `json_stream` and `csv_rows` cut it into entries;
`fhir` and `synthea_csv` gather what belongs to one patient, with `fhir_patient`, `fhir_clinical` and
`fhir_values` for the meaning; `importing` runs one verb for each patient; `report` says what was left out.
"""

from medidesk.importers.importing import Cancelled, ImportProgress, import_files
from medidesk.importers.report import Line, Report, Weight

__all__ = ["Cancelled", "ImportProgress", "Line", "Report", "Weight", "import_files"]
