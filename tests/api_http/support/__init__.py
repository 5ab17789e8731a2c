"""Black-box tests of the REST API, over real sockets, against a `warbled` of their own.

Run from the tree's root, with Debian's Python 3.11 and python3-jsonschema:

    /usr/bin/python3 -m unittest discover -s tests/api_http      # everything
    /usr/bin/python3 tests/api_http/test_users.py -v             # one file
    /usr/bin/python3 tests/api_http/test_users.py Names.test_x   # one test

WARBLED names the server's binary (default: build/release/bin/warbled in this tree).
Every class starts one server and, at its end, holds every answer it got against the contract's
general rules (invariants.py) and against the server's own OpenAPI document (openapi.py).
"""
