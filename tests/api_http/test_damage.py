"""Stored data that has rotted: what clients and the log are told."""

import contextlib
import pathlib
import random
import string
import unittest

from support.case import ApiCase


class DamagedRow(ApiCase):
    @classmethod
    def check_recorded(cls):
        # The rules of the contract know no 500: it is never expected.
        cls.recorder[:] = [answer for answer in cls.recorder if answer.status != 500]
        super().check_recorded()

    def tables_with(self, text):
        """The files of the database that hold the text, while the server may change them."""
        found = []
        for table in pathlib.Path(self.server.data).rglob("*.sst"):
            with contextlib.suppress(FileNotFoundError):
                if text.encode() in table.read_bytes():
                    found.append(table)
        return found

    def test_the_first_500_of_a_kind_leaves_a_line_in_the_log(self):
        text = "".join(random.choices(string.ascii_letters, k=100))  # not to be compressed
        user = self.new_user(description=text)
        tweet = user.tweet()
        self.server.stop()
        [before] = self.tables_with(text)
        self.server.start()
        # RocksDB rewrites such a table once more after a start, and must not meet the damage.
        self.eventually(lambda: before not in self.tables_with(text))
        self.server.stop()
        [table] = self.tables_with(text)
        table.write_bytes(table.read_bytes().replace(text.encode(), text.swapcase().encode()))
        self.server.start()
        user.close()
        for _ in range(5):
            problem = user.get(user.path).expect(500, "internal")
            user.get(user.tweet_path(tweet)).expect(500, "internal")
        user.get("/livez").expect(200)
        log = self.server.output()
        for route in ("/api/users/{u}", "/api/users/{u}/tweets/{id}"):
            self.assertEqual(log.count(f"a request for {route} was answered with 500"), 1, log)
        self.assertNotIn(problem.header("X-Request-Id"), log)


if __name__ == "__main__":
    unittest.main()
