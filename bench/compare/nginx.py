"""nginx: the same answer as Warble's, as a constant: what the request costs without any work."""
import contextlib
from typing import Iterator

from measure import Figure, Rounds
from processes import CompareError, Server, free_port, serve
from warble import Load, warble
from workspace import Workspace

PROGRAMS = ["nginx", "wrk"]
FIGURES = ["GET user", "GET tweet"]
# Fields that nginx sends by itself: Server, Date, Content-Type, Content-Length, Connection.
OWN_FIELDS = {"server", "date", "content-type", "content-length", "connection"}


def quoted(text: str) -> str:
    if "$" in text:
        raise CompareError(f"nginx cannot answer a constant with a dollar sign: {text}")
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def location(path: str, fields: list[tuple[str, str]], body: str) -> str:
    """Answers like Warble: with as many fields, of which the longest are kept."""
    extra = [field for field in fields if field[0].lower() not in OWN_FIELDS]
    extra.sort(key=lambda field: -len("".join(field)))
    wanted = len(fields) - len(OWN_FIELDS)
    lines = [f"  add_header {name} {quoted(value)};" for name, value in extra[:wanted]]
    return "\n".join([f"location = {path} {{", "  default_type application/json;", *lines,
                      f"  return 200 {quoted(body)};", "}"])


def configuration(template: str, port: int, run: str, locations: list[str]) -> str:
    return (template.replace("@PORT@", str(port)).replace("@RUN@", run)
            .replace("@LOCATIONS@", "\n".join(locations)))


@contextlib.contextmanager
def nginx(workspace: Workspace, locations: list[str]) -> Iterator[tuple[Server, str]]:
    port = free_port()
    template = (workspace.peers / "nginx" / "nginx.conf").read_text()
    file = workspace.run / "nginx.conf"
    file.write_text(configuration(template, port, str(workspace.run), locations))
    command = ["nginx", "-c", file, "-p", workspace.run, "-e", workspace.run / "nginx.error.log"]
    with serve(command, "nginx", workspace.run / "nginx.log") as server:
        server.wait_for_port(port)
        yield server, f"127.0.0.1:{port}"


def measure(workspace: Workspace, rounds: Rounds) -> Iterator[Figure]:
    if not any(map(rounds.wants, FIGURES)):
        return
    person = workspace.meta()["popular"][0]
    user = f"/api/users/{person['username']}"
    pages = dict(zip(FIGURES, [user, f"{user}/tweets/{person['newest_tweet']}"]))
    token = person["token"]
    with warble(workspace) as ours:
        answers = {path: ours.get(path, token) for path in pages.values()}
        locations = [location(path, *answer) for path, answer in answers.items()]
        with nginx(workspace, locations) as (server, address):
            theirs = Load(workspace, server, address)
            for name, path in pages.items():
                if not rounds.wants(name):
                    continue
                fields, body = theirs.get(path, token)
                if (len(fields), body) != (len(answers[path][0]), answers[path][1]):
                    raise CompareError(f"nginx does not answer {path} as Warble does: {fields}")
                yield rounds.alternate(Figure("nginx", name, "requests/s"),
                                       ours.page(path, token), theirs.page(path, token))
