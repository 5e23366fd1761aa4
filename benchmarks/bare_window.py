"""The floor of starting: a bare PySide6 window that imports the same libraries, and says when it is painted."""

import sys

import psycopg
import sqlalchemy
from PySide6.QtCore import QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget
from sqlcipher3 import dbapi2

IMPORTED = (psycopg, sqlalchemy, dbapi2)


class Bare(QWidget):
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        super().paintEvent(event)
        QTimer.singleShot(0, say_painted)


def say_painted() -> None:
    sys.stdout.write("painted\n")
    sys.stdout.flush()


if __name__ == "__main__":
    application = QApplication(sys.argv[:1])
    window = Bare()
    window.resize(1440, 900)
    window.show()
    sys.exit(application.exec())
