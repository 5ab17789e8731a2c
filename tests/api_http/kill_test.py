"""Kills the server at random instants under concurrent writers; nothing acknowledged is lost.

    /usr/bin/python3 tests/api_http/kill_test.py --rounds 20 [--seed S]

Each round: THREADS writers, each a user of its own, register, tweet, follow, unfollow, favorite,
unfavorite and delete, some with idempotency keys; then SIGKILL; then a restart on the same data.
Every acknowledged write must be there and every acknowledged undo undone; a retry of an
unacknowledged keyed POST gives exactly one tweet; lists hold nothing twice; counts come right.
Then the server is stopped and `warblectl verify --data DIR` must exit 0.
"""

import argparse
import random
import subprocess
import sys
import threading
import time

from support.client import Client
from support.server import Server, binary

THREADS = 8
STABLE_TWEETS = 12
MOST_TWEETS = 120
LONGEST_ROUND_S = 0.8
SETTLE_LIMIT_S = 60


class Forgetful(list):
    """A recorder that keeps nothing: this program holds answers against its own model."""

    def append(self, answer):
        assert answer.status < 500, f"a server fault: {answer}"


class Writer:
    """One user: its connection, what it has been promised, and what is in doubt.

    `tweets` maps ids to tweets, `followees` holds names, `favorites` ids: all acknowledged.
    `doubtful` is the one operation without an answer, as (name, arguments), or None.
    """

    def __init__(self, server, name, seed):
        self.random = random.Random(seed)
        self.client = Client(server, Forgetful()).join(name)
        self.tweets = {}
        self.followees = set()
        self.favorites = set()
        self.registered = {}  # throwaway user name -> whether it exists still
        self.replays = []     # (content, key, id) of acknowledged keyed tweets
        self.doubtful = None
        self.number = 0
        self.operations = 0

    def run(self, world):
        """Writes until the server is gone."""
        try:
            while True:
                name, arguments = self.choose(world)
                self.doubtful = (name, arguments)
                getattr(self, name)(*arguments)
                self.doubtful = None
                self.operations += 1
        except OSError:
            self.client.close()

    def choose(self, world):
        pick = self.random.random()
        key = f"{self.client.name}-{self.number}" if self.random.random() < 0.5 else None
        self.number += 1
        other = self.random.choice([writer for writer in world.writers if writer is not self])
        if pick < 0.01:
            return "register", (f"{self.client.name}_{self.number}",)
        if pick < 0.02 and any(self.registered.values()):
            name = self.random.choice([n for n, there in self.registered.items() if there])
            return "leave", (name,)
        if pick < 0.40 and len(self.tweets) < MOST_TWEETS:
            return "tweet", (f"{self.client.name} {self.number}", key)
        if pick < 0.55 and self.tweets:
            return "delete", (self.random.choice(list(self.tweets)), key)
        if pick < 0.67:
            return "follow", (other.client.name, key)
        if pick < 0.77:
            return "unfollow", (other.client.name, key)
        own = list(self.tweets.values())
        tweet = self.random.choice(own if own and pick < 0.82 else world.stable)
        return ("favorite" if self.random.random() < 0.6 else "unfavorite"), (tweet, key)

    # The operations: each changes the model only after the answer.

    def tweet(self, content, key):
        tweet = self.client.tweet(content, key=key)
        self.tweets[tweet["id"]] = tweet
        if key:
            self.replays.append((content, key, tweet["id"]))

    def delete(self, number, key):
        self.client.delete(f"{self.client.path}/tweets/{number}", key=key).expect(204)
        self.forget(number)

    def forget(self, number):
        del self.tweets[number]
        self.favorites.discard(number)

    def follow(self, name, key):
        self.client.post(f"/api/users/{name}/followers", key=key).expect((200, 201))
        self.followees.add(name)

    def unfollow(self, name, key):
        self.client.delete(f"/api/users/{name}/followers/{self.client.name}", key=key).expect(204)
        self.followees.discard(name)

    def favorite(self, tweet, key):
        self.client.favorite(tweet, key=key)
        self.favorites.add(tweet["id"])

    def unfavorite(self, tweet, key):
        self.client.unfavorite(tweet, key=key)
        self.favorites.discard(tweet["id"])

    def register(self, name):
        self.client.register(name).expect(201)
        self.registered[name] = True

    def leave(self, name):
        other = self.client.clone().enter(name)
        try:
            other.leave()
        finally:
            other.close()
        self.registered[name] = False

    # After a restart.

    def resolve(self):
        """Finds out what became of the operation in doubt, retrying it where a key allows."""
        if self.doubtful is None:
            return
        name, arguments = self.doubtful
        self.doubtful = None
        if name == "tweet" and arguments[1] is None:
            found = [tweet for tweet in self.listed("tweets") if tweet["content"] == arguments[0]]
            assert len(found) <= 1, f"one tweet was written twice: {found}"
            self.tweets.update({tweet["id"]: tweet for tweet in found})
        elif name == "delete" and arguments[1] is None:
            if self.client.get(f"{self.client.path}/tweets/{arguments[0]}").status == 404:
                self.forget(arguments[0])
        elif name == "register":
            self.client.register(arguments[0]).expect((201, 409))
            self.registered[arguments[0]] = True
        elif name == "leave":
            there = self.client.get(f"/api/users/{arguments[0]}").expect((200, 404)).status == 200
            self.registered[arguments[0]] = there
        else:
            # Keyed: the same answer once more. Unkeyed: all of these may simply be repeated.
            getattr(self, name)(*arguments)

    def listed(self, what):
        return self.client.walk(f"{self.client.path}/{what}", limit=100)

    def verify(self):
        client = self.client
        tweets = [tweet["id"] for tweet in self.listed("tweets")]
        expected = sorted(self.tweets, key=int, reverse=True)
        assert tweets == expected, difference("tweets", client.name, tweets, expected)
        contents = [tweet["content"] for tweet in self.tweets.values()]
        assert len(set(contents)) == len(contents), f"{client.name}: a tweet stands twice"
        followees = sorted(item["user"]["username"] for item in self.listed("followees"))
        assert followees == sorted(self.followees), difference(
            "followees", client.name, followees, sorted(self.followees))
        favorites = sorted(tweet["id"] for tweet in self.listed("favorites"))
        assert favorites == sorted(self.favorites), difference(
            "favorites", client.name, favorites, sorted(self.favorites))
        for content, key, number in self.random.sample(self.replays, min(3, len(self.replays))):
            again = client.post(client.path + "/tweets", json={"content": content}, key=key)
            assert again.header("Idempotency-Replayed") == "true", again
            assert again.expect(201).json()["id"] == number, again
        recent = list(self.registered.items())[-5:]
        for name, there in recent:
            client.get(f"/api/users/{name}").expect(200 if there else 404)
            if not there:
                client.register(name).expect(409, "username_taken")

    def counts(self, world):
        return {"tweets_count": len(self.tweets), "followees_count": len(self.followees),
                "favorites_count": len(self.favorites),
                "followers_count": sum(self.client.name in writer.followees
                                       for writer in world.writers)}


def difference(what, name, got, expected):
    missing = [item for item in expected if item not in got]
    extra = [item for item in got if item not in expected]
    return f"{what} of {name}: missing {missing}, not expected {extra}, or out of order"


class World:
    """All writers over one server, and the tweets that nobody deletes."""

    def __init__(self, server, seed):
        self.server = server
        self.random = random.Random(seed)
        author = Client(server, Forgetful()).join("stable")
        self.stable = [author.tweet(str(number)) for number in range(STABLE_TWEETS)]
        author.close()
        self.writers = [Writer(server, f"writer{number}", self.random.random())
                        for number in range(THREADS)]

    def round(self):
        """Writes, kills, restarts, verifies; the number of operations acknowledged."""
        before = sum(writer.operations for writer in self.writers)
        failures = []

        def work(writer):
            try:
                writer.run(self)
            except BaseException as error:  # pylint: disable=broad-except
                failures.append(error)
        threads = [threading.Thread(target=work, args=(writer,)) for writer in self.writers]
        for thread in threads:
            thread.start()
        time.sleep(self.random.uniform(0.001, LONGEST_ROUND_S))
        self.server.kill()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]
        self.server.start()
        for writer in self.writers:
            writer.resolve()
        for writer in self.writers:
            writer.verify()
        self.verify_counts()
        return sum(writer.operations for writer in self.writers) - before

    def verify_counts(self):
        for writer in self.writers:
            eventually(writer.client.profile, writer.counts(self), writer.client.name)
        reader = self.writers[0].client
        for tweet in self.stable:
            count = sum(tweet["id"] in writer.favorites for writer in self.writers)
            listed = reader.walk(reader.tweet_path(tweet) + "/favorites", limit=100)
            assert len(listed) == count, f"{len(listed)} favoriters of {tweet}, not {count}"
            eventually(lambda tweet=tweet: reader.get(reader.tweet_path(tweet)).json(),
                       {"favorites_count": count}, f"tweet {tweet['id']}")

    def close(self):
        for writer in self.writers:
            writer.client.close()


def eventually(read, expected, name):
    """Deletions are counted in the background: waits until the members are as expected."""
    deadline = time.monotonic() + SETTLE_LIMIT_S
    while True:
        answer = read()
        got = {member: answer[member] for member in expected}
        if got == expected:
            return
        assert time.monotonic() < deadline, f"{name}: {got}, not {expected}"
        time.sleep(0.02)


def verify_stopped(server):
    """Stops the server and lets warblectl look at what it left."""
    server.stop()
    result = subprocess.run([binary("WARBLECTL", "warblectl"), "verify", "--data", server.data],
                            capture_output=True, text=True, check=False)
    assert result.returncode == 0, f"warblectl verify: {result.returncode}\n{result.stdout}" \
                                   f"\n{result.stderr}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10 ** 9))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}, {arguments.rounds} rounds", flush=True)
    server = Server()
    try:
        server.start()
        world = World(server, arguments.seed)
        operations = 0
        for number in range(1, arguments.rounds + 1):
            operations += world.round()
            world.close()
            verify_stopped(server)
            print(f"round {number}: {operations} writes acknowledged so far, all there",
                  flush=True)
            if number < arguments.rounds:
                server.start()
    except BaseException:
        print(f"failed; seed {arguments.seed}", file=sys.stderr)
        if server.process is not None:
            print(server.output(), file=sys.stderr)
        raise
    finally:
        server.remove()
    print(f"{arguments.rounds} rounds passed, seed {arguments.seed}")


if __name__ == "__main__":
    main()
