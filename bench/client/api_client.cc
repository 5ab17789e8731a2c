#include "bench/client/api_client.h"

#include "bench/client/reply_parser.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <charconv>
#include <thread>

namespace warble::bench {
namespace {

namespace dom = simdjson::dom;

constexpr auto kBusyWait = std::chrono::milliseconds(20);
constexpr int kBusyTries = 250;  // 5 s

std::uint64_t ParseId(std::string_view digits) {
  std::uint64_t id = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), id);
  return id;
}

// These throw simdjson::simdjson_error on a document of another shape; GuardShape() catches it.
std::string TextAt(dom::element element, std::string_view name) {
  return std::string(std::string_view(element[name]));
}

Item TweetItem(dom::element tweet) {
  return {.id = ParseId(std::string_view(tweet["id"])),
          .username = TextAt(tweet["author"], "username"),
          .time = TextAt(tweet, "created_at")};
}

/// An item of any of the lists: a tweet, an activity's tweet, or a user with a time.
Item ItemOf(dom::element element) {
  dom::element inner;
  if (element["user"].get(inner) == simdjson::SUCCESS) {
    std::string_view time;
    if (element["followed_at"].get(time) != simdjson::SUCCESS) time = element["favorited_at"];
    return {.id = ParseId(std::string_view(inner["id"])),
            .username = TextAt(inner, "username"),
            .time = std::string(time)};
  }
  if (element["tweet"].get(inner) == simdjson::SUCCESS) return TweetItem(inner);
  return TweetItem(element);
}

/// What read(root) makes of a JSON text; nothing when it has another shape.
template <class Read>
auto GuardShape(const std::string& body, Read read)
    -> std::optional<decltype(read(std::declval<dom::element>()))> {
  try {
    dom::parser parser;
    return read(parser.parse(body).value());
  } catch (const simdjson::simdjson_error&) {
    return std::nullopt;
  }
}

}  // namespace

std::string Answer::Describe() const {
  return failure == Failure::kNone ? std::to_string(status) : std::string(NameOf(failure));
}

ApiClient::ApiClient(const Endpoint& endpoint, const World& world, Clock::duration timeout)
    : endpoint_(endpoint), world_(world), client_(endpoint_, 1, timeout, *this) {}

std::string ApiClient::TargetOf(UserNumber user, std::string_view rest) const {
  return fmt::format("/users/{}{}", world_.Username(user), rest);
}

Answer ApiClient::Exchange(const std::string& request) {
  const Clock::time_point give_up = Clock::now() + std::chrono::seconds(5);
  while (!client_.HasFree() && Clock::now() < give_up) {
    client_.Poll(Clock::now() + std::chrono::milliseconds(10));
  }
  if (!client_.HasFree()) return last_ = Answer{.failure = Failure::kClosed};
  answered_ = false;
  client_.Send(request, Clock::now());
  while (!answered_) client_.Poll(Clock::now() + std::chrono::seconds(1));
  return last_;
}

void ApiClient::OnReply(std::size_t, const Reply& reply) {
  answered_ = true;
  last_ = {.failure = reply.failure, .status = reply.status, .location = {}, .body = {}};
  if (reply.failure != Failure::kNone) return;
  last_.location = FieldOf(reply.head, "location").value_or("");
  last_.body = reply.body;
}

Answer ApiClient::Get(UserNumber viewer, std::string_view target) {
  const std::string request =
      fmt::format("GET /api{} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\r\n", target,
                  endpoint_.host, world_.TokenText(viewer));
  Answer answer = Exchange(request);
  for (int tries = 1; tries < kBusyTries; ++tries) {
    if (answer.failure != Failure::kClosed && answer.status != 503) break;
    std::this_thread::sleep_for(kBusyWait);
    answer = Exchange(request);
  }
  return answer;
}

Answer ApiClient::Write(std::string_view method, UserNumber viewer, std::string_view target,
                        std::string_view body) {
  return Exchange(
      fmt::format("{} /api{} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n"
                  "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
                  method, target, endpoint_.host, world_.TokenText(viewer), body.size(), body));
}

std::optional<Page> ApiClient::GetPage(UserNumber viewer, const std::string& target,
                                       const std::optional<std::string>& cursor) {
  const Answer answer =
      Get(viewer, target + "?limit=100" + (cursor ? "&cursor=" + *cursor : std::string()));
  if (answer.status != 200) return std::nullopt;
  return GuardShape(answer.body, [](dom::element root) {
    Page page;
    for (const dom::element item : dom::array(root["items"])) page.items.push_back(ItemOf(item));
    const dom::element next = root["next_cursor"];
    if (!next.is_null()) page.next_cursor = std::string(std::string_view(next));
    return page;
  });
}

std::optional<storage::UserCounters> ApiClient::GetCounters(UserNumber viewer, UserNumber user) {
  const Answer answer = Get(viewer, TargetOf(user));
  if (answer.status != 200) return std::nullopt;
  return GuardShape(answer.body, [](dom::element root) {
    return storage::UserCounters{.tweets = root["tweets_count"],
                                 .followers = root["followers_count"],
                                 .followees = root["followees_count"],
                                 .favorites = root["favorites_count"]};
  });
}

std::optional<TweetAnswer> ApiClient::GetTweet(UserNumber viewer, UserNumber author,
                                               storage::TweetId id) {
  const Answer answer =
      Get(viewer, TargetOf(author, fmt::format("/tweets/{}?expand=viewer", id.value)));
  if (answer.status != 200) return std::nullopt;
  return GuardShape(answer.body, [](dom::element root) {
    return TweetAnswer{.author = TextAt(root["author"], "username"),
                       .content = TextAt(root, "content"),
                       .favorites = root["favorites_count"],
                       .favorited = root["viewer"]["favorited"]};
  });
}

}  // namespace warble::bench
