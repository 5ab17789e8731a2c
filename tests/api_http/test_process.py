"""The process and its surroundings: signals, standard streams that are full or closed."""

import errno
import os
import resource
import select
import signal
import socket
import subprocess
import unittest

from support.case import ApiCase
from support.client import Client, Connection, head
from support.server import Server, wait_until_exit

LIMIT_S = 30


class FullPipe:
    """A pipe whose writer waits until somebody reads."""

    def __init__(self):
        self.reader, self.writer = os.pipe()
        os.set_blocking(self.writer, False)
        self.filled = 0
        try:
            while True:
                self.filled += os.write(self.writer, b"0" * 4096)
        except BlockingIOError:
            os.set_blocking(self.writer, True)

    def read_on(self):
        """What came after the filling, as far as it has come."""
        os.close(self.writer)
        data = b""
        while chunk := os.read(self.reader, 1 << 16):
            data += chunk
        os.close(self.reader)
        return data[self.filled:].decode()


def free_address():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()


class OwnServer(unittest.TestCase):
    """A server a test, whose address is known before it says it."""

    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.remove)
        self.server.address = free_address()
        self.command = ["%s:%d" % self.server.address if argument == "127.0.0.1:0" else argument
                        for argument in self.server.command()]

    def spawn(self, command=None, **options):
        streams = {stream: subprocess.DEVNULL for stream in ("stdin", "stdout", "stderr")}
        self.server.process = subprocess.Popen(command or self.command, **(streams | options))

    def connect(self):
        """A connection as soon as the server listens."""
        while True:
            self.assertIsNone(self.server.process.poll())
            try:
                return Connection(self.server.address)
            except ConnectionRefusedError:
                select.select([], [], [], 0.01)

    def wait_alive(self):
        connection = self.connect()
        connection.send(head("GET", "/livez", "x"))
        connection.read_answer("GET", "/livez").expect(200)
        connection.close()

    def stop(self, expected=0):
        self.server.terminate()
        self.assertEqual(wait_until_exit(self.server.process, LIMIT_S), expected)
        self.server.process = None


class Streams(OwnServer):
    def test_a_full_pipe_stops_neither_the_start_nor_the_end(self):
        for stream, expected in (("stderr", "info stopping\n"), ("stdout", "warbled listening on")):
            with self.subTest(stream):
                pipe = FullPipe()
                self.spawn([*self.command, "--log-level", "trace"], **{stream: pipe.writer})
                self.wait_alive()
                self.stop()
                # Lost, as nobody read in time; what was under way may have come in part.
                self.assertNotIn(expected, pipe.read_on())

    def test_what_a_full_pipe_kept_back_is_written_when_somebody_reads(self):
        pipe = FullPipe()
        self.spawn(stdout=pipe.writer)
        self.wait_alive()
        os.read(pipe.reader, 1 << 20)
        said = b""
        while not said.endswith(b"\n"):
            said += os.read(pipe.reader, 1 << 16)
        self.assertEqual(said.decode().lstrip("0"),
                         "warbled listening on http://%s:%d\n" % self.server.address)
        self.stop()

    def test_closed_streams_are_not_taken_by_files_of_the_database(self):
        for closed in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
            with self.subTest(closed):
                self.spawn(["sh", "-c", f'exec "$@" {closed}', "sh", *self.command])
                self.wait_alive()
                for stream in range(3):
                    self.assertEqual(os.readlink(f"/proc/{self.server.process.pid}/fd/{stream}"),
                                     "/dev/null")
                self.stop()


class Signals(OwnServer):
    def test_a_long_start_obeys_sigterm(self):
        """The start waits for a file of the database for as long as we like."""
        current = os.path.join(self.server.data, "rocksdb", "CURRENT")
        os.makedirs(os.path.dirname(current))
        os.mkfifo(current)
        self.spawn()
        writer = None
        while writer is None:
            try:
                writer = os.open(current, os.O_WRONLY | os.O_NONBLOCK)
            except OSError as error:
                self.assertEqual(error.errno, errno.ENXIO)  # not open for reading yet
                self.assertIsNone(self.server.process.poll())
                select.select([], [], [], 0.01)
        self.addCleanup(os.close, writer)
        self.stop()

    def test_signals_without_a_meaning_are_ignored(self):
        self.spawn()
        connection = self.connect()
        for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGPIPE):
            self.server.process.send_signal(number)
            connection.send(head("GET", "/livez", "x"))
            connection.read_answer("GET", "/livez").expect(200)
        connection.close()
        self.stop()


class FileSize(OwnServer):
    def test_a_file_that_may_not_grow_is_a_failed_write_and_told_like_any_other(self):
        self.server.start(stderr=subprocess.PIPE)  # a pipe: the limit holds for the log, too
        self.addCleanup(self.server.kill)
        process = self.server.process
        self.addCleanup(process.stderr.close)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (1, 1))
        with self.assertRaises((OSError, AssertionError)):
            Client(self.server, []).register("ana")
        self.assertEqual(wait_until_exit(process, LIMIT_S), -signal.SIGABRT)
        self.assertRegex(process.stderr.read().decode().splitlines()[-1],
                         "stopping: a write failed: .*File too large")


class Memory(OwnServer):
    def test_a_cache_just_above_the_machine_is_refused(self):
        more = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") + (1 << 20)
        for option in ("--block-cache", "--decoded-cache"):
            refused = subprocess.run([*self.command, option, str(more)], capture_output=True,
                                     timeout=LIMIT_S, text=True, check=False)
            self.assertEqual((refused.returncode, refused.stdout), (2, ""))
            self.assertRegex(refused.stderr, r"\Awarbled: .* this process may use .*\n\Z")
            self.assertFalse(os.path.exists(self.server.data))


class DroppedLines(ApiCase):
    admin = True

    def test_the_metric_is_there(self):
        connection = Connection(self.server.admin_address)
        connection.send(head("GET", "/metrics", "x"))
        answer = connection.read_answer("GET", "/metrics").expect(200)
        self.assertIn(b"\nwarble_log_lines_dropped_total 0\n", answer.body)
        connection.close()


if __name__ == "__main__":
    unittest.main()
