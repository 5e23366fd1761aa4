"""How long backups are kept, whatever is taken when."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from medidesk.server.backups import shelf
from medidesk.server.backups.shelf import Plan

PLAN = Plan("age1", Path("backups"), None, days=7, weeks=4, months=6)
NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
moments = st.sets(
    st.integers(0, 3 * 365 * 24 * 60).map(lambda minutes: NOW - timedelta(minutes=minutes)), max_size=60
)


@given(moments)
def test_the_newest_and_all_of_two_days_stay_and_nothing_is_kept_without_a_reason(
    taken: set[datetime],
) -> None:
    keep = shelf.kept(PLAN, taken, NOW)
    assert keep <= taken
    assert {one for one in taken if NOW - one < timedelta(days=2)} <= keep
    assert not taken or max(taken) in keep
    old = [one for one in keep if NOW - one >= timedelta(days=2)]
    assert len(old) <= PLAN.days + PLAN.weeks + PLAN.months


@given(moments, st.integers(1, 40))
def test_deleting_night_after_night_keeps_what_deleting_once_would(taken: set[datetime], nights: int) -> None:
    """A backup that a plan wants in a month is not gone before that month is over."""
    left = set(taken)
    for night in range(nights):
        now = NOW + timedelta(days=night)
        left |= {now}
        left = shelf.kept(PLAN, left, now)
    whole = set(taken) | {NOW + timedelta(days=night) for night in range(nights)}
    wanted = shelf.kept(PLAN, whole, NOW + timedelta(days=nights - 1))
    newest_of_month = {max(one for one in whole if one.strftime("%Y-%m") == month) for month in
                       {one.strftime("%Y-%m") for one in wanted}}  # fmt: skip
    assert newest_of_month & wanted <= left


def test_a_year_of_nightly_backups_leaves_a_few() -> None:
    left: set[datetime] = set()
    for night in range(400):
        now = NOW + timedelta(days=night)
        left = shelf.kept(PLAN, left | {now}, now)
    days = sorted((max(left) - one).days for one in left)
    assert days[:7] == list(range(7))
    assert len(left) <= 7 + 4 + 6
    assert days[-1] > 120


def test_names_sort_by_time_and_tell_it() -> None:
    earlier, later = shelf.name_for(NOW), shelf.name_for(NOW + timedelta(seconds=1))
    assert earlier < later
    assert shelf.Backup(earlier, Path(earlier)).made_at == NOW
