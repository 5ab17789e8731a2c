"""The web by forms and links alone, as a browser without a script has it."""

import unittest

from support.case import ApiCase
from support.client import PASSWORD
from support.web import Browser


class Journeys(ApiCase):
    @classmethod
    def browser(cls):
        return Browser(cls.server, cls.recorder)

    def joined(self, prefix="user", **fields):
        """A browser signed in as a new user, and the user's name."""
        browser, name = self.browser(), self.new_name(prefix)
        browser.join_by_form(name, **fields)
        self.assertEqual(browser.page.body.get("data-user"), name)
        return browser, name

    def test_joining_signs_in_and_leads_home(self):
        browser, name = self.joined(first_name="Ada", last_name="Byron", description="One\r\nTwo")
        self.assertEqual(browser.at, "/")
        self.assertEqual(browser.page.body["data-name"], "Ada Byron")
        self.assertEqual(browser.page.body["data-page"], "home")
        self.assertIn("One\nTwo", browser.open(f"/@{name}").text)

    def test_the_second_press_of_join_signs_in_as_well(self):
        browser, other, name = self.browser(), self.browser(), self.new_name()
        form = browser.open("/join").form("/join")
        browser.submit(form, username=name, password=PASSWORD)
        other.submit(form, username=name, password=PASSWORD)
        self.assertEqual(other.page.body["data-user"], name)
        page = self.browser().submit(form, username=name.upper(), password="something else")
        self.assertEqual(page.faults["username"], "This name is taken.")

    def test_each_fault_of_joining_stands_beside_its_field(self):
        browser = self.browser()
        page = browser.join_by_form("no spaces!", "short", first_name="x" * 51,
                                    description="kept & <shown>")
        self.assertEqual(browser.answer.status, 422)
        self.assertEqual(page.invalid, ["username", "first_name", "password"])
        self.assertEqual(set(page.faults), {"username", "first_name", "password"})
        self.assertEqual(page.focus[0], "username")
        form = page.form("/join")
        self.assertEqual(form.fields["username"], "no spaces!")
        self.assertEqual(form.fields["description"], "kept & <shown>")
        self.assertEqual(form.fields["password"], "")
        self.assertNotIn("short", page.text)
        self.assertTrue(page.note)

    def test_signing_in_leads_back_to_the_page_that_was_asked_for(self):
        _, name = self.joined()
        browser = self.browser()
        page = browser.open(f"/@{name}/followers?x=1")
        self.assertEqual(browser.answer.status, 401)
        self.assertEqual(page.body["data-page"], "login")
        page = browser.submit(page.form("/login"), username=name, password="wrong password")
        self.assertEqual(browser.answer.status, 401)
        self.assertEqual(page.form("/login").fields["username"], name)
        self.assertNotIn("wrong password", page.text)
        browser.submit(page.form("/login"), username=name, password=PASSWORD)
        self.assertEqual(browser.at, f"/@{name}/followers?x=1")

    def test_what_was_written_is_first_on_home_and_on_the_profile(self):
        browser, name = self.joined()
        browser.write("first")
        page = browser.write("second & <b>bold</b>\r\nline")
        self.assertEqual(browser.at, "/")
        self.assertEqual(page.texts(), ["second & <b>bold</b>\nline", "first"])
        self.assertEqual(browser.open(f"/@{name}").texts(), page.texts())

    def test_a_form_sent_twice_makes_one_tweet_and_another_text_another(self):
        browser, name = self.joined()
        form = browser.open("/write").form("/write")
        for content in ("once", "once", "twice", "once"):
            browser.submit(form, content=content)
        self.assertEqual(browser.open(f"/@{name}").texts(), ["twice", "once"])
        browser.submit(browser.open("/write").form("/write"), content="once")
        self.assertEqual(browser.open(f"/@{name}").texts(), ["once", "twice", "once"])

    def test_a_tweet_that_is_too_long_keeps_its_text(self):
        browser, _ = self.joined()
        page = browser.write("é" * 141)
        self.assertEqual(browser.answer.status, 422)
        self.assertEqual(page.form("/write").fields["content"], "é" * 141)
        self.assertIn("140", page.faults["content"])
        self.assertEqual(page.focus[0], "content")
        self.assertEqual(browser.submit(page.form("/write"), content="é" * 140).texts(),
                         ["é" * 140])
        for blank in ("", " \r\n\u3000"):
            page = browser.write(blank)
            self.assertEqual((browser.answer.status, page.invalid), (422, ["content"]))

    def test_line_feeds_count_once(self):
        browser, _ = self.joined()
        self.assertEqual(browser.write("a\r\n" * 70).texts(), ["a\n" * 70])

    def test_a_text_is_not_lost_with_the_session(self):
        browser, _ = self.joined()
        form = browser.open("/write").form("/write")
        browser.cookies.clear()
        page = browser.submit(form, content="to be kept")
        self.assertEqual(browser.answer.status, 401)
        self.assertEqual(page.form("/write").fields["content"], "to be kept")

    def test_follow_and_unfollow_lead_back_to_where_they_were_pressed(self):
        browser, name = self.joined()
        other = self.new_user("walker")
        page = browser.open(f"/people?prefix={other.name}")
        browser.submit(page.form(f"/@{other.name}/follow"))
        self.assertEqual(browser.at, f"/people?prefix={other.name}")
        page = browser.open(f"/@{name}/followees")
        self.assertIn(other.name, page.text)
        browser.submit(page.form(f"/@{other.name}/unfollow"))
        self.assertEqual(browser.at, f"/@{name}/followees")
        self.assertNotIn(f"/@{other.name}/unfollow", browser.page.text)
        browser.post(f"/@{name}/follow").expect(422)

    def test_a_favorite_leads_back_to_its_tweet(self):
        browser, name = self.joined()
        other = self.new_user()
        tweet = other.tweet("a favorite")
        address = f"/@{other.name}/{tweet['id']}"
        page = browser.open(f"/@{other.name}")
        browser.submit(page.form(f"{address}/favorite"))
        self.assertEqual(browser.at, f"/@{other.name}#t{tweet['id']}")
        page = browser.open(address)
        self.assertIn(f'href="/@{name}"', page.text)
        self.assertIn('aria-pressed="true"', page.text)
        self.assertEqual(browser.open(f"/@{name}/favorites").texts(), ["a favorite"])
        self.assertIn("favorited this", browser.open(f"/@{name}/activity").text)
        browser.submit(browser.open(address).form(f"{address}/unfavorite"))
        self.assertEqual(browser.open(f"/@{name}/favorites").texts(), [])
        browser.post(f"{address}/favorite", headers=[("Origin", browser.origin)]).expect(303)
        self.assertEqual(browser.answer.header("Location"), address)

    def test_deleting_asks_first(self):
        browser, name = self.joined()
        page = browser.write("gone soon")
        address = f"/@{name}/{page.articles[0]['data-id']}"
        page = browser.open(f"{address}/delete")
        self.assertIn("gone soon", page.text)
        other, _ = self.joined()
        other.open(f"{address}/delete")
        self.assertEqual(other.answer.status, 403)
        other.post(f"{address}/delete").expect(403)
        browser.submit(page.form(f"{address}/delete"))
        self.assertEqual(browser.at, f"/@{name}")
        self.assertEqual(browser.page.texts(), [])
        browser.open(address)
        self.assertEqual(browser.answer.status, 404)

    def test_lists_are_read_to_their_end_and_by_fragments_too(self):
        browser, name = self.joined()
        client = self.anonymous().enter(name)
        written = [client.tweet(f"number {number}")["content"] for number in range(45)][::-1]
        texts, page = [], browser.open("/")
        while True:
            texts += page.texts()
            if page.next is None:
                break
            page = browser.open(page.next)
        self.assertEqual(texts, written)
        texts, target = [], f"/@{name}?part=items"
        while target:
            page = browser.open(target)
            self.assertFalse(page.title)
            self.assertNotIn("part=", page.next or "")
            texts += page.texts()
            target = page.next and page.next + "&part=items"
        self.assertEqual(texts, written)

    def test_tweets_are_filtered_by_favorites_and_by_date(self):
        browser, name = self.joined()
        client = self.anonymous().enter(name)
        client.tweet("plain")
        loved = client.tweet("loved")
        client.favorite(loved)
        self.assertEqual(browser.open(f"/@{name}?favorited=true").texts(), ["loved"])
        day = loved["created_at"][:10]
        form = browser.open(f"/@{name}?dates").form(f"/@{name}")
        self.assertEqual(browser.submit(form, since=day, until=day).texts(), ["loved", "plain"])
        self.assertEqual(browser.submit(form, since="2006-01-01", until="2006-02-01").texts(), [])
        page = browser.submit(form, since="yesterday", until="")
        self.assertEqual((browser.answer.status, page.invalid), (422, ["since"]))

    def test_a_list_by_date_keeps_its_days_on_the_next_page(self):
        browser, name = self.joined()
        client = self.anonymous().enter(name)
        day = [client.tweet(f"t{number}") for number in range(25)][-1]["created_at"][:10]
        page = browser.open(f"/@{name}?since={day}&until={day}")
        self.assertIn(f"since={day}", page.next)
        self.assertEqual(len(browser.open(page.next).texts()), 5)

    def test_people_are_found_by_the_beginning_of_their_name(self):
        browser, _ = self.joined()
        other = self.new_user("Robin_")
        page = browser.submit(browser.open("/people").form("/people"), prefix="@robin_")
        self.assertIn(f'href="/@{other.name}"', page.text)
        page = browser.open("/people?prefix=robin+the")
        self.assertEqual((browser.answer.status, page.invalid), (422, ["prefix"]))
        self.assertIn("Nobody sings", browser.open("/people?prefix=zzzzzzzz").text)

    def test_settings_change_the_profile_and_the_password(self):
        browser, name = self.joined()
        page = browser.submit(browser.open("/settings").form("/settings/profile"),
                              first_name="Grace", last_name="", description="a\r\nb")
        self.assertEqual(browser.at, "/settings?saved=profile")
        self.assertEqual(page.note, "Your profile is saved.")
        self.assertEqual(page.form("/settings/profile").fields["description"], "a\nb")
        self.assertIn("Grace", browser.open(f"/@{name}").title)
        page = browser.submit(browser.open("/settings").form("/settings/profile"),
                              first_name="x" * 51)
        self.assertEqual((browser.answer.status, page.invalid), (422, ["first_name"]))
        form = browser.open("/settings").form("/settings/password")
        page = browser.submit(form, current_password="wrong", password="battery staple")
        self.assertEqual((browser.answer.status, page.invalid), (403, ["current_password"]))
        self.assertNotIn("battery staple", page.text)
        for _ in range(2):  # the second press
            browser.submit(form, current_password=PASSWORD, password="battery staple")
            self.assertEqual(browser.at, "/settings?saved=password")
        self.anonymous().enter(name, "battery staple")

    def test_signing_out_here_and_everywhere(self):
        browser, name = self.joined()
        other = self.browser()
        other.submit(other.open("/login").form("/login"), username=name, password=PASSWORD)
        other.submit(other.open("/").form("/logout"))
        self.assertNotIn("data-user", other.page.body)
        self.assertEqual(other.cookies, {})
        other.post("/logout").expect(303)
        other.submit(other.open("/login").form("/login"), username=name, password=PASSWORD)
        browser.submit(browser.open("/settings").form("/settings/sessions"))
        self.assertEqual((browser.at, browser.cookies), ("/", {}))
        page = other.open("/settings")
        self.assertEqual(other.answer.status, 401)
        self.assertIn("session has ended", page.note)
        self.assertEqual(other.cookies, {})

    def test_deleting_the_account_leaves_nothing(self):
        browser, name = self.joined()
        watcher, _ = self.joined()
        form = browser.open("/settings").form("/settings/delete")
        page = browser.submit(form, password="wrong")
        self.assertEqual((browser.answer.status, page.invalid), (403, ["delete_password"]))
        browser.submit(form, password=PASSWORD)
        self.assertEqual((browser.at, browser.cookies), ("/", {}))
        watcher.open(f"/@{name}")
        self.assertEqual(watcher.answer.status, 404)

    def test_every_page_has_one_heading_a_title_and_its_kind(self):
        browser, name = self.joined()
        tweet = self.anonymous().enter(name).tweet("a page")
        kinds = {"/": "home", "/join": "join", "/login": "login", "/write": "write",
                 "/people": "people", "/settings": "settings", f"/@{name}": "profile",
                 f"/@{name}/favorites": "favorites", f"/@{name}/activity": "activity",
                 f"/@{name}/followers": "followers", f"/@{name}/followees": "followees",
                 f"/@{name}/{tweet['id']}": "tweet", f"/@{name}/{tweet['id']}/delete": "delete"}
        for path, kind in kinds.items():
            page = browser.open(path)
            self.assertEqual(page.body["data-page"], kind, path)
            self.assertEqual(page.text.count("<h1"), 1, path)
            self.assertTrue(page.title.endswith(" - Warble"), path)
            self.assertEqual([name for name in page.focus if name != "button"], [], path)


if __name__ == "__main__":
    unittest.main()
