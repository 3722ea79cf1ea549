// What a file by other tools lacks, and import_options would give.
#pragma once

#include <map>
#include <string>

#include "firstspike/traces/model_file.hpp"

namespace firstspike {

/// Members of import_options by name, each with the first place that lacks it: "m.h5: /node/metadata/delay is missing".
using missing_answers = std::map<std::string, std::string>;

/// Throws incomplete_model, one line that names all of them, if there are any.
inline void refuse_missing(const missing_answers& missing) {
  if (missing.empty()) return;
  std::string others, places;
  for (const auto& [name, place] : missing) {
    if (name != missing.begin()->first) others += (others.empty() ? ", with " : ", ") + name;
    places += (places.empty() ? "" : "; ") + place;
  }
  throw incomplete_model(missing.begin()->first + " is needed" + others + ": " + places);
}

/// Throws incomplete_model for a length of the input code where no images are encoded.
inline void refuse_unused_code(const import_options& options) {
  if (options.t_in && !options.encodes_images) {
    throw incomplete_model("t_in has no effect, as no images are encoded; leave it out");
  }
}

}  // namespace firstspike
