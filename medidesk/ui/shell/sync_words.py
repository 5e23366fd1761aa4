"""The state of synchronisation in words: the pill, the banner, the first sync."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

from medidesk.ui import moments
from medidesk.words import counted, tr

if TYPE_CHECKING:
    from medidesk.station import SyncState


class PillWords(NamedTuple):
    """Tone, icon and words of the pill."""

    tone: str
    icon: str
    text: str


class BannerWords(NamedTuple):
    """A bold sentence, a plain one, and when the next try is."""

    title: str
    line: str
    quiet: str


def waiting_words(count: int) -> str:
    """How many changes wait."""
    return counted(count, "{count} change waiting", "{count} changes waiting")


def pill_words(state: SyncState) -> PillWords:
    """What the pill says. What needs a person comes before how the line is."""
    if asks := state.attention + len(state.held):
        words = counted(asks, "{count} needs attention", "{count} need attention")
        return PillWords("danger", "triangle-alert", words)
    if state.state == "offline":
        since = tr("Offline since {time}", time=moments.when(state.since)) if state.since else tr("Offline")
        return PillWords("warning", "cloud-off", _with_waiting(since, state.waiting))
    if state.state == "reconnecting":
        return PillWords("info", "refresh-cw", _with_waiting(tr("Reconnecting…"), state.waiting))
    if state.state == "first_sync":
        share = progress_share(state)
        words = (
            tr("First sync") if share is None else tr("First sync {percent} %", percent=round(share * 100))
        )
        return PillWords("info", "refresh-cw", words)
    if state.waiting:
        return PillWords("info", "cloud-upload", waiting_words(state.waiting))
    return PillWords("success", "circle-check", tr("Live"))


def _with_waiting(words: str, waiting: int) -> str:
    return f"{words} · {waiting_words(waiting)}" if waiting else words


def progress_share(state: SyncState) -> float | None:
    """How much of the table in progress has come, 0 to 1, or None if that is not known."""
    progress = state.progress
    if progress is None or not progress.total:
        return None
    return max(0.0, min(1.0, progress.done / progress.total))


def banner_words(state: SyncState, at: dt.datetime) -> BannerWords | None:
    """What the banner under the tabs says, or None while all is well.

    Args:
        state: how synchronisation stands.
        at: this moment, for "next try in 8 s".
    """
    if state.state == "first_sync":
        return BannerWords(
            tr("Getting the clinic's data to this station."),
            tr("Everything that has come can be used already."),
            _progress_words(state),
        )
    if state.read_only:
        return BannerWords(tr("Nothing can be entered on this PC."), state.notice, "")
    if state.state != "offline":
        return _notice_words(state)
    line = state.note or tr(
        "Everything here can be read and entered. Changes are sent by themselves when it is back."
    )
    return BannerWords(tr("Working without the server."), line, _next_try(state, at))


def _notice_words(state: SyncState) -> BannerWords | None:
    """What must be said although the server is there."""
    if not state.notice:
        return None
    title = tr("Changes wait on this PC.") if state.paused else tr("Please tell an administrator.")
    return BannerWords(title, state.notice, "")


def _progress_words(state: SyncState) -> str:
    progress = state.progress
    if progress is None:
        return ""
    table = progress.table.replace("_", " ")
    if progress.total:
        return tr(
            "{table}: {done} of {total}", table=table, done=f"{progress.done:,}", total=f"{progress.total:,}"
        )
    return tr("{table}: {done}", table=table, done=f"{progress.done:,}")


def _next_try(state: SyncState, at: dt.datetime) -> str:
    if state.next_try is None:
        return ""
    seconds = max(0, round((state.next_try - at).total_seconds()))
    return tr("next try in {seconds} s", seconds=seconds) if seconds else tr("trying now")
