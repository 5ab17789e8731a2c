"""The data directory: whose it is, whatever the umask that the programs were started with."""

import os
import pathlib
import stat
import subprocess
import unittest

from support.case import ApiCase
from support.server import binary


class Owner(ApiCase):
    @classmethod
    def setUpClass(cls):
        before = os.umask(0)
        try:
            super().setUpClass()
        finally:
            os.umask(before)

    def open_to_others(self):
        """What others may use of all that the programs have made, as (path, mode)."""
        data = pathlib.Path(self.server.data)
        paths = [data, *data.rglob("*")]
        self.assertGreater(len(paths), 5)
        modes = [(str(path.relative_to(data)), stat.S_IMODE(path.lstat().st_mode))
                 for path in paths]
        return [(path, oct(mode)) for path, mode in modes if mode & 0o077]

    def test_all_that_the_programs_make_is_the_owners_alone(self):
        self.new_user().tweet()
        self.assertEqual(self.open_to_others(), [])
        self.server.stop()
        self.assertEqual(self.open_to_others(), [])
        subprocess.run([binary("WARBLECTL", "warblectl"), "verify", "--data", self.server.data],
                       capture_output=True, timeout=60, check=True, umask=0)
        self.assertEqual(self.open_to_others(), [])
        self.server.start()
        self.assertEqual(self.open_to_others(), [])


if __name__ == "__main__":
    unittest.main()
