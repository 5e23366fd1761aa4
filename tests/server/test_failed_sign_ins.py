"""Somebody guesses at a password: the server's log knows, and the account is suspended before it is guessed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from medidesk.server import failed_sign_ins
from medidesk.server.failed_sign_ins import Failed, Suspended
from tests.support.database import Clinic
from tests.support.operations import one
from tests.support.waiting import wait_until

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def line(at: datetime, login: str, address: str = "10.0.0.7", state: str = "28P01") -> str:
    said = f'FATAL:  password authentication failed for user "{login}"'
    return f"{at:%Y-%m-%d %H:%M:%S.%f}"[:-3] + f" UTC [4711] {state} {login}@medidesk {address} {said}\n"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "log").mkdir()
    return tmp_path


def logged(data: Path, *lines: str, name: str = "server-Mon.log") -> None:
    with (data / "log" / name).open("a", encoding="utf-8") as file:
        file.writelines(lines)


def test_a_guesser_is_read_from_the_log_of_a_real_server(clinic: Clinic) -> None:
    began = datetime.now(UTC)
    for _ in range(3):
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(clinic.url("sofia", "wrong"))
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(clinic.url("nobody", "wrong"))

    def found() -> list[str]:
        return [f"{one.login} {one.address}" for one in failed_sign_ins.failures(clinic.cluster.data, began)]

    wait_until(lambda: sorted(found()) == ["nobody 127.0.0.1"] + ["sofia 127.0.0.1"] * 3)


def test_an_account_is_suspended_once_and_an_administrator_reads_why(clinic: Clinic, data: Path) -> None:
    admin = clinic.admin()
    now = datetime.now(UTC) + timedelta(seconds=40)
    tries = [line(now - timedelta(seconds=30 - number), "sofia") for number in range(30)]
    logged(data, *tries[:29], line(now, "nobody"), *tries[29:])
    assert failed_sign_ins.suspend(admin, data, now) == [Suspended("sofia", 30, ("10.0.0.7",))]
    with pytest.raises(psycopg.OperationalError):
        clinic.connect("sofia")
    assert one(admin, "select state from user_account where login = 'sofia'") == "suspended"
    assert failed_sign_ins.suspend(admin, data, now) == []
    trail = one(clinic.connect("ingrid"), """select audit_trail('{"table": "account_sign_in"}')""")
    assert trail["entries"][0]["changes"] == {"wrong_passwords": 30, "from": "10.0.0.7"}


def test_who_was_let_in_again_is_not_suspended_for_what_was_before(clinic: Clinic, data: Path) -> None:
    admin = clinic.admin()
    now = datetime.now(UTC)
    logged(data, *[line(now - timedelta(seconds=number), "sofia") for number in range(60)])
    admin.execute("select suspend_account('sofia')")
    admin.execute("select let_in_again('sofia')")
    assert failed_sign_ins.suspend(admin, data, datetime.now(UTC)) == []
    clinic.connect("sofia")


def test_few_wrong_ones_and_those_of_long_ago_suspend_nobody(clinic: Clinic, data: Path) -> None:
    now = datetime.now(UTC) + timedelta(minutes=30)
    logged(data, *[line(now - timedelta(seconds=number), "sofia") for number in range(29)])
    logged(data, *[line(now - timedelta(minutes=16), "sofia") for _ in range(100)], name="server-Sun.log")
    assert failed_sign_ins.suspend(clinic.admin(), data, now) == []


def test_the_last_administrator_stays(clinic: Clinic, data: Path) -> None:
    now = datetime.now(UTC) + timedelta(seconds=40)
    logged(data, *[line(now, "ingrid") for _ in range(50)])
    (done,) = failed_sign_ins.suspend(clinic.admin(), data, now)
    assert (done.login, done.times) == ("ingrid", 50)
    assert "administrator" in done.problem
    clinic.connect("ingrid")


def test_what_else_stands_in_a_log_is_passed_over(data: Path) -> None:
    logged(
        data,
        line(NOW, "sofia", state="28000"),
        'password authentication failed for user "sofia"\n',
        "2026-03-02 09:00:00.000 UTC [1] 28P01 sofia@medidesk 10.0.0.7 LOG:  something\n",
        "\N{SNOWMAN} \x00 nonsense\n",
        line(NOW, "sofia", address="fe80::1"),
        "2026-03-02 09:00:00.000 UTC [1] 28P01 half",
    )
    assert list(failed_sign_ins.failures(data, NOW)) == [Failed(NOW, "sofia", "fe80::1")]
    assert list(failed_sign_ins.failures(data / "none", NOW)) == []
