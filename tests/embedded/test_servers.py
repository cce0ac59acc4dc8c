"""The servers start, survive, and never outlive whoever started them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import pytest
import redis

from dunwell.embedded import processes
from dunwell.embedded.binaries import find_postgres, find_valkey
from dunwell.embedded.errors import AlreadyRunning, CannotStart
from dunwell.embedded.servers import Programs, Servers, locked, running
from dunwell.embedded.settings import external, programs
from dunwell.settings import WrongSettings

ROOT = Path(__file__).parents[2]
# What a process does that starts the servers and then waits to be killed.
HOLDER = """
import sys, time
from pathlib import Path
from dunwell.embedded.servers import running
with running(Path(sys.argv[1]), durable=True) as servers:
    print(servers.postgres.pid, servers.redis.pid, servers.postgres_dsn, servers.redis_url, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def _hold(data: Path, *before: str) -> tuple[subprocess.Popen[str], list[str]]:
    environment = os.environ | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    command = [*before, sys.executable, "-c", HOLDER, str(data)]
    holder = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert holder.stdout is not None
    return holder, holder.stdout.readline().split()


def _end(holder: subprocess.Popen[str], how: signal.Signals) -> None:
    holder.send_signal(how)
    holder.wait(20)
    assert holder.stdout is not None
    holder.stdout.close()


@pytest.fixture
def held(data: Path) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    holder, told = _hold(data)
    yield holder, told
    _end(holder, signal.SIGKILL)


def _gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"


def _wait_until_gone(pids: list[int]) -> None:
    # Bounded by the suite's own time limit, not by a number of seconds of ours.
    while not all(_gone(pid) for pid in pids):
        time.sleep(0.02)


async def _remember(servers: Servers, value: int) -> None:
    connection = await asyncpg.connect(servers.postgres_dsn)
    await connection.execute("CREATE TABLE IF NOT EXISTS kept (value integer)")
    await connection.execute("INSERT INTO kept VALUES ($1)", value)
    await connection.close()


async def _remembered(servers: Servers) -> list[int]:
    connection = await asyncpg.connect(servers.postgres_dsn)
    rows = await connection.fetch("SELECT value FROM kept ORDER BY value")
    await connection.close()
    return [row["value"] for row in rows]


async def test_what_was_committed_is_there_after_a_stop(data: Path) -> None:
    for number in range(2):
        with running(data, durable=True) as servers:
            await _remember(servers, number)
            with redis.Redis.from_url(servers.redis_url) as connection:
                connection.set(f"key {number}", number)
    with running(data, durable=True) as servers:
        assert await _remembered(servers) == [0, 1]
        with redis.Redis.from_url(servers.redis_url) as connection:
            assert connection.dbsize() == 2


async def test_a_killed_parent_leaves_nothing_running_and_nothing_locked(data: Path) -> None:
    holder, told = _hold(data)
    _end(holder, signal.SIGKILL)
    _wait_until_gone([int(told[0]), int(told[1])])
    with running(data, durable=True) as servers:
        await _remember(servers, 1)
        assert await _remembered(servers) == [1]
    assert not list(data.glob("sockets.json"))


def test_the_sockets_of_a_killed_parent_are_removed(data: Path) -> None:
    holder, told = _hold(data)
    sockets = Path(told[3].partition("@")[2].partition("?")[0]).parent
    assert sockets.is_dir()
    _end(holder, signal.SIGKILL)
    with running(data, durable=True):
        assert not sockets.exists()


async def test_a_start_right_after_a_kill_waits_for_the_old_servers(data: Path) -> None:
    for _ in range(3):
        holder, _told = _hold(data)
        holder.kill()
        holder.wait()
        assert holder.stdout is not None
        holder.stdout.close()
        with running(data, durable=True) as servers:
            await _remember(servers, 1)


def test_one_process_per_folder(data: Path, held: tuple[subprocess.Popen[str], list[str]]) -> None:
    holder, _ = held
    with pytest.raises(AlreadyRunning) as refused, running(data, durable=True):
        pass
    assert refused.value.pid == holder.pid
    assert str(data) in str(refused.value)


async def test_files_left_by_a_machine_crash_do_not_block(data: Path) -> None:
    with running(data, durable=True) as servers:
        await _remember(servers, 1)
        postmaster = (data / "postgres" / "postmaster.pid").read_text()
    # The same files again, with the number of a process that lives and is somebody else's.
    other = postmaster.replace(postmaster.partition("\n")[0], str(os.getpid()), 1)
    (data / "postgres" / "postmaster.pid").write_text(other)
    (data / "valkey" / "valkey.pid").write_text(f"{os.getpid()}\n")
    (data / "lock").write_text("1")
    with running(data, durable=True) as servers:
        assert await _remembered(servers) == [1]


async def test_a_half_made_cluster_is_made_again(data: Path) -> None:
    (data / "postgres.new" / "base").mkdir(parents=True)
    with running(data, durable=False) as servers:
        await _remember(servers, 1)


async def test_a_killed_server_recovers_what_was_committed(data: Path) -> None:
    with running(data, durable=True) as servers:
        assert servers.postgres is not None
        assert servers.redis is not None
        await _remember(servers, 7)
        servers.postgres.kill()
        servers.redis.kill()
        assert not servers.postgres.alive()
        servers.postgres.start()
        servers.redis.start()
        assert await _remembered(servers) == [7]


async def test_the_application_is_no_superuser_and_needs_its_password(servers: Servers) -> None:
    if servers.postgres is None:
        pytest.skip("the servers are not ours")
    connection = await asyncpg.connect(servers.postgres_dsn)
    assert await connection.fetchval("SELECT current_setting('is_superuser')") == "off"
    await connection.close()
    without = servers.postgres_dsn.replace(servers.postgres_dsn.partition("@")[0], "postgresql://dunwell:no")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(without)
    with pytest.raises(redis.AuthenticationError):
        redis.Redis.from_url(servers.redis_url.replace(servers.redis_url.partition("@")[0], "unix://")).ping()


def test_no_server_listens_on_the_network_or_shows_its_files(data: Path) -> None:
    with running(data, durable=False) as servers:
        assert servers.postgres is not None
        assert servers.redis is not None
        for pid in (servers.postgres.pid, servers.redis.pid):
            assert pid is not None
            links = [str(entry.readlink()) for entry in Path(f"/proc/{pid}/fd").iterdir()]
            mine = {link[8:-1] for link in links if link.startswith("socket:[")}
            listening = [
                line
                for name in ("tcp", "tcp6")
                for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]
            ]
            assert not [line for line in listening if line.split()[9] in mine]
        sockets = Path(servers.redis_url.partition("@")[2].partition("?")[0]).parent
        closed = [
            sockets,
            data / "postgres",
            data / "valkey",
            data / "postgres.password",
            data / "postgres.log",
        ]
        assert not [path for path in closed if path.stat().st_mode & 0o077]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize("name", ["setpriv", "unshare", "overriding"])
async def test_root_has_several_ways_of_not_being_root(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with TemporaryDirectory() as folder:
        # `nobody` passes through open folders only; the other two ways need no open folder.
        Path(folder).chmod(0o755 if name == "setpriv" else 0o700)
        await _started_as(name, Path(folder) / "data", monkeypatch)


async def _started_as(name: str, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only = [way for way in processes._guises() if way.name == name]
    monkeypatch.setattr(processes, "_guises", lambda: only)
    try:
        processes.guise(find_postgres(programs().postgres).server, data.parent)
    except CannotStart:
        pytest.skip(f"{name} does not work on this machine")
    with running(data, durable=False) as servers:
        await _remember(servers, 1)
        assert servers.postgres is not None
        status = Path(f"/proc/{servers.postgres.pid}/status").read_text()
        # In a user namespace the process still is root outside, without root's rights inside.
        assert name == "unshare" or "Uid:\t65534" in status


@pytest.mark.skipif(os.geteuid() != 0, reason="the other tests already run as an ordinary user")
def test_an_ordinary_user_can_start_them_too(data: Path) -> None:
    ordinary = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
    if subprocess.run([*ordinary, "true"], check=False, capture_output=True).returncode:
        pytest.skip("user namespaces are off")
    holder, told = _hold(data, *ordinary)
    assert len(told) == 4
    _end(holder, signal.SIGKILL)
    _wait_until_gone([int(told[0]), int(told[1])])


@pytest.mark.skipif(os.geteuid() != 0, reason="root makes the folder that an ordinary user cannot use")
def test_a_folder_of_another_user_is_refused_in_words(data: Path) -> None:
    data.mkdir(0o700)
    os.seteuid(65534)
    try:
        with pytest.raises(CannotStart, match="another user"), locked(data):
            pass
    finally:
        os.seteuid(0)


def test_a_server_that_cannot_start_says_why(data: Path) -> None:
    with running(data, durable=False):
        pass
    (data / "postgres" / "PG_VERSION").write_text("9.6\n")
    with pytest.raises(CannotStart, match=r"version 9\.6"), running(data, durable=False):
        pass


def test_programs_are_named_found_or_missed_in_words(tmp_path: Path) -> None:
    found = find_postgres()
    assert found.major >= 15
    assert find_postgres(found.folder) == found
    assert find_valkey().exists()
    with pytest.raises(CannotStart, match="PG_BIN"):
        find_postgres(tmp_path)
    with pytest.raises(CannotStart, match="VALKEY_BIN"):
        find_valkey(tmp_path / "no-server")
    assert programs({"PG_BIN": "/opt/pg", "VALKEY_BIN": "/opt/vk"}) == Programs(
        Path("/opt/pg"), Path("/opt/vk")
    )
    assert programs({}) == Programs()


def test_both_addresses_or_none() -> None:
    both = {"DATABASE_URL": "postgresql://db/x", "REDIS_URL": "redis://r/0"}
    assert external(both) == Servers("postgresql://db/x", "redis://r/0")
    assert external({}) is None
    for name in both:
        with pytest.raises(WrongSettings, match="set both"):
            external({key: value for key, value in both.items() if key != name})


def test_a_socket_folder_that_is_not_ours_is_left_alone(data: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir(0o755)
    (precious / "file").touch()
    data.mkdir()
    for record in (f'"{precious}"', "no json", '"/nowhere/dunwell-x"', "7"):
        (data / "sockets.json").write_text(record)
        with running(data, durable=False):
            assert (precious / "file").exists()
