"""Restarts: lists that lie in many tables are whole, though little of them is in memory."""

import unittest

from support.case import ApiCase, in_order
from support.client import query

ROUNDS = 8  # each ends with a restart and so leaves tables of its own
EACH = 4    # rows of every list a round
LIMIT = 5


def name(item):
    """What tells an item of a list apart: the id of a tweet, or a user's name."""
    if "tweet" in item:
        return item["tweet"]["id"]
    return item["id"] if "id" in item else item["user"]["username"]


class Restarts(ApiCase):
    def restart(self, number):
        if number % 2:
            self.server.kill()
        else:
            self.server.stop()
        self.server.start()

    def fill(self, author):
        """Tweets, followers and favorites, a restart after every few; the lists as they must be."""
        reader = self.new_user()
        reader.follow(author)
        viral = author.tweet("viral")
        tweets, fans = [], []
        for number in range(ROUNDS):
            for _ in range(EACH):
                fans.append(self.new_user("fan"))
                fans[-1].follow(author)
                fans[-1].favorite(viral)
                tweets.append(author.tweet(str(number)))
                author.favorite(tweets[-1])
            self.restart(number)
        favorited = [tweet["id"] for tweet in in_order(tweets)]
        newest = favorited + [viral["id"]]
        fans = [fan.name for fan in reversed(fans)]
        return [
            (author, author.path + "/tweets", newest),
            (author, author.path + "/activity", newest),
            (author, author.path + "/timeline?include_self=true", newest),
            (reader, reader.path + "/timeline", newest),
            (author, author.path + "/favorites", favorited),
            (author, author.path + "/followers", fans + [reader.name]),
            (author, author.tweet_path(viral) + "/favorites", fans),
        ]

    def test_lists_are_whole_however_often_the_server_was_restarted(self):
        author = self.new_user()
        lists = self.fill(author)
        for number, (client, target, expected) in enumerate(lists):
            path, _, flag = target.partition("?")
            parameters = dict([flag.split("=")]) if flag else {}
            first = client.get(query(path, limit=LIMIT, **parameters)).expect(200).json()
            for by in ("cursor", "page"):
                # Nothing but what this walk has read is in memory.
                self.restart(number)
                with self.subTest(target=target, by=by):
                    walked = client.walk(path, by=by, limit=LIMIT, **parameters)
                    self.assertEqual([name(item) for item in walked], expected)
            self.restart(number + 1)
            with self.subTest(target=target, by="a cursor from before the restart"):
                rest = client.get(query(path, limit=100, cursor=first["next_cursor"], **parameters))
                self.assertEqual([name(item) for item in rest.expect(200).items], expected[LIMIT:])
        self.assertEqual(author.profile()["tweets_count"], 1 + ROUNDS * EACH)


if __name__ == "__main__":
    unittest.main()
