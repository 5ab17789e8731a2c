#include "server/web/song.h"

#include <array>
#include <charconv>

namespace warble::web {
namespace {

char LowerCase(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Marsaglia's xorshift with 32 bits, from a name's hash on.
class Notes {
 public:
  explicit Notes(std::string_view username) : state_(HashName(username)) {
    if (state_ == 0) state_ = 1;
  }
  std::uint32_t Next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 17;
    state_ ^= state_ << 5;
    return state_;
  }

 private:
  std::uint32_t state_;
};

void AppendNumber(std::string& path, unsigned number) {
  std::array<char, 10> digits;
  char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  path.append(digits.data(), static_cast<std::size_t>(end - digits.data()));
}

// An upright bar around `centre`; one without length is a dot by its round ends.
void AppendBar(std::string& path, unsigned x, unsigned centre, unsigned half_length) {
  path += 'M';
  AppendNumber(path, x);
  path += ' ';
  AppendNumber(path, centre - half_length);
  path += 'v';
  if (half_length == 0) {
    path += ".01";
  } else {
    AppendNumber(path, 2 * half_length);
  }
}

}  // namespace

std::uint32_t HashName(std::string_view username) {
  std::uint32_t hash = 2166136261;
  for (const char c : username) {
    hash = (hash ^ static_cast<unsigned char>(LowerCase(c))) * 16777619;
  }
  return hash;
}

unsigned HueOf(std::string_view username) { return HashName(username) % 12; }

std::string AvatarPath(std::string_view username) {
  constexpr std::array<unsigned, 8> kHalfLengths = {0, 2, 4, 5, 6, 7, 8, 9};
  Notes notes(username);
  std::string path;
  path.reserve(64);
  for (unsigned bar = 0; bar < 5; ++bar) {
    const std::uint32_t note = notes.Next();
    AppendBar(path, 8 + 6 * bar, 16 + 4 * ((note >> 8) % 3), kHalfLengths[note % 8]);
  }
  return path;
}

std::string StripPath(std::string_view username) {
  constexpr std::array<unsigned, 8> kHalfLengths = {0, 4, 4, 9, 9, 15, 15, 22};
  Notes notes(username);
  std::string path;
  path.reserve(960);
  for (unsigned bar = 0; bar < 80; ++bar) {
    const std::uint32_t note = notes.Next();
    AppendBar(path, 4 + 8 * bar, 34 + 5 * ((note >> 8) % 5), kHalfLengths[note % 8]);
  }
  return path;
}

void WriteAvatar(HtmlWriter& html, std::string_view username, AvatarSize size) {
  html.Markup("<svg class=\"avatar h").Number(HueOf(username));
  if (size == AvatarSize::kSmall) html.Markup(" small");
  if (size == AvatarSize::kLarge) html.Markup(" large");
  html.Markup("\" viewBox=\"0 0 40 40\" aria-hidden=\"true\"><path")
      .Attribute("d", AvatarPath(username))
      .Markup("/></svg>");
}

void WriteStrip(HtmlWriter& html, std::string_view username) {
  html.Markup("<svg class=\"song h")
      .Number(HueOf(username))
      .Markup("\" viewBox=\"0 0 640 88\" preserveAspectRatio=\"xMinYMid slice\" ")
      .Markup("aria-hidden=\"true\"><path")
      .Attribute("d", StripPath(username))
      .Markup("/></svg>");
}

}  // namespace warble::web
