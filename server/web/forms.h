// The forms: one table of path, the API call that a post stands for, where it leads, and on which
// page its faults are shown with what was typed.
//
// A post leads elsewhere (303) when it is done. Its Idempotency-Key is made of the page's nonce and
// of what was typed, so that a second press, a reload, or Back and once more do it once.
#pragma once

#include "api/http/target.h"
#include "server/web/visit.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace warble::web {

inline constexpr std::size_t kMaxFormBytes = std::size_t{16} << 10;

/// What a form sent, decoded; CR LF is one line feed, as the API counts.
class FormFields {
 public:
  FormFields() : FormFields(std::string_view()) {}
  explicit FormFields(std::string_view urlencoded) : fields_(urlencoded) {}

  /// Whether there is a field of that name, and it can be decoded as UTF-8.
  bool Has(std::string_view name) const { return fields_.Find(name).has_value(); }
  /// Whether a field of that name cannot be decoded.
  bool Bad(std::string_view name) const { return fields_.Bad(name); }
  /// Its text; empty when there is none.
  std::string Text(std::string_view name) const;

 private:
  api::Query fields_;
};

/// A form as its page shows it: at first empty, and after a refusal as it was sent.
struct FormState {
  const FormFields* typed = nullptr;  ///< null: nothing was sent
  int status = 200;
  contract::Problem problem{};
  unsigned wait_s = 0;  ///< of a 429

  std::string Typed(std::string_view name) const { return typed ? typed->Text(name) : ""; }
  /// What is wrong with a field; empty if nothing is.
  std::string FaultAt(std::string_view name) const;
};

/// Shows the page of a form with the form's state.
using FormPage = std::string (*)(const Visit&, const FormState&);

enum class Lead {
  kHome,
  kNext,    ///< where the field `next` says
  kBack,    ///< the page that the form stood on, else the user's
  kTweet,   ///< the same, at the tweet; else the tweet's page
  kAuthor,  ///< the user of the path
  kSaved,   ///< /settings?saved=…, by the last segment of the form's path
};

struct Form {
  std::string_view pattern;  ///< "/@{u}/{id}/favorite"
  bool signed_in;            ///< whether it takes a session
  api::Method method;
  std::string_view target;  ///< the API's route: {u} and {id} are the path's, {me} is the reader
  std::span<const std::string_view> members;  ///< the fields that become the call's JSON
  Lead lead;
  FormPage page;  ///< null: faults have a page of their own
};

std::span<const Form> Forms();

/// Why a post is no form of this origin, if so: 403, 415 or 413.
std::optional<api::Problem> CheckForm(const api::RequestHead& head, std::string_view body);

/// Does what a form asks. `body` is what was sent.
api::Task<api::Response> Submit(Visit& visit, const Form& form, std::string_view body);

// The pages of forms.
std::string JoinPage(const Visit& visit, const FormState& state);             // account.cc
std::string LoginPage(const Visit& visit, const FormState& state);            // account.cc
std::string WriteTweetPage(const Visit& visit, const FormState& state);       // tweet.cc
std::string ProfileSettingsPage(const Visit& visit, const FormState& state);  // settings.cc
std::string PasswordSettingsPage(const Visit& visit, const FormState& state);
std::string DeleteSettingsPage(const Visit& visit, const FormState& state);

}  // namespace warble::web
