"""The web as HTTP: headers, compression, assets, redirects, and what a form may be."""

import gzip
import random
import re
import time
import unittest
import urllib.parse

from support.case import ApiCase
from support.client import PASSWORD
from support.web import FORM, HTML, Browser, Page, text_of

CSP = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
       "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
       "require-trusted-types-for 'script'; trusted-types warble")
# What `next` must never lead to, and nothing made of it.
ELSEWHERE = ["//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example",
             "http:evil.example", "javascript:alert(1)", "data:text/html,x", "evil.example", "",
             "/\t/evil.example", "/\n/evil.example", "\t//evil.example", " //evil.example",
             "///evil.example", "/%0d%0aX: y".replace("%0d%0a", "\r\n"), "/a b", "/\u2028/x",
             "https:/evil.example", "@evil.example", "?next=//evil.example", "/" * 3000]


class WebCase(ApiCase):
    @classmethod
    def browser(cls):
        return Browser(cls.server, cls.recorder)

    def joined(self, **fields):
        browser, name = self.browser(), self.new_name()
        browser.join_by_form(name, **fields)
        return browser, name


class Headers(WebCase):
    def test_every_kind_of_page_has_the_headers_of_safety(self):
        browser, name = self.joined()
        for path, status in (("/", 200), (f"/@{name}", 200), ("/@nobody", 404), ("/nowhere", 404),
                             ("/logout", 405), (f"/@{name}?cursor=x", 400),
                             (f"/@{name}?part=items", 200)):
            answer = browser.load(path).expect(status)
            self.assertEqual(answer.header("Content-Security-Policy"), CSP, path)
            self.assertEqual(answer.header("Referrer-Policy"), "same-origin", path)
            self.assertEqual(answer.header("Cross-Origin-Opener-Policy"), "same-origin", path)
            self.assertEqual(answer.header("Cache-Control"), "private, no-cache", path)
            self.assertEqual(answer.header("Content-Type"), "text/html; charset=utf-8", path)
            vary = set(answer.header("Vary").split(", "))
            self.assertLessEqual({"Accept-Encoding", "Cookie", "Authorization"}, vary, path)
        answer = self.browser().load("/").expect(200)
        self.assertEqual(answer.header("Cache-Control"), "public, no-cache")

    def test_pages_are_compressed_for_who_takes_it(self):
        client = self.anonymous()
        for accepted, coding in (("gzip", "gzip"), ("br, gzip;q=0.5", "gzip"), ("*", "gzip"),
                                 ("gzip;q=0", None), ("br", None), ("identity", None),
                                 (None, None)):
            fields = [("Accept", HTML)] + ([("Accept-Encoding", accepted)] if accepted else [])
            answer = client.get("/", headers=fields).expect(200)
            self.assertEqual(answer.header("Content-Encoding"), coding, accepted)
            self.assertIn("Warble", text_of(answer))

    def test_a_page_is_never_not_modified(self):
        browser, _ = self.joined()
        answer = browser.load("/", headers=[("If-None-Match", "*"), ("If-Modified-Since",
                                             "Fri, 01 Jan 2100 00:00:00 GMT")]).expect(200)
        self.assertIsNone(answer.header("ETag"))

    def test_head_is_get_without_the_body(self):
        browser, name = self.joined()
        for path in ("/", f"/@{name}", "/nowhere", "/favicon.svg", self.asset("style.css")):
            whole = browser.load(path)
            answer = browser.load(path, "HEAD").expect(whole.status)
            self.assertEqual(answer.body, b"")
            for name_ in ("Content-Type", "Content-Encoding", "Cache-Control", "Vary"):
                self.assertEqual(answer.header(name_), whole.header(name_), path)

    def test_another_method_is_405_with_allow(self):
        browser, name = self.joined()
        for method, path, allow in (
                ("GET", "/logout", "POST"), ("GET", f"/@{name}/follow", "POST"),
                ("POST", f"/@{name}", "GET, HEAD"), ("DELETE", "/join", "GET, HEAD, POST"),
                ("PUT", f"/@{name}/1/delete", "GET, HEAD, POST"),
                ("POST", "/robots.txt", "GET, HEAD"), ("OPTIONS", "/", "GET, HEAD")):
            answer = browser.load(path, method).expect(405)
            self.assertEqual(answer.header("Allow"), allow, f"{method} {path}")

    def test_an_unknown_path_is_404_signed_in_or_not(self):
        browser, name = self.joined()
        for path in ("/nowhere", "/@", f"/@{name}/", f"/@{name}/tweets", f"/@{name}/1x", "//",
                     f"/@{name}/1/likes", "/settings/profile/x", "/assets/none-0123456789.js",
                     "/assets/", "/%2e%2e/x", "/%zz", f"/@{name}/0123", "/@a%2fb"):
            browser.load(path).expect(404)
            self.browser().load(path).expect(404)

    def test_errors_are_json_where_no_html_is_asked_for(self):
        for path, code in (("/nowhere", "not_found"), ("/@nobody", "unauthenticated")):
            answer = self.anonymous().get(path)
            self.assertEqual(answer.json()["code"], code)

    def asset(self, name):
        page = Page(text_of(self.browser().load("/")))
        return page.links["stylesheet"] if name == "style.css" else page.links["icon"]

    def test_assets_never_change_under_their_name(self):
        client, path = self.anonymous(), self.asset("style.css")
        plain = client.get(path).expect(200)
        self.assertEqual(plain.header("Cache-Control"), "public, max-age=31536000, immutable")
        self.assertEqual(plain.header("Vary"), "Accept-Encoding")
        self.assertEqual(plain.header("Content-Type"), "text/css; charset=utf-8")
        packed = client.get(path, headers=[("Accept-Encoding", "gzip")]).expect(200)
        self.assertEqual(gzip.decompress(packed.body), plain.body)
        brotli = client.get(path, headers=[("Accept-Encoding", "gzip, br")]).expect(200)
        self.assertEqual(brotli.header("Content-Encoding"), "br")
        self.assertLess(len(brotli.body), len(packed.body))

    def test_another_hash_of_a_known_name_is_the_present_bytes_for_now(self):
        client, path = self.anonymous(), self.asset("style.css")
        other = re.sub(r"-[0-9a-f]{10}\.", "-0123456789.", path)
        answer = client.get(other).expect(200)
        self.assertEqual(answer.header("Cache-Control"), "no-store")
        self.assertEqual(answer.body, client.get(path).body)

    def test_files_for_machines(self):
        client = self.anonymous()
        self.assertIn("User-agent", client.get("/robots.txt").expect(200).body.decode())
        answer = client.get("/favicon.svg").expect(200)
        self.assertEqual(answer.header("Content-Type"), "image/svg+xml")
        answer = client.get("/.well-known/change-password").expect(302)
        self.assertEqual(answer.header("Location"), "/settings")

    def test_another_spelling_leads_to_the_registered_one(self):
        browser, name = self.joined()
        tweet = self.anonymous().enter(name).tweet()
        other = name.upper()
        for path in ("", "/followers", f"/{tweet['id']}", f"/{tweet['id']}/delete",
                     "?favorited=true&since=2026-01-01"):
            answer = browser.load(f"/@{other}{path}").expect(308)
            self.assertEqual(answer.header("Location"), f"/@{name}{path}")
        second, _ = self.joined()
        second.post(f"/@{other}/follow").expect(303)
        browser.load(f"/@{self.new_user().name}/{tweet['id']}").expect(404)


class Forms(WebCase):
    def test_signing_in_never_leads_elsewhere(self):
        _, name = self.joined()
        for target in ELSEWHERE:
            browser = self.browser()
            answer = browser.post("/login", {"username": name, "password": PASSWORD,
                                             "next": target}).expect(303)
            self.assertEqual(answer.header("Location"), "/", repr(target))
            page = self.browser().open("/login?" + urllib.parse.urlencode(
                {"next": target[:500]}))
            self.assertEqual(page.form("/login").fields["next"], "/", repr(target))
        answer = self.browser().post("/login", {"username": name, "password": PASSWORD,
                                                "next": f"/@{name}?a=b&c=%20"}).expect(303)
        self.assertEqual(answer.header("Location"), f"/@{name}?a=b&c=%20")

    def test_a_form_of_another_origin_is_refused_signed_in_or_not(self):
        browser, name = self.joined()
        fields = {"username": name, "password": PASSWORD, "content": "forged"}
        foreign = [[("Origin", "https://evil.example")], [("Origin", "null")], [],
                   [("Sec-Fetch-Site", "cross-site")], [("Sec-Fetch-Site", "same-site")]]
        for headers in foreign:
            for client, action in ((self.browser(), "/login"), (self.browser(), "/join"),
                                   (browser, "/write"), (browser, "/logout"),
                                   (browser, "/settings/sessions")):
                answer = client.post(action, fields, headers=headers).expect(403)
                self.assertIsNone(answer.header("Set-Cookie"))
        self.assertEqual(browser.open(f"/@{name}").texts(), [])
        browser.post("/write", fields, headers=[("Sec-Fetch-Site", "same-origin")]).expect(303)

    def test_only_forms_up_to_16_kib_are_taken(self):
        browser, _ = self.joined()
        for content_type in ("application/json", "text/plain", "multipart/form-data; boundary=x"):
            browser.post("/write", {"content": "x"}, content_type=content_type).expect(415)
        browser.post("/write", {"content": "x"}, content_type=FORM + "; charset=UTF-8").expect(303)
        padding = "x" * (16384 - len("content=hello&x="))
        browser.post("/write", {"content": "hello", "x": padding}).expect(303)
        for size in (16384, 70000):
            answer = browser.post("/write", {"content": "hello", "x": "x" * size}).expect(413)
            self.assertTrue(answer.closes)

    def test_any_bytes_are_a_form_or_a_fault(self):
        browser, name = self.joined()
        seed = random.randrange(1 << 32)
        chance = random.Random(seed)
        pieces = [b"content=", b"&", b"=", b"%", b"%00", b"%zz", b"%ff", b"+", b"\x00", b"\xff",
                  b"content=x%0D%0A", b"nonce=", b"username=a", b";", "ü".encode(), b"%E2%80%AE"]
        for _ in range(300):
            body = b"".join(chance.choices(pieces, k=chance.randrange(12)))
            for action in ("/write", "/join", "/settings/profile"):
                answer = browser.load(action, "POST", body, [("Origin", browser.origin)])
                self.assertIn(answer.status, (303, 422), f"seed {seed}: {action} {body}")
        browser.post("/write", {"content": "still here"}).expect(303)
        self.assertEqual(browser.open(f"/@{name}").texts()[0], "still here")

    def test_hostile_texts_stay_texts_wherever_they_stand(self):
        hostile = ["<img src=x onerror=alert(1)>", "</script><script>x", '"><svg onload=x>',
                   "{{7*7}}", "%3Cscript%3E", "&lt;b&gt; &amp;", "' onclick='x"]
        for text in hostile:
            browser, name = self.joined(first_name=text, description=text)
            browser.write(text)
            for path in ("/", f"/@{name}", f"/@{name}/activity", "/settings"):
                page = browser.open(path)  # the parser fails on a handler or an open tag
                self.assertNotIn("<img", page.text)
                self.assertNotIn("svg onload", page.text.replace("&lt;svg", ""))
            self.assertEqual(browser.open(f"/@{name}").texts(), [text])
            self.assertIn(text, page.form("/settings/profile").fields["first_name"])
            page = browser.open("/people?" + urllib.parse.urlencode({"prefix": text}))
            self.assertNotIn("<img", page.text)


class AnonymousReads(WebCase):
    arguments = ("--anonymous-reads",)

    def test_what_may_be_read_is_read_and_previewed(self):
        browser, name = self.joined(first_name="Ada <b>", description="Writes & reads")
        tweet = self.anonymous().enter(name).tweet('A "quoted" text\nof two lines')
        stranger = self.browser()
        page = stranger.open(f"/@{name}/{tweet['id']}")
        self.assertEqual(stranger.answer.header("Cache-Control"), "public, no-cache")
        self.assertEqual(page.meta["og:title"], 'Ada <b>: A "quoted" text of two lines')
        url = f"http://{stranger.host}/@{name}/{tweet['id']}"
        self.assertEqual((page.meta["og:url"], page.links["canonical"]), (url, url))
        self.assertNotIn("og:image", page.meta)
        page = stranger.open(f"/@{name}")
        self.assertEqual(page.meta["og:title"], f"Ada <b> (@{name})")
        self.assertEqual(page.meta["description"], "Writes & reads")
        self.assertIn("/people", [form.action for form in page.forms])
        self.assertNotIn("post", [form.method for form in page.forms])
        self.assertEqual(browser.open("/").body["data-user"], name)
        for path in ("followers", "followees", "favorites", "activity"):
            stranger.load(f"/@{name}/{path}").expect(200)
        stranger.load("/@nobody").expect(404)
        for path in ("/write", "/settings", f"/@{name}/{tweet['id']}/delete"):
            stranger.load(path).expect(401)

    def test_a_dead_cookie_shows_what_anyone_may_see_and_is_cleared(self):
        browser, name = self.joined()
        self.anonymous().enter(name).tweet("readable")
        browser.cookies["warble_session"] = "dead"
        page = browser.open(f"/@{name}")
        self.assertEqual(browser.answer.status, 200)
        self.assertEqual(page.texts(), ["readable"])
        self.assertIn("session has ended", page.note)
        self.assertNotIn("data-user", page.body)
        self.assertEqual(browser.answer.header("Cache-Control"), "private, no-cache")
        self.assertEqual(browser.cookies, {})


class NoAnonymousReads(WebCase):
    def test_a_stranger_learns_nothing(self):
        _, name = self.joined(first_name="Secretive")
        tweet = self.anonymous().enter(name).tweet("hidden content")
        bodies = set()
        for path in (f"/@{name}", "/@nobody", f"/@{name}/{tweet['id']}", "/@nobody/17",
                     f"/@{name}/followers", f"/people?prefix={name}", "/write", "/settings"):
            browser = self.browser()
            page = browser.open(path)
            self.assertEqual(browser.answer.status, 401, path)
            self.assertEqual(page.body["data-page"], "login")
            self.assertNotIn("og:title", page.meta)
            self.assertNotIn("/people", [form.action for form in page.forms])
            for word in ("Secretive", "hidden content"):
                self.assertNotIn(word, page.text)
            encoded = (urllib.parse.quote(path, safe=""), path.replace("&", "&amp;"))
            bodies.add(page.text.replace(encoded[0], "").replace(encoded[1], ""))
        self.assertEqual(len(bodies), 1)
        self.assertNotIn("og:title", self.browser().open("/").meta)


class Rates(WebCase):
    rate_limit = "1"  # a burst of 4

    def test_a_page_counts_once_and_an_asset_not_at_all(self):
        client = self.browser()
        left = []
        for _ in range(3):
            answer = client.load("/login").expect(200)
            client.load("/favicon.svg").expect(200)
            client.load("/robots.txt").expect(200)
            left.append(int(answer.header("RateLimit-Remaining")))
        self.assertEqual([left[0] - number for number in left], [0, 1, 2])
        while client.load("/login").status == 200:
            pass
        self.assertEqual(client.answer.status, 429)
        page = Page(text_of(client.answer))
        wait = client.answer.header("Retry-After")
        self.assertIn(f'data-retry="{wait}"', page.text)
        client.load("/favicon.svg").expect(200)
        time.sleep(int(wait) + 1)  # as it says; what comes after this test asks once more


if __name__ == "__main__":
    unittest.main()
