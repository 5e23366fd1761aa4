"""Pictures of a patient's insurance in their file: the card, a policy, a new one, what the insurer said."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication

from medidesk import demo
from medidesk.repositories import billing, insurance
from medidesk.ui import moments
from medidesk.ui.desktop import Desktop
from medidesk.ui.kit.theme import apply_theme
from medidesk.ui.patients import opening
from medidesk.ui.patients.file_page import FilePage
from tools.screenshots_frame import SIZE, SMALL, Seat, settle, take, take_both, wait


def insured(made: demo.Demo, app: QApplication) -> list[str]:
    """At the reception desk: somebody with a policy that pays, and one that is over."""
    window = Desktop(app, made.home / "stations" / "sofia", server=made.address, name="Reception 2")
    window.resize(*SIZE)
    window.begin()
    window.show()
    seat = Seat(window, made)
    seat.sign_in("sofia")
    page = _file(seat)
    cut = take_both(app, window, "sofia-insurance")
    window.resize(*SMALL)
    settle()
    _press(page, "Add to Insurance")
    cut += take_both(app, window, "sofia-insurance-new")
    _press(page, "Harbour Mutual")
    cut += take_both(app, window, "sofia-insurance-policy")
    app.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    apply_theme(app, "light")
    cut += take(window, "sofia-insurance-policy-rtl", "light")
    app.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    _press(page, "Note what the insurer said")
    cut += take_both(app, window, "sofia-insurance-eligibility")
    window.close()
    return cut


def _press(page: FilePage, words: str) -> None:
    """The button that says this, or whose name begins so."""
    every = page.findChildren(QAbstractButton)
    next(one for one in every if (one.accessibleName() or one.text()).startswith(words)).click()
    settle()


def _file(seat: Seat) -> FilePage:
    """The file of somebody who is insured, with a policy of last year besides."""
    station = seat.station
    bills = station.read(billing.bills, station.user.org_id)
    policy = next(bill.policy for bill in bills if bill.policy is not None and bill.policy.checked_on)
    last = moments.today().replace(month=1, day=1)
    values = {"insurer_id": policy.insurer_id, "policy_no": "HM-2231", "valid_until": last}
    station.run(insurance.add_policy, policy.patient_id, values)
    page = opening.open_file(seat.shell, policy.patient_id)
    wait(lambda: len(page.insured.policies) > 1)
    settle()
    return page


PAGES: dict[str, Callable[[demo.Demo, QApplication], list[str]]] = {"insurance": insured}
