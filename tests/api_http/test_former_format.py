"""A data directory of the format before: served with all that is in it, and in this format then.

`format_3.tar.xz` is a directory that the last version of format 3 wrote, on 2025-01-01: alice and
bob, who follow each other, two tweets of bob's, of which alice favorited the newer, one of alice's,
and carol, who had followed alice and deleted her account.
"""

import pathlib
import subprocess
import tarfile
import unittest

from support.case import ApiCase
from support.server import Server, binary

DIRECTORY = pathlib.Path(__file__).parent / "format_3.tar.xz"
CONVERTED = "had data format 3 and has 4 now"


class FormerFormat(ApiCase):
    @classmethod
    def setUpClass(cls):
        cls.recorder = []
        cls.server = Server()
        cls.addClassCleanup(cls.server.remove)
        with tarfile.open(DIRECTORY) as archive:
            archive.extractall(cls.server.data)
        cls.server.start()

    def contents(self, tweets):
        return [(tweet["content"], tweet["favorites_count"]) for tweet in tweets]

    def check_world(self, alice):
        self.assertEqual(alice.profile()["description"], "of format 3")
        timeline = alice.get("/api/users/alice/timeline").expect(200).items()
        self.assertEqual(self.contents(timeline), [("the first", 1), ("x", 0)])
        favorites = alice.get("/api/users/alice/favorites").expect(200).items()
        self.assertEqual(self.contents(favorites), [("the first", 1)])
        followers = alice.get("/api/users/alice/followers").expect(200).items()
        self.assertEqual([follower["username"] for follower in followers], ["bob"])
        alice.get("/api/users/carol").expect(404)

    def test_it_is_served_and_converted_once(self):
        self.assertIn(CONVERTED, self.server.output())
        alice = self.anonymous().enter("alice")
        self.check_world(alice)
        alice.tweet("of format 4")
        self.new_user().follow(alice)
        alice.register("carol").expect(409)

        self.server.stop()
        done = subprocess.run([binary("WARBLECTL", "warblectl"), "verify", "--data",
                               self.server.data], capture_output=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

        self.server.start()
        self.assertNotIn(CONVERTED, self.server.output())
        tweets = self.anonymous().get("/api/users/alice/tweets").expect(200).items()
        self.assertEqual(self.contents(tweets), [("of format 4", 0), ("of alice", 0)])


if __name__ == "__main__":
    unittest.main()
