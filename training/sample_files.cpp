#include "firstspike/training/sample_files.hpp"

#include <fmt/core.h>

#include <stdexcept>

#include "firstspike/data/idx.hpp"
#include "firstspike/models/option_kinds.hpp"

namespace firstspike {
namespace {

image_set first_images(image_set set, std::optional<std::uint64_t> wanted, const std::string& from) {
  const auto count = wanted.value_or(set.count);
  if (count < 10 || count > set.count) {
    throw std::runtime_error(fmt::format("{}: {} images of {}, needed: 10 or more", from, count, set.count));
  }
  return count == set.count ? std::move(set) : images_between(set, 0, count);
}

}  // namespace

reference_options reference_options_of(const loaded_model& classifier) {
  reference_options options{classifier.label_of_output, classifier.t_in, classifier.t_max, 0.1 * classifier.t_in};
  const auto beta = classifier.metadata.find("option.beta");
  if (beta == classifier.metadata.end()) return options;
  if (const auto* text = std::get_if<std::string>(&beta->second)) {
    options.beta = real_number(0, longest_window, false).read(*text);
  }
  return options;
}

measured_files measure_files(const loaded_model& classifier, const sample_files_request& request,
                             const progress_callback& progress, const progress_function& download) {
  std::vector<named_images> sets;
  for (const auto& file : request.files) {
    sets.push_back({file, first_images(read_idx_images(file), request.count, file)});
  }
  auto digits = load_digits(request.digits, download);
  sets.push_back({"test images", first_images(std::move(digits.test), request.count, digits.where)});
  sets.push_back({"noise", noise_like(sets.back().images, request.seed)});
  const auto options = reference_options_of(classifier);
  measured_files found{digits.name, std::move(digits.notes), {}, {}};
  found.sets = std::visit(
      [&](const auto& net) { return measure_samples(net, options, digits.train, sets, request.run, progress); },
      classifier.net);
  const double of_test = found.sets[request.files.size()].nearest_train;
  for (const auto& set : found.sets) found.nearest_to_test_ratio.push_back(set.nearest_train / of_test);
  return found;
}

}  // namespace firstspike
