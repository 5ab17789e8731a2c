// Fields of forms and what is wrong with them.
#pragma once

#include "server/web/forms.h"
#include "server/web/html.h"

#include <string>

namespace warble::web {

/// A line of a form. `name` is the field's, `id` that of its element, which also names its fault
/// and hint.
struct FieldLine {
  Literal id;
  Literal name;
  Literal label;
  Literal attributes = "";  ///< further ones of the input, each with a blank before it
  Literal hint = "";
  bool secret = false;  ///< never shown again
  bool long_text = false;
  std::string value{};  ///< before anything was typed
};

/// Writes a field with what was typed and its fault. The first bad one of a form has the focus.
class FieldWriter {
 public:
  FieldWriter(HtmlWriter& html, const FormState& state) : html_(html), state_(state) {}
  void Write(const FieldLine& line);

 private:
  void WriteDescription(const FieldLine& line, bool faulty);
  void WriteInput(const FieldLine& line, bool faulty);

  HtmlWriter& html_;
  const FormState& state_;
  bool focused_ = false;
};

/// The message above a refused form.
void WriteRefusal(HtmlWriter& html, const FormState& state);

}  // namespace warble::web
