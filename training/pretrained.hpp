// The trained models that come with firstspike.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace firstspike {

struct pretrained_model {
  std::string_view name;     ///< "digits-generator"
  std::string_view summary;  ///< one line
};

/// All of them, by name. pretrained/make of the source trains them again, bit for bit.
std::span<const pretrained_model> pretrained_models();

/// The model file to read for `text`, which is a path, a run directory, whose model.h5 it is, or, if there is no such
/// file, the name of a pretrained model.
/// A path to a missing file is returned as it is, for the reader to refuse. Throws std::runtime_error for a word
/// (without
/// '.' and '/') that is neither, with the known names, and if the file of a pretrained model is missing from the source
/// and from the installation, with both places.
std::string model_file(const std::string& text);

}  // namespace firstspike
