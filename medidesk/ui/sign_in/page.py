"""Sign-in: choose a name, type the password, press Enter."""

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from medidesk.errors import MediDeskError, SignInRefused
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.caption import Caption
from medidesk.ui.kit.inputs import set_state
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.password_field import PasswordField
from medidesk.ui.sign_in.brand_panel import BrandPanel
from medidesk.ui.sign_in.foot import Foot
from medidesk.ui.sign_in.greeting import Greeting
from medidesk.ui.sign_in.login_field import LoginField
from medidesk.ui.sign_in.new_password import NewPassword
from medidesk.ui.sign_in.news import News
from medidesk.ui.sign_in.person_card import PersonCard
from medidesk.words import tr

CARDS_MOST = 6
_FORM_WIDTH, _GUTTER = 560, 24


class SignInPage(QWidget):
    """The page. It asks; `Desktop` opens the station behind it.

    Signals:
        sign_in(login, password): somebody wants in.
        new_password(login, old, new): somebody has chosen another password.
        password_kept(): they have not.
        look_asked(): the next look (light, dark, system) is wanted.
        server_asked(): another server is wanted.
    """

    sign_in = Signal(str, str)
    new_password = Signal(str, str, str)
    password_kept = Signal()
    look_asked = Signal()
    server_asked = Signal()

    def __init__(self, greeting: Greeting, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._greeting = greeting
        self._busy = False
        self._cards: list[PersonCard] = []
        self.brand = BrandPanel(greeting)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.brand)
        row.addWidget(self._form(), 1)
        for digit in range(1, CARDS_MOST + 1):
            shortcut = QShortcut(QKeySequence(f"Alt+{digit}"), self)
            shortcut.activated.connect(lambda at=digit - 1: self._choose(at))
        QShortcut(QKeySequence("Alt+U"), self).activated.connect(self._another_user)
        self.greet(greeting)

    def greet(self, greeting: Greeting) -> None:
        """Show this station and its people; whoever locked it, or came last, is chosen."""
        self._greeting = greeting
        self._choosing = ""
        self._new_password.end()
        self._entry.show()
        self.brand.show_greeting(greeting)
        for card in self._cards:
            card.deleteLater()
        self._cards = [
            PersonCard(person, f"Alt+{at}") for at, person in enumerate(greeting.people[:CARDS_MOST], start=1)
        ]
        for at, card in enumerate(self._cards):
            card.clicked.connect(lambda _on=False, at=at: self._choose(at))
            self._grid.addWidget(card, at // 3, at % 3)
        locked = self.is_locked()
        self._title.setText(
            tr("Locked") if locked else tr("Who is at the desk?") if greeting.people else tr("Sign in")
        )
        self._foot.server.setVisible(not locked)
        self._news.greet(greeting.notice)
        chosen = [at for at, card in enumerate(self._cards) if card.person.login == greeting.locked_by]
        if chosen or self._cards:
            self._choose(chosen[0] if chosen else 0)
        else:
            self._another_user()

    def is_locked(self) -> bool:
        """Whether somebody's work was open behind the page when it was last greeted."""
        return self._greeting.locked_by is not None

    def ask_new_password(
        self, login: str, name: str, why: MediDeskError | None = None, old: str = ""
    ) -> None:
        """Have somebody choose another password, in place of signing in; until the page greets again.

        Args:
            login, name: who, and as people say it.
            why: what is to be known about it.
            old: the password until now, where it has just been typed.
        """
        self.set_busy(None)
        self._choosing = login
        self._entry.hide()
        self._new_password.show()
        self._title.setText(tr("Choose a new password"))
        self._hint.setText(tr("For {name}, at every PC of the clinic.", name=name))
        self._news.greet((why.sentence, why.next_step) if why is not None else None)
        self._new_password.begin(old)

    def is_choosing(self) -> bool:
        """Whether the page asks for a new password."""
        return bool(self._choosing)

    def login(self) -> str:
        """Who is chosen, or typed."""
        chosen = next((card for card in self._cards if card.isChecked()), None)
        return chosen.person.login if chosen else self._login.text().strip().lower()

    def name(self) -> str:
        """The same, as people say it."""
        return next((card.person.name for card in self._cards if card.isChecked()), self.login())

    def set_busy(self, words: str | None, share: float | None = None) -> None:
        """Say what goes on behind the page, with how much of it is done if that is known; None ends it."""
        self._busy = words is not None
        if self._busy:
            # Else the focus goes on to the next button, and a second Enter presses it.
            self.setFocus()
        entry = (self._password, self._login, self._button, self._other, *self._cards)
        for widget in (*entry, self._new_password):
            widget.setEnabled(not self._busy)
        self._news.say_busy(words, share)

    def show_problem(self, problem: MediDeskError) -> None:
        """Say why nobody came in, beside the password; the field is ready for another try."""
        self.set_busy(None)
        self._news.say_problem(problem)
        if self.is_choosing():
            self._new_password.take_problem(problem)
            return
        refused = isinstance(problem, SignInRefused)
        set_state(self._password, "refused" if refused else "")
        if refused:
            self._password.selectAll()
        self._password.setFocus()
        # In a low window the refusal may lie below the edge; it and the password fit together.
        QTimer.singleShot(0, self, lambda: self._scroll.ensureWidgetVisible(self._news))

    def show_server(self, reachable: bool) -> None:
        """What the probe of the server found."""
        self.brand.show_server(reachable)
        known = bool(self._greeting.last_contact)
        if not reachable and known and not self._news.problem_words() and self._greeting.notice is None:
            self._news.say_server_away()

    def problem_words(self) -> str:
        """The refusal on the page, or nothing."""
        return self._news.problem_words()

    def password(self) -> QLineEdit:
        """The password field."""
        return self._password

    def show_look(self, icon: str, words: str) -> None:
        """Name the look in force at the foot."""
        self._foot.look.set_icon(icon)
        self._foot.look.setText(words)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.brand.take_share(self.width())
        width = min(_FORM_WIDTH, self.width() - self.brand.width() - 2 * _GUTTER)
        self._inner.setFixedWidth(width)
        self._foot.take_width(width)

    def _form(self) -> QWidget:
        ground = QWidget()
        outer = QVBoxLayout(ground)
        outer.setContentsMargins(_GUTTER - 8, 16, _GUTTER - 8, 16)
        outer.setSpacing(0)
        outer.addStretch(3)
        self._inner = self._fields()
        # Between stretches and not aligned: an aligned widget gets no height for its width.
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(self._inner)
        middle.addStretch(1)
        outer.addLayout(middle)
        outer.addStretch(4)
        self._foot = Foot()
        self._foot.look_asked.connect(self.look_asked)
        self._foot.server_asked.connect(self.server_asked)
        outer.addWidget(self._foot, 0, Qt.AlignmentFlag.AlignHCenter)
        self._scroll = QScrollArea()
        self._scroll.setWidget(ground)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return self._scroll

    def _fields(self) -> QWidget:
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._title = Label("", "display", "semibold")
        column.addWidget(self._title)
        column.addSpacing(4)
        self._hint = Label("", "strong", "regular", "text.secondary")
        column.addWidget(self._hint)
        column.addSpacing(20)
        self._entry = QWidget()
        column.addWidget(self._entry)
        self._new_password = NewPassword()
        self._new_password.hide()
        self._new_password.chosen.connect(lambda old, new: self.new_password.emit(self._choosing, old, new))
        self._new_password.given_up.connect(self.password_kept)
        column.addWidget(self._new_password)
        column.addSpacing(16)
        self._news = News()
        column.addWidget(self._news)
        self._fill_entry()
        return inner

    def _fill_entry(self) -> None:
        column = QVBoxLayout(self._entry)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(12)
        self._grid.setAlignment(Qt.AlignmentFlag.AlignLeading)
        column.addLayout(self._grid)
        column.addSpacing(24)
        self._login_field = LoginField()
        self._login = self._login_field.line
        self._login.returnPressed.connect(self._go_on)
        column.addWidget(self._login_field)
        column.addLayout(self._password_rows())

    def _password_rows(self) -> QVBoxLayout:
        rows = QVBoxLayout()
        rows.setSpacing(6)
        self._password = PasswordField()
        self._caption = Caption(self._password, tr("Password"))
        rows.addWidget(self._caption)
        line = QHBoxLayout()
        line.setSpacing(12)
        self._password.returnPressed.connect(self._submit)
        self._password.textEdited.connect(self._typing)
        self._button = Button(tr("Sign in"), kind="primary", key="Return", size="counter")
        self._button.clicked.connect(self._submit)
        line.addWidget(self._password, 1)
        line.addWidget(self._button)
        rows.addLayout(line)
        rows.addSpacing(6)
        below = QHBoxLayout()
        self._other = Button(tr("Another user"), kind="link", key="Alt+U")
        self._other.clicked.connect(self._another_user)
        below.addWidget(self._other)
        below.addStretch(1)
        below.addWidget(
            Label(tr("Forgot it? An administrator can set a new one."), "meta", "regular", "text.tertiary")
        )
        rows.addLayout(below)
        return rows

    def _choose(self, at: int) -> None:
        if self._busy or at >= len(self._cards):
            return
        card = self._cards[at]
        card.setChecked(True)
        self._show_login(False)
        own = card.person.login == self._greeting.locked_by
        if own:
            hint = tr("The work behind this page is as it was. The password brings it back.")
        elif self.is_locked():
            hint = tr("Drafts and unsent changes of whoever locked it stay on this PC.")
        else:
            hint = tr("Choose your name, or type your user name.")
        self._hint.setText(hint)
        self._button.setText(tr("Unlock") if own else tr("Sign in"))
        self._caption.say(tr("Password for {name}", name=card.person.name))
        self._password.setText(self._greeting.passwords.get(card.person.login, ""))
        self._clear_problem()
        self._password.setFocus()

    def _another_user(self) -> None:
        if self._busy:
            return
        for card in self._cards:
            card.setAutoExclusive(False)
            card.setChecked(False)
            card.setAutoExclusive(True)
        self._show_login(True)
        self._hint.setText(tr("Type the user name and password you were given."))
        self._button.setText(tr("Sign in"))
        self._caption.say(tr("Password"))
        self._password.clear()
        self._login.clear()
        self._clear_problem()
        self._login.setFocus()

    def _show_login(self, shown: bool) -> None:
        self._login_field.setVisible(shown)
        self._other.setVisible(not shown and bool(self._cards))

    def _go_on(self) -> None:
        if self._password.text():
            self._submit()
        else:
            self._password.setFocus()

    def _submit(self) -> None:
        if self._busy:
            return
        login, password = self.login(), self._password.text()
        if not login:
            self._login.setFocus()
            return
        if not password:
            self._news.problem.say(tr("Type your password"), "", tone="warning", icon="key-round")
            self._password.setFocus()
            return
        self._clear_problem()
        self._password.hide_again()
        self.sign_in.emit(login, password)

    def _typing(self) -> None:
        if self._password.property("state"):
            self._clear_problem()

    def _clear_problem(self) -> None:
        self._news.problem.hide()
        set_state(self._password, "")

    def minimumSizeHint(self) -> QSize:
        return QSize(960, 640)
