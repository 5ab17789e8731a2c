"""The base of the test classes: one server a class, and the checks of all its answers."""

import itertools
import sys
import threading
import time
import unittest

from support.client import Client
from support.invariants import faults
from support.openapi import Document
from support.server import Server

MOST_FAULTS_SHOWN = 25
SETTLE_LIMIT_S = 60


class ApiCase(unittest.TestCase):
    """One server for the class, with `arguments` and `rate_limit`; clients come from here."""

    arguments = ()
    rate_limit = "off"
    admin = False
    environment = None  # variables of the server's own
    _numbers = itertools.count(1)

    @classmethod
    def setUpClass(cls):
        cls.recorder = []
        cls.server = Server(*cls.arguments, rate_limit=cls.rate_limit, admin=cls.admin,
                            environment=cls.environment)
        cls.addClassCleanup(cls.server.remove)
        cls.server.start()

    @classmethod
    def tearDownClass(cls):
        try:
            cls.check_recorded()
        except Exception:
            print(cls.server.output(), file=sys.stderr)
            raise
        cls.server.stop()

    @classmethod
    def check_recorded(cls):
        """Holds every answer of the class against the contract and the OpenAPI document."""
        answer = cls.anonymous().get("/api/openapi.json").expect(200)
        document = Document(answer.json())
        found = {}
        for recorded in cls.recorder:
            for fault in itertools.chain(faults(recorded), document.faults(recorded)):
                method = recorded.method if recorded.target else "raw"
                found.setdefault((method, fault), []).append(recorded)
        if found:
            lines = [f"{method}: {fault} ({len(answers)} times), first: {answers[0]}"
                     for (method, fault), answers in found.items()]
            raise AssertionError(
                f"{len(found)} kinds of faults in {len(cls.recorder)} recorded answers:\n"
                + "\n".join(lines[:MOST_FAULTS_SHOWN]))

    def run(self, result=None):
        def bad():
            return len(result.failures) + len(result.errors)
        before = bad() if result is not None else 0
        outcome = super().run(result)
        if result is not None and bad() > before and self.server.process is not None:
            print(f"{self.id()} failed\n{self.server.output()}", file=sys.stderr)
        return outcome

    @classmethod
    def anonymous(cls, source=None):
        """A client without a session."""
        return Client(cls.server, cls.recorder, source)

    @classmethod
    def new_name(cls, prefix="user"):
        return f"{prefix}_{next(cls._numbers)}"

    @classmethod
    def new_user(cls, prefix="user", **fields):
        """A client signed in as a fresh user whose name begins with `prefix`."""
        return cls.anonymous().join(cls.new_name(prefix), **fields)

    def eventually(self, question, limit_s=SETTLE_LIMIT_S):
        """Waits until question() is true: for counts that follow in the background."""
        deadline = time.monotonic() + limit_s
        while not question():
            self.assertLess(time.monotonic(), deadline, "never came right")
            time.sleep(0.02)

    def together(self, actions):
        """Runs the functions at once, a thread each; their results, in order."""
        actions = list(actions)
        barrier = threading.Barrier(len(actions))
        results, failures = [None] * len(actions), []

        def work(index, action):
            try:
                barrier.wait()
                results[index] = action()
            except BaseException as error:  # pylint: disable=broad-except
                failures.append(error)

        threads = [threading.Thread(target=work, args=pair) for pair in enumerate(actions)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]
        return results


def ids(items):
    """The ids of a list of tweets."""
    return [item["id"] for item in items]


def names(items):
    """The user names of a list of followers, followees or favoriters."""
    return [item["user"]["username"] for item in items]


def in_order(tweets):
    """The tweets newest first, equal times by descending id, as every list has them."""
    return sorted(tweets, key=lambda tweet: (tweet["created_at"], int(tweet["id"])), reverse=True)
