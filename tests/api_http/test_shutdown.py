"""Stopping: what is in flight is finished, exit is 0; a data directory has one process."""

import subprocess
import time
import unittest

from support.case import ApiCase
from support.client import head

STOP_LIMIT_S = 10


class Shutdown(ApiCase):
    def setUp(self):
        if self.server.process is None:
            self.server.start()

    def tearDown(self):
        if self.server.process is None:
            self.server.start()

    def request(self, client, method, target, body=b""):
        fields = [("Authorization", f"Bearer {client.token}"), ("Content-Type", "application/json"),
                  ("Content-Length", str(len(body)))]
        return head(method, target, client.host, fields) + body

    def send(self, client, method, target, body=b"", sent=None):
        """A connection on which the request, or its first `sent` bytes, was sent."""
        connection = client.connect()
        self.addCleanup(connection.close)
        connection.send(self.request(client, method, target, body)[:sent])
        return connection

    def test_requests_in_flight_are_finished(self):
        user = self.new_user()
        body = (f'{{"username":"{user.name}","password":"{user.password}"}}').encode()
        # Hashing takes a while, so that these are certainly still at work.
        signing_in = [self.send(user, "POST", "/api/sessions", body) for _ in range(10)]
        time.sleep(0.02)
        started = time.monotonic()
        self.server.terminate()
        for connection in signing_in:
            answer = connection.read_answer("POST", "/api/sessions").expect(201)
            user.record(answer)
            self.assertTrue(connection.ended())
        self.server.wait_stopped()
        self.assertLess(time.monotonic() - started, STOP_LIMIT_S)

    def test_writes_acknowledged_while_stopping_are_kept(self):
        user = self.new_user()
        acknowledged = []

        def write(client):
            try:
                while True:
                    acknowledged.append(client.tweet()["id"])
            except ConnectionError:
                pass

        def stop():
            time.sleep(0.3)
            self.server.stop()
        self.together([lambda client=user.clone(): write(client) for _ in range(4)] + [stop])
        self.server.start()
        listed = [tweet["id"] for tweet in user.walk(user.path + "/tweets", limit=100)]
        self.assertGreater(len(acknowledged), 0)
        self.assertEqual(set(acknowledged) - set(listed), set())
        self.assertEqual(len(listed), len(set(listed)))
        self.assertEqual(user.profile()["tweets_count"], len(listed))

    def test_idle_and_half_sent_connections_do_not_hold_it_up(self):
        user = self.new_user()
        self.send(user, "GET", "/livez").read_answer("GET", "/livez").expect(200)
        self.addCleanup(user.connect().close)
        self.send(user, "POST", user.path + "/tweets", b'{"content":"x"}', sent=30)
        self.send(user, "POST", user.path + "/tweets", b'{"content":"x"}', sent=-5)
        started = time.monotonic()
        self.server.stop()
        self.assertLess(time.monotonic() - started, STOP_LIMIT_S)

    def test_a_body_that_is_awaited_only_while_stopping_does_not_hold_it_up(self):
        user = self.new_user()
        target, body = user.path + "/tweets", b'{"content":"x"}'
        connection = self.send(user, "POST", target, body, sent=30)
        user.get(user.path).expect(200)  # so that those bytes have been read
        started = time.monotonic()
        self.server.terminate()
        time.sleep(3)
        connection.send(self.request(user, "POST", target, body)[30:-5])
        self.server.wait_stopped()
        self.assertLess(time.monotonic() - started, 8)

    def test_it_stops_at_once_when_nothing_is_to_do(self):
        started = time.monotonic()
        self.server.stop()
        self.assertLess(time.monotonic() - started, 5)

    def test_a_second_process_on_the_same_data_is_refused(self):
        user = self.new_user()
        second = subprocess.run(self.server.command(), capture_output=True, timeout=30,
                                check=False)
        self.assertEqual(second.returncode, 1, second)
        self.assertNotIn(b"listening on", second.stdout)
        lines = second.stderr.decode().strip().splitlines()
        self.assertEqual(len(lines), 1, lines)
        self.assertIn(self.server.data, lines[0])
        user.get(user.path).expect(200)


class ColdStart(ApiCase):
    """Right after a restart little is cached: every first read may have to wait for the disk."""

    # (what is read first, and so cached; what is then written)
    CASES = [
        (None, "leave"), (None, "tweet"), ("/tweets?limit=1", "delete_tweet"),
        ("/tweets/{t}/favorites", "delete_tweet"), ("/tweets/{t}", "unfavorite"),
        ("/favorites", "unfavorite"), ("/followees", "unfollow"), ("/followees", "follow")]

    def test_writes_find_what_is_not_cached(self):
        for warm, write in self.CASES:
            with self.subTest(warm=warm, write=write):
                try:
                    self.check(warm, write)
                except ConnectionError:
                    self.fail("the server is gone")
                finally:
                    if self.server.process.poll() is not None:
                        self.restart()

    def restart(self):
        self.server.kill()
        self.server.start()

    def check(self, warm, write):
        user, other = self.new_user(), self.new_user()
        tweet = user.tweet()
        other.favorite(tweet)
        user.favorite(tweet)
        user.follow(other)
        # The first restart brings the rows from the log into files, the second empties the cache.
        self.restart()
        self.restart()
        if warm is not None:
            user.get(user.path + warm.format(t=tweet["id"])).expect(200)
        {"leave": user.leave, "tweet": lambda: user.tweet(key="cold"),
         "delete_tweet": lambda: user.delete_tweet(tweet),
         "unfavorite": lambda: user.unfavorite(tweet),
         "unfollow": lambda: user.unfollow(other),
         "follow": lambda: other.follow(user).expect(201)}[write]()
        other.get(other.path).expect(200)


if __name__ == "__main__":
    unittest.main()
