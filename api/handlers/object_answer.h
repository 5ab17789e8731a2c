// Answers that are one object.
#pragma once

#include "api/handlers/answers.h"
#include "api/handlers/objects.h"
#include "api/handlers/parameters.h"

namespace warble::api {

/// Answers the object that `write(json, lens)` writes; the request's one parameter is expand.
template <class Write>
Answer AnswerObject(const Call& call, storage::PointReader& reader, Write write) {
  ParameterReader parameters(call.query);
  const auto viewer = ReadViewer(call, parameters);
  if (parameters.problem()) return *parameters.problem();
  JsonWriter json;
  write(json, ViewerLens(reader, viewer));
  return JsonResponse(200, json);
}

}  // namespace warble::api
