"""A patient's insurance in words, as several screens say it."""

from medidesk.repositories import labels
from medidesk.repositories.insurance import PolicyRow
from medidesk.ui import moments
from medidesk.ui.kit.chip import ChipLook
from medidesk.words import tr


def checked_words(policy: PolicyRow) -> str:
    """When the insurer was asked whether a policy holds, and what it said; empty where nobody has asked."""
    if policy.checked_on is None:
        return ""
    day = moments.day(policy.checked_on)
    if not policy.eligibility_note:
        return tr("Checked {day}", day=day)
    return tr("Checked {day}: {said}", day=day, said=policy.eligibility_note)


def checked_chip(policy: PolicyRow) -> ChipLook:
    """The same for a head, as much of it as has room; or that nobody has asked."""
    words = labels.quoted(checked_words(policy)) if policy.checked_on else tr("Insurer not asked yet")
    icon = "clipboard-check" if policy.checked_on else "circle-question-mark"
    return ChipLook(words, "neutral", icon, large=True)


def validity_words(policy: PolicyRow) -> str:
    """From when to when a policy holds; empty where nobody has said."""
    if policy.valid_from is not None and policy.valid_until is not None:
        return f"{moments.day(policy.valid_from)} – {moments.day(policy.valid_until)}"
    if policy.valid_until is not None:
        return tr("until {date}", date=moments.day(policy.valid_until))
    return tr("since {date}", date=moments.day(policy.valid_from)) if policy.valid_from else ""
