"""Many clients at once: newcomers beside busy ones, and more of them than there are descriptors."""

import os
import re
import resource
import signal
import subprocess
import unittest

from support.case import ApiCase
from support.client import Connection, ConnectionEnded, head

ADMIN_CONNECTIONS = 32


def admin_connection(server):
    """A connection to the admin listener."""
    return Connection(server.admin_address)


class Newcomers(ApiCase):
    """Busy connections get no more than a few turns before all who wait are accepted."""

    arguments = ("--threads", "1")
    admin = True
    BUSY = 20
    REQUESTS = 400
    NEWCOMERS = 30

    def livez_answered(self, answer):
        match = re.search(rb'warble_requests_total\{route="/livez",status="200"\} (\d+)',
                          answer.body)
        return int(match[1]) if match else 0

    def test_newcomers_are_accepted_together(self):
        busy = [self.anonymous().connect() for _ in range(self.BUSY)]
        for connection in busy:  # each is accepted
            connection.send(head("GET", "/livez", "x"))
            connection.read_answer("GET", "/livez").expect(200)
        # The kernel takes requests and newcomers while the loop stands still, so it finds them all.
        self.server.process.send_signal(signal.SIGSTOP)
        for connection in busy:
            connection.send(head("GET", "/livez", "x") * self.REQUESTS)
        newcomers = [admin_connection(self.server) for _ in range(self.NEWCOMERS)]
        for connection in newcomers:
            connection.send(head("GET", "/metrics", "x"))
        self.server.process.send_signal(signal.SIGCONT)
        # Each newcomer is told how many requests of the others were answered before its own.
        answered = [self.livez_answered(connection.read_answer("GET", "/metrics").expect(200))
                    for connection in newcomers]
        for connection in busy:
            for _ in range(self.REQUESTS):
                connection.read_answer("GET", "/livez").expect(200)
        for connection in busy + newcomers:
            connection.close()
        self.assertLess(max(answered), self.BUSY * self.NEWCOMERS, answered)


class FewDescriptors(ApiCase):
    """Idle clients take their share of the descriptors, and nobody else's."""

    arguments = ("--threads", "1")
    admin = True
    LIMIT = 300
    RESERVE = 128  # the database's, beside one a table

    @classmethod
    def limit_descriptors(cls, limit=LIMIT):
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))

    def setUp(self):
        self.server.stop()
        self.server.start(preexec_fn=self.limit_descriptors)

    def crowd(self, connect, count):
        connections = [connect() for _ in range(count)]
        for connection in connections:
            self.addCleanup(connection.close)
        return connections

    def is_refused(self, connection):
        """Whether the server closes the connection, with 503 or without a word."""
        try:
            connection.read_answer().expect(503, "overloaded")
            return True
        except ConnectionEnded:
            return True
        except TimeoutError:
            return False

    def test_the_database_and_the_admin_keep_theirs(self):
        user = self.new_user()
        line = re.search(r"of 300 open files at most (\d+) may be connections, and (\d+) the",
                         self.server.output())
        limit = int(line[1])
        idle = self.crowd(self.anonymous().connect, 2 * self.LIMIT)
        last = idle[-1]
        self.assertTrue(self.is_refused(last))
        # One connection is the user's.
        kept = [connection for connection in idle if not self.closed(connection)]
        self.assertEqual(len(kept), limit - 1)
        open_files = len(os.listdir(f"/proc/{self.server.process.pid}/fd"))
        self.assertLessEqual(open_files, self.LIMIT - self.RESERVE)
        user.tweet()
        health = admin_connection(self.server)
        health.send(head("GET", "/readyz", "x"))
        health.read_answer("GET", "/readyz").expect(200)
        health.close()

    def closed(self, connection):
        connection.socket.setblocking(False)
        try:
            while connection.socket.recv(1 << 16):
                pass
            return True
        except ConnectionResetError:
            return True
        except BlockingIOError:
            return False

    def test_admin_connections_have_a_limit_of_their_own(self):
        admins = self.crowd(lambda: admin_connection(self.server), ADMIN_CONNECTIONS + 1)
        self.assertTrue(self.is_refused(admins[-1]))
        self.anonymous().get("/livez").expect(200)
        admins[0].close()
        self.eventually(self.admin_answers)

    def admin_answers(self):
        connection = admin_connection(self.server)
        try:
            connection.send(head("GET", "/livez", "x"))
            return connection.read_answer("GET", "/livez").status == 200
        finally:
            connection.close()

    def test_a_start_with_too_few_is_refused(self):
        self.server.stop()
        refused = subprocess.run(self.server.command(), capture_output=True, timeout=30, text=True,
                                 check=False, preexec_fn=lambda: self.limit_descriptors(128))
        self.assertEqual((refused.returncode, refused.stdout), (1, ""))
        self.assertRegex(refused.stderr, r"\Awarbled: this process may open 128 files, "
                                         r".* need \d+; raise the limit .*\n\Z")
        self.server.start()


if __name__ == "__main__":
    unittest.main()
