"""A browser without a script: it follows links, fills in forms, and keeps cookies."""

import gzip
import html.parser
import urllib.parse

from support.client import PASSWORD, Client

HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
FORM = "application/x-www-form-urlencoded"
VOID = {"meta", "link", "input", "path", "use", "circle", "br"}
MOST_REDIRECTS = 3


class Form:
    """A form as it stands on a page."""

    def __init__(self, action, method):
        self.action, self.method = action, method
        self.fields = {}
        self.attributes = {}

    def __repr__(self):
        return f"{self.method} {self.action} {self.fields}"


class Page(html.parser.HTMLParser):
    """What a test asks of a page; its tags must be balanced and its ids unique."""

    def __init__(self, text):
        super().__init__()
        self.text = text
        self.title, self.meta, self.links, self.forms, self.headings = "", {}, {}, [], []
        self.ids, self.focus, self.faults, self.articles = [], [], {}, []
        self.body, self.next, self.note, self.invalid = {}, None, "", []
        self.tweets = []  # (id, author, text)
        self._open, self._areas = [], []
        self.feed(text)
        self.close()
        assert not self._open, f"open tags at the end: {self._open}"
        assert len(self.ids) == len(set(self.ids)), f"ids twice: {sorted(self.ids)}"

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag not in VOID:
            self._open.append((tag, given))
        if "id" in given:
            self.ids.append(given["id"])
        if "autofocus" in given:
            self.focus.append(given.get("id", tag))
        if given.get("aria-invalid") == "true":
            self.invalid.append(given["id"])
        for name in given:
            assert not name.startswith("on") and name != "style", f"{name} in {tag}"
        self._start(tag, given)

    def _start(self, tag, given):
        if tag == "body":
            self.body = given
        elif tag == "meta" and ("property" in given or "name" in given):
            self.meta[given.get("property") or given["name"]] = given["content"]
        elif tag == "link":
            self.links[given["rel"]] = given["href"]
        elif tag == "article":
            self.articles.append(given)
        elif tag == "form":
            self.forms.append(Form(given.get("action"), given.get("method", "get")))
            self.forms[-1].attributes = given
        elif tag == "a" and given.get("rel") == "next":
            self.next = given["href"]
        elif tag == "input" and "name" in given:
            self.forms[-1].fields[given["name"]] = given.get("value", "")
        elif tag == "textarea":
            self.forms[-1].fields[given["name"]] = ""

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        assert self._open and self._open[-1][0] == tag, f"</{tag}> after {self._open[-3:]}"
        self._open.pop()

    def handle_data(self, data):
        if not self._open:
            return
        tag, given = self._open[-1]
        if tag == "title":
            self.title += data
        elif tag == "textarea":
            text = self.forms[-1].fields[given["name"]] + data
            self.forms[-1].fields[given["name"]] = text.removeprefix("\n")
        elif given.get("class") == "fault":
            self.faults[given["id"].removesuffix("-fault")] = data
        if any(tag == "h1" for tag, _ in self._open):
            self.headings.append(data)
        if any(entry.get("id") == "note" for _, entry in self._open):
            self.note += data
        if any(entry.get("class") == "text" for _, entry in self._open) and self.articles:
            self.articles[-1]["text"] = self.articles[-1].get("text", "") + data

    def form(self, action):
        """The first form that posts to this address, else the first that asks it."""
        for form in sorted(self.forms, key=lambda form: form.method != "post"):
            if form.action == action:
                return form
        raise AssertionError(f"no form {action} among {[form.action for form in self.forms]}")

    def texts(self):
        """What the tweets say, in order."""
        return [article.get("text", "") for article in self.articles]


class Browser(Client):
    """A client that holds cookies and says where its requests come from."""

    def __init__(self, server, recorder, source=None):
        super().__init__(server, recorder, source)
        self.cookies = {}
        self.at = "/"
        self.page = None
        self.answer = None

    @property
    def origin(self):
        return f"http://{self.host}"

    def fields(self):
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        fields = [("Accept", HTML), ("Accept-Encoding", "gzip, deflate, br")]
        return fields + ([("Cookie", cookie)] if cookie else [])

    def load(self, target, method="GET", body=None, headers=(), content_type=FORM):
        """One request, no redirect followed; keeps cookies and returns the answer."""
        answer = self.request(method, target, body, headers=[*self.fields(), *headers],
                              content_type=content_type)
        for line in answer.all("Set-Cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies.pop(name, None)
            if "Max-Age=0" not in line and value:
                self.cookies[name] = value
        self.answer = answer
        return answer

    def open(self, target):
        """Goes to an address, redirects included; the page."""
        for _ in range(MOST_REDIRECTS):
            answer = self.load(target)
            if answer.status not in (302, 303, 308):
                break
            target = answer.header("Location")
        self.at = target
        self.page = Page(text_of(answer))
        return self.page

    def post(self, action, fields=(), headers=None, **options):
        """Sends a form without a page; no redirect is followed."""
        if headers is None:
            headers = [("Origin", self.origin), ("Referer", self.origin + self.at)]
        body = urllib.parse.urlencode(dict(fields)).encode()
        return self.load(action, "POST", body, headers, **options)

    def submit(self, form, **typed):
        """Fills in a form of the page, sends it and goes where it leads."""
        fields = {**form.fields, **typed}
        if form.method == "get":
            return self.open(f"{form.action}?{urllib.parse.urlencode(fields)}")
        answer = self.post(form.action, fields)
        if answer.status in (302, 303, 308):
            return self.open(answer.header("Location"))
        self.page = Page(text_of(answer))
        return self.page

    def join_by_form(self, name, password=PASSWORD, **fields):
        form = self.open("/join").form("/join")
        return self.submit(form, username=name, password=password, **fields)

    def write(self, content):
        return self.submit(self.open("/write").form("/write"), content=content)


def text_of(answer):
    """The text of an answer, whatever its coding."""
    coding = answer.header("Content-Encoding")
    body = gzip.decompress(answer.body) if coding == "gzip" else answer.body
    return body.decode()
