"""The list of held facts stays short: of many the oldest, and of a long one its first rows."""

from psycopg.types.json import Jsonb

from tests.support.database import Clinic
from tests.support.held_facts import broken, held, listed
from tests.support.operations import added, one, operation


def test_of_a_long_fact_the_first_rows_are_listed_and_the_others_counted(clinic: Clinic) -> None:
    rows = [added("patient", clinic.org_id, family_name=name) for name in ("", *"ABCDEFG")]
    held(clinic, "sofia", operation("sofia", *rows, kind="fact") | {"line": "Eight of them"})
    broken(clinic)
    long, short = listed(clinic.connect("ingrid"))
    assert [write["id"] for write in long["writes"]] == [row["id"] for row in rows[:6]]
    assert (long["more"], short["more"], len(short["writes"])) == (2, 0, 1)
    # It may tell of rows that were not asked about.
    assert long["line"] is None


def test_the_badge_counts_what_the_page_lists(clinic: Clinic) -> None:
    payload = operation("sofia", added("patient", clinic.org_id, family_name=""), kind="fact")
    with clinic.admin() as admin:
        admin.execute(
            "with made as (select gen_random_uuid() as id from generate_series(1, 201)), ledger as ("
            "  insert into applied_operation (op_id, payload_sha, author, verb, epoch)"
            "  select id, '', 'sofia', 'x', 1 from made) "
            "insert into held_fact (op_id, author, payload, sqlstate, reason) "
            "select id, 'sofia', %s, '23514', '' from made",
            (Jsonb(payload),),
        )
    ingrid = clinic.connect("ingrid")
    shown = [fact["op_id"] for fact in listed(ingrid)]
    assert len(shown) == 200
    assert one(ingrid, "select held_news('{}')->'undecided'") == shown
