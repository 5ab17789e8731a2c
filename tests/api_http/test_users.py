"""Users: registration, reading, changing, searching, and the rules of their fields."""

import unittest

from support.case import ApiCase

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
USER_MEMBERS = {"id", "username", "first_name", "last_name", "description", "created_at",
                "updated_at", "tweets_count", "followers_count", "followees_count",
                "favorites_count"}
# (field, value, expected code or None): of registration, one bad field at a time.
FIELD_CASES = [
    ("username", "", "required"),
    ("username", None, "invalid"),
    ("username", 5, "invalid"),
    ("username", ["a"], "invalid"),
    ("username", "two words", "invalid"),
    ("username", "dash-ed", "invalid"),
    ("username", "dot.ted", "invalid"),
    ("username", "caf\u00e9", "invalid"),
    ("username", "line\n", "invalid"),
    ("username", "nul\x00", "invalid"),
    ("username", " ", "invalid"),
    ("username", "x" * 31, "too_long"),
    ("username", "-" + "x" * 31, "invalid"),
    ("password", "", "required"),
    ("password", None, "invalid"),
    ("password", 12345678, "invalid"),
    ("password", "seven77", "too_short"),
    ("password", "\u00e9\u00e9\u00e9x", "too_short"),
    ("password", "x" * 257, "too_long"),
    ("password", "\u00e9" * 128 + "x", "too_long"),
    ("first_name", None, "invalid"),
    ("first_name", True, "invalid"),
    ("first_name", {}, "invalid"),
    ("first_name", "x" * 51, "too_long"),
    ("first_name", "a\nb", "invalid"),
    ("first_name", "a\tb", "invalid"),
    ("first_name", "a\x7fb", "invalid"),
    ("first_name", "a\x85b", "invalid"),
    ("first_name", "a\x00b", "invalid"),
    ("last_name", "\U0001f426" * 51, "too_long"),
    ("last_name", "a\rb", "invalid"),
    ("last_name", 1.5, "invalid"),
    ("description", "x" * 161, "too_long"),
    ("description", "a\r\nb", "invalid"),
    ("description", "a\tb", "invalid"),
    ("description", [], "invalid"),
    ("description", None, "invalid"),
]


class Registration(ApiCase):
    def test_a_user_is_created_as_sent_and_can_be_read(self):
        name = self.new_name("Alice_A")
        answer = self.anonymous().register(
            name, first_name="Al", last_name="Ice", description="line\nline").expect(201)
        user = answer.json()
        self.assertEqual(answer.header("Location"), f"/api/users/{name}")
        self.assertEqual(user.keys(), USER_MEMBERS)
        self.assertRegex(user["id"], r"^\d+$")
        self.assertRegex(user["created_at"], f"^{TIME}$")
        self.assertEqual(user["created_at"], user["updated_at"])
        self.assertEqual([user[key] for key in ("username", "first_name", "last_name",
                                                "description")],
                         [name, "Al", "Ice", "line\nline"])
        self.assertEqual([user[key] for key in sorted(USER_MEMBERS) if key.endswith("_count")],
                         [0, 0, 0, 0])
        client = self.anonymous().enter(name)
        self.assertEqual(client.profile(), user)
        self.assertEqual(client.user, user)

    def test_absent_optional_texts_are_empty(self):
        user = self.anonymous().register(self.new_name()).expect(201).json()
        self.assertEqual([user[key] for key in ("first_name", "last_name", "description")],
                         ["", "", ""])

    def test_names_are_unique_without_regard_to_case(self):
        name = self.new_name("MiXed")
        client = self.anonymous()
        client.register(name).expect(201)
        for other in (name, name.lower(), name.upper()):
            client.register(other).expect(409, "username_taken")
        for other in (name.lower(), name.upper()):
            client.enter(other)
            self.assertEqual(client.name, name)
            self.assertEqual(client.profile(other)["username"], name)

    def test_each_bad_field_gets_its_code(self):
        client = self.anonymous()
        for field, value, code in FIELD_CASES:
            with self.subTest(field=field, value=value):
                body = {"username": self.new_name(), "password": "password", field: value}
                answer = client.post("/api/users", json=body)
                self.assertEqual(answer.field_errors(), {field: code})

    def test_all_bad_fields_are_named(self):
        body = {"username": "a b", "password": "x", "first_name": 1, "last_name": "y" * 51,
                "description": "\t"}
        answer = self.anonymous().post("/api/users", json=body)
        self.assertEqual(answer.field_errors(), {
            "username": "invalid", "password": "too_short", "first_name": "invalid",
            "last_name": "too_long", "description": "invalid"})
        answer = self.anonymous().post("/api/users", json={})
        self.assertEqual(answer.field_errors(), {"username": "required", "password": "required"})

    def test_the_longest_and_shortest_values_are_accepted(self):
        for fields in ({"username": "z"}, {"username": "Z" * 29 + "_"},
                       {"password": "8 bytes!"}, {"password": "\u00e9" * 4},
                       {"password": "x" * 256}, {"password": "\U0001f426" * 64},
                       {"password": "\x00\x01\t\n\x7f\x85!!"}, {"password": " " * 8},
                       {"first_name": "\U0001f426" * 50, "last_name": "x" * 50},
                       {"description": "\U0001f426" * 160}, {"description": "\n\n"},
                       {"first_name": "   "}):
            with self.subTest(fields=fields):
                body = {"username": self.new_name(), "password": "password", **fields}
                user = self.anonymous().post("/api/users", json=body).expect(201).json()
                for field in fields.keys() - {"password"}:
                    self.assertEqual(user[field], fields[field])
                self.anonymous().enter(body["username"], body["password"])

    def test_texts_are_stored_in_nfc_and_counted_so(self):
        user = self.anonymous().register(
            self.new_name(), first_name="e\u0301" * 50, last_name="\u212b",
            description="A\u030a" * 160).expect(201).json()
        self.assertEqual(user["first_name"], "\u00e9" * 50)
        self.assertEqual(user["last_name"], "\u00c5")
        self.assertEqual(user["description"], "\u00c5" * 160)
        answer = self.anonymous().register(self.new_name(), first_name="\u0958" * 26)
        self.assertEqual(answer.field_errors(), {"first_name": "too_long"})

    def test_passwords_are_compared_as_bytes(self):
        client = self.anonymous()
        name = self.new_name()
        client.register(name, "caf\u00e9 \u00e9\u00e9").expect(201)
        client.sign_in(name, "cafe\u0301 \u00e9\u00e9").expect(401, "invalid_credentials")
        client.sign_in(name, "CAF\u00e9 \u00e9\u00e9").expect(401, "invalid_credentials")
        client.sign_in(name, "caf\u00e9 \u00e9\u00e9").expect(201)

    def test_unknown_members_are_ignored(self):
        user = self.anonymous().register(
            self.new_name(), id="1", tweets_count=7, hash="x", nested={"a": [1, {}]})
        self.assertEqual(user.expect(201).json()["tweets_count"], 0)

    def test_of_equal_names_registered_at_once_one_wins(self):
        name = self.new_name("race")
        answers = self.together(
            [lambda: self.anonymous().register(name) for _ in range(8)])
        self.assertEqual(sorted(answer.status for answer in answers), [201] + [409] * 7)

    def test_ids_differ(self):
        users = [self.anonymous().register(self.new_name()).expect(201).json() for _ in range(5)]
        self.assertEqual(len({user["id"] for user in users}), 5)


class Bodies(ApiCase):
    """The rules of JSON bodies, shown on registration."""

    def body(self, rest=b""):
        return (b'{"username":"%s","password":"password"%s}'
                % (self.new_name().encode(), rest))

    def test_what_is_no_json_object_is_malformed(self):
        for body in (b"", b" ", b"{", b"[]", b"null", b"1", b'"x"', b"{}x", b"{'a':1}", b"{\"a\":}",
                     b"{\"a\":1,}", b"{\"a\":01}", b"\xff{}", b'{"a":"\xff"}', b'{"a":"\xc0\x80"}',
                     b'{"a":"\xed\xa0\x80"}', b'{"a":"\n"}', b'{"a":"\\x"}', b"{\"a\":NaN}",
                     b'{"a":nul}', b"{}{}", b'{"a":1 /* c */}', b'{"a" 1}', b'{a:1}'):
            with self.subTest(body=body):
                self.anonymous().post("/api/users", body=body).expect(400, "malformed_json")

    def test_bad_numbers_and_lone_surrogates_are_malformed_anywhere(self):
        for value in (b"18446744073709551616", b"-9223372036854775809", b"1e400", b"-1e309",
                      b"123456789012345678901234567890", b'"\\ud800"', b'"\\udc00 x"',
                      b'"\\ud800\\ud800"', b'["\\udfff"]', b'{"\\ud800":1}', b"[[1e999]]"):
            with self.subTest(value=value):
                self.anonymous().post("/api/users", body=self.body(b',"x":' + value)).expect(
                    400, "malformed_json")

    def test_all_other_json_is_accepted_in_members_that_are_ignored(self):
        for value in (b"18446744073709551615", b"-9223372036854775808", b"1e-400", b"1e308",
                      b"0.1", b'"\\ud83d\\udc26"', b"[[[]]]", b"null", b'"\\u0000"'):
            with self.subTest(value=value):
                self.anonymous().post("/api/users", body=self.body(b',"x":' + value)).expect(201)

    def test_the_first_of_duplicated_members_counts(self):
        name = self.new_name()
        body = (f'{{"username":"{name}","password":"password","username":"b a d",'
                f'"\\u0075sername":5,"first_name":"one","first_name":"two"}}').encode()
        user = self.anonymous().post("/api/users", body=body).expect(201).json()
        self.assertEqual((user["username"], user["first_name"]), (name, "one"))

    def test_a_member_written_with_escapes_is_found(self):
        name = self.new_name()
        body = f'{{"\\u0075sername":"{name}","password":"pass\\u0077ord"}}'.encode()
        self.anonymous().post("/api/users", body=body).expect(201)
        self.anonymous().enter(name, "password")

    def test_very_deep_nesting_does_no_harm(self):
        for depth in (100, 5000, 30000):
            with self.subTest(depth=depth):
                body = self.body(b',"x":' + b"[" * depth + b"]" * depth)
                answer = self.anonymous().post("/api/users", body=body)
                self.assertIn(answer.status, (201, 400))

    def test_the_media_type_must_be_json(self):
        for content_type in ("application/json", "application/json; charset=utf-8",
                             "Application/JSON", "application/json;charset=UTF-8;x=y",
                             "application/json ;a=b"):
            with self.subTest(content_type=content_type):
                self.anonymous().post("/api/users", body=self.body(),
                                      content_type=content_type).expect(201)
        for content_type in (None, "", "text/plain", "application/jsonx", "application/x-json",
                             "application/problem+json", "json", "application/*",
                             "application/x-www-form-urlencoded"):
            with self.subTest(content_type=content_type):
                self.anonymous().post("/api/users", body=self.body(), content_type=content_type
                                      ).expect(415, "unsupported_media_type")

    def test_an_encoded_body_is_refused(self):
        for encoding in ("gzip", "br", "deflate", "identity, gzip", "x"):
            with self.subTest(encoding=encoding):
                self.anonymous().post(
                    "/api/users", body=self.body(), headers=[("Content-Encoding", encoding)]
                ).expect(415, "unsupported_media_type")
        two = [("Content-Encoding", "identity"), ("Content-Encoding", "gzip")]
        self.anonymous().post("/api/users", body=self.body(), headers=two).expect(415)
        self.anonymous().post("/api/users", body=self.body(),
                              headers=[("Content-Encoding", "identity")]).expect(201)


class Changes(ApiCase):
    def test_what_is_given_changes_and_the_rest_stays(self):
        user = self.new_user(first_name="A", last_name="B", description="C")
        before = user.profile()
        after = user.patch(user.path, json={"last_name": "e\u0301"}).expect(200).json()
        self.assertEqual(after["last_name"], "\u00e9")
        self.assertGreaterEqual(after["updated_at"], before["updated_at"])
        for member in USER_MEMBERS - {"last_name", "updated_at"}:
            self.assertEqual(after[member], before[member])
        self.assertEqual(user.profile(), after)
        after = user.patch(user.path, json={"first_name": "", "description": ""}).json()
        self.assertEqual((after["first_name"], after["description"]), ("", ""))

    def test_an_empty_object_and_unknown_members_change_nothing(self):
        user = self.new_user(first_name="A")
        before = user.profile()
        for body in ({}, {"username": "other", "id": "7", "tweets_count": 5}):
            after = user.patch(user.path, json=body).expect(200).json()
            self.assertEqual({**after, "updated_at": ""}, {**before, "updated_at": ""})

    def test_bad_fields_are_refused_and_nothing_changes(self):
        user = self.new_user(first_name="A")
        answer = user.patch(user.path, json={"first_name": "ok", "last_name": "x" * 51,
                                             "description": None})
        self.assertEqual(answer.field_errors(),
                         {"last_name": "too_long", "description": "invalid"})
        self.assertEqual(user.profile()["first_name"], "A")

    def test_a_new_password_needs_the_present_one(self):
        user = self.new_user()
        answer = user.patch(user.path, json={"password": "another password"})
        self.assertEqual(answer.field_errors(), {"current_password": "required"})
        answer = user.patch(user.path, json={"password": "short", "current_password": 5})
        self.assertEqual(answer.field_errors(),
                         {"password": "too_short", "current_password": "invalid"})
        user.patch(user.path, json={"password": "another password", "current_password": "wrong",
                                    "first_name": "X"}).expect(403, "invalid_credentials")
        self.assertEqual(user.profile()["first_name"], "")
        user.sign_in(user.name).expect(201)
        user.patch(user.path, json={"password": "another password",
                                    "current_password": user.password}).expect(200)
        user.sign_in(user.name).expect(401, "invalid_credentials")
        user.sign_in(user.name, "another password").expect(201)

    def test_only_the_user_may_change_it(self):
        user, other = self.new_user(), self.new_user()
        other.patch(user.path, json={"first_name": "X"}).expect(403, "forbidden")
        other.delete(user.path, json={"password": other.password}).expect(403, "forbidden")
        self.assertEqual(user.profile()["first_name"], "")

    def test_deleting_needs_the_password(self):
        user = self.new_user()
        self.assertEqual(user.delete(user.path, json={}).field_errors(), {"password": "required"})
        self.assertEqual(user.delete(user.path, json={"password": 5}).field_errors(),
                         {"password": "invalid"})
        user.delete(user.path).expect(415, "unsupported_media_type")
        user.delete(user.path, body=b"[]").expect(400, "malformed_json")
        user.delete(user.path, json={"password": "wrong"}).expect(403, "invalid_credentials")
        user.profile()
        user.leave()


class Search(ApiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reader = cls.anonymous().join("Zed", first_name="Z")
        for name in ("Alb", "alba", "ALBERT", "al_x", "al", "Al0", "alz", "b"):
            cls.reader.register(name, first_name=name.upper()).expect(201)

    def search(self, text, **parameters):
        target = f"/api/users?prefix={text}" + "".join(
            f"&{name}={value}" for name, value in parameters.items())
        return [user["username"] for user in self.reader.get(target).expect(200).items]

    def test_finds_by_prefix_without_case_in_the_order_of_lower_case_names(self):
        expected = ["al", "Al0", "al_x", "Alb", "alba", "ALBERT", "alz"]
        for text in ("al", "AL", "aL", "%61l"):
            self.assertEqual(self.search(text), expected)
        self.assertEqual(self.search("alb"), ["Alb", "alba", "ALBERT"])
        self.assertEqual(self.search("albert"), ["ALBERT"])
        self.assertEqual(self.search("al_"), ["al_x"])
        self.assertEqual(self.search("alberto"), [])
        self.assertEqual(self.search("z" * 30), [])

    def test_the_limit_cuts(self):
        self.assertEqual(self.search("al", limit=2), ["al", "Al0"])
        self.assertEqual(len(self.search("a", limit=50)), 7)

    def test_items_are_summaries_and_there_is_no_cursor(self):
        answer = self.reader.get("/api/users?prefix=zed").expect(200)
        self.assertEqual(answer.json(), {"items": [
            {"id": self.reader.user["id"], "username": "Zed", "first_name": "Z",
             "last_name": ""}]})

    def test_bad_parameters_are_refused(self):
        for query in ("", "?prefix=", "?prefix=a+b", "?prefix=a-b", "?prefix=" + "a" * 31,
                      "?prefix=%C3%A9", "?prefix=%FF", "?prefix=al&limit=0",
                      "?prefix=al&limit=1&limit=1", "?prefix=al&limit=x", "?prefix=al&limit=-1",
                      "?prefix=al&prefix=al", "?limit=5", "?prefix=%22%0A",
                      "?prefix=al&limit=51", "?prefix=al&expand=x"):
            with self.subTest(query=query):
                self.reader.get("/api/users" + query).expect(400, "invalid_parameter")

    def test_a_deleted_user_is_no_longer_found(self):
        user = self.anonymous().join("gone_soon")
        self.assertEqual(self.search("gone"), ["gone_soon"])
        user.leave()
        self.assertEqual(self.search("gone"), [])

    def test_viewer_is_filled_on_request(self):
        other = self.anonymous().join("Viewed")
        self.reader.follow(other)
        self.assertEqual(
            self.reader.get("/api/users?prefix=viewed&expand=viewer").items[0]["viewer"],
            {"following": True, "followed_by": False})


class Reading(ApiCase):
    def test_paths_are_decoded_once(self):
        user = self.new_user("alice")
        for name in ("%61lice" + user.name[5:], user.name.replace("_", "%5F"),
                     user.name.replace("_", "%5f")):
            self.assertEqual(user.get(f"/api/users/{name}").expect(200).json(), user.profile())
        for path in (f"{user.path}/", f"/api//users/{user.name}", f"//api/users/{user.name}",
                     "/api/users/%2561lice", "/api/users/%zz", "/api/users/%6", "/api/users/%",
                     f"/api/users%2F{user.name}", f"/api/users/{user.name}%2Ftweets",
                     f"/api/users/{user.name}%00", f"/api/users/./{user.name}",
                     f"/api/./users/{user.name}", f"/api/users/../users/{user.name}",
                     f"/api/users/{user.name}/.", f"/api/users/{user.name}/..",
                     f"/api/users/%2e/{user.name}", "/api/users/..", "/api/users/%2e%2E",
                     "/api/users/", "/api/", "/api", f"{user.path}/nothing",
                     f"/API/users/{user.name}", f"/api/Users/{user.name}",
                     "/api/users/caf%C3%A9", "/api/users/a%20b", "/api/users/a+b",
                     "/api/users/" + "x" * 31, "/api/users/%FF", "/api/users/%C3%28",
                     "/api/users/%22%5C%0A%1F", f"{user.path}/tweets/%FF%22",
                     f"{user.path}/followers/%FF", f"{user.path}/followers/%22%0A", "/api/%FF"):
            with self.subTest(path=path):
                user.get(path).expect(404, "not_found")

    def test_viewer_tells_both_directions_and_only_on_request(self):
        one, two = self.new_user(), self.new_user()
        for following in (False, True):
            if following:
                one.follow(two)
            self.assertNotIn("viewer", one.profile(two.name))
            self.assertEqual(one.profile(two.name + "?expand=viewer")["viewer"],
                             {"following": following, "followed_by": False})
            self.assertEqual(two.profile(one.name + "?expand=viewer")["viewer"],
                             {"following": False, "followed_by": following})

    def test_a_known_parameter_must_be_good_and_stand_once(self):
        user = self.new_user()
        for query in ("?expand=", "?expand=x", "?expand=viewer,viewer",
                      "?expand=viewer&expand=viewer", "?expand=Viewer"):
            with self.subTest(query=query):
                user.get(user.path + query).expect(400, "invalid_parameter")
        user.get(user.path + "?unknown=1&unknown=2&=&limit2=x").expect(200)


if __name__ == "__main__":
    unittest.main()
