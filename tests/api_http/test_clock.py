"""A machine whose clock is wrong: what the server believes, and what it never deletes for it."""

import datetime
import os
import struct
import subprocess
import tempfile
import unittest

from support.case import ApiCase
from support.client import Connection
from support.server import TREE

DAY_S = 86_400
YEAR_S = 365 * DAY_S
LIBRARY = os.environ.get("SHIFTED_CLOCK",
                         str(TREE / "build" / "release" / "tests" / "api_http"
                             / "libwarble_shifted_clock.so"))


class ClockCase(ApiCase):
    admin = True

    @classmethod
    def setUpClass(cls):
        file = tempfile.NamedTemporaryFile(prefix="warble-clock-", buffering=0)
        cls.addClassCleanup(file.close)
        cls.shift_file = file
        cls.shift(0)
        cls.environment = {"LD_PRELOAD": LIBRARY, "WARBLE_TEST_CLOCK": file.name}
        super().setUpClass()

    @classmethod
    def shift(cls, seconds):
        """Sets the clock of the server's machine so far ahead of the true time."""
        cls.shift_file.seek(0)
        cls.shift_file.write(struct.pack("=q", seconds))

    def setUp(self):
        self.addCleanup(self.shift, 0)

    def lead_s(self):
        """The metric warble_clock_lead_seconds."""
        connection = Connection(self.server.admin_address)
        self.addCleanup(connection.close)
        connection.send(b"GET /metrics HTTP/1.1\r\nHost: admin\r\n\r\n")
        text = connection.read_answer("GET", "/metrics").expect(200).body.decode()
        [line] = [line for line in text.splitlines()
                  if line.startswith("warble_clock_lead_seconds ")]
        return float(line.split()[1])

    def assert_is_now(self, time):
        parsed = datetime.datetime.strptime(time, "%Y-%m-%dT%H:%M:%S.%fZ").replace(
            tzinfo=datetime.timezone.utc)
        distance = abs(parsed - datetime.datetime.now(datetime.timezone.utc))
        self.assertLess(distance, datetime.timedelta(minutes=1))


class WhileRunning(ClockCase):
    def test_a_clock_far_ahead_ends_no_session_and_no_kept_answer(self):
        user = self.new_user()
        kept = user.tweet("before", key="k")
        self.assertEqual(self.lead_s(), 0)
        lines = len(self.server.log())
        self.shift(40 * DAY_S)
        self.new_user()  # one write of anybody's
        user.get(user.path).expect(200)
        self.assert_is_now(user.tweet("meanwhile")["created_at"])
        self.assertAlmostEqual(self.lead_s(), 40 * DAY_S, delta=60)
        self.shift(0)
        user.get(user.path).expect(200)
        self.assert_is_now(user.tweet("after")["created_at"])
        self.assertEqual(user.tweet("before", key="k"), kept)
        self.assertEqual(user.profile()["tweets_count"], 3)
        self.assertEqual(self.lead_s(), 0)
        logged = [line for line in self.server.log()[lines:] if "clock" in line]
        self.assertEqual(len(logged), 2, logged)
        # Whole seconds, cut off; the two clocks are read one after the other.
        self.assertRegex(logged[0], r"jumped (3455999|345600\d) s ahead")
        self.assertIn("restart the server", logged[0])
        self.assertIn("followed again", logged[1])

    def test_no_clock_is_so_wrong_that_a_write_stops_the_server(self):
        user = self.new_user()
        for years in (-40, -100, 60, 10_000):
            with self.subTest(years=years):
                self.shift(years * YEAR_S)
                self.assert_is_now(user.tweet(f"{years} years")["created_at"])
                user.get(user.path).expect(200)
        self.shift(0)
        self.assert_is_now(user.tweet("today")["created_at"])


class AtStart(ClockCase):
    def test_a_clock_that_cannot_be_is_refused_with_one_line(self):
        for years in (-40, 60):
            with self.subTest(years=years):
                self.shift(years * YEAR_S)
                data = os.path.join(self.server.directory, "new", "data")
                command = self.server.command()
                command[command.index("--data") + 1] = data
                ran = subprocess.run(command, capture_output=True, timeout=30, check=False,
                                     env=self.server.environment)
                self.assertEqual(ran.returncode, 1, ran)
                self.assertEqual(ran.stdout, b"")
                [line] = ran.stderr.decode().splitlines()
                self.assertRegex(line, r"the clock of this machine says \d+-\d\d-\d\d, .*set the")
                self.assertIn(data, line)
                self.assertFalse(os.path.exists(os.path.dirname(data)))

    def test_what_has_expired_by_a_wrong_clock_is_there_when_it_is_right_again(self):
        user = self.new_user()
        self.server.stop()
        self.shift(40 * DAY_S)
        self.server.start()
        user.get(user.path).expect(401)
        [line] = [line for line in self.server.log() if "clock" in line]
        self.assertIn("the newest write in", line)
        self.server.stop()
        self.shift(0)
        self.server.start()
        user.get(user.path).expect(200)


if __name__ == "__main__":
    unittest.main()
