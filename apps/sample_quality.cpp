#include "firstspike/apps/sample_quality.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>

#include "firstspike/apps/download_bar.hpp"
#include "firstspike/apps/interrupt.hpp"
#include "firstspike/apps/output.hpp"
#include "firstspike/apps/progress.hpp"
#include "firstspike/data/data_sets.hpp"
#include "firstspike/data/idx.hpp"
#include "firstspike/evaluation/sample_quality.hpp"

namespace firstspike {
namespace {

image_set first_images(image_set set, const sample_quality_request& request, const std::string& from) {
  const auto count = request.count.value_or(set.count);
  if (count < 10 || count > set.count) {
    throw std::runtime_error(fmt::format("{}: {} images of {}, needed: 10 or more", from, count, set.count));
  }
  return count == set.count ? std::move(set) : images_between(set, 0, count);
}

reference_options options_of(const loaded_model& classifier) {
  reference_options options{classifier.label_of_output, classifier.t_in, classifier.t_max, 0.1 * classifier.t_in};
  const auto beta = classifier.metadata.find("option.beta");
  if (beta == classifier.metadata.end()) return options;
  if (const auto* text = std::get_if<std::string>(&beta->second)) {
    options.beta = real_number(0, longest_window, false).read(*text);
  }
  return options;
}

json_object as_json(const sample_quality& q, double nearest_of_test) {
  return {{"name", q.name},
          {"images", q.images},
          {"class_shares", q.class_shares},
          {"least_share", std::ranges::min(q.class_shares)},
          {"confidence", q.confidence},
          {"frechet", q.frechet},
          {"precision", q.covered.precision},
          {"recall", q.covered.recall},
          {"nearest_training_image", q.nearest_train},
          {"nearest_to_test_ratio", q.nearest_train / nearest_of_test},
          {"closest_two", q.closest_two}};
}

std::string as_text(const std::vector<sample_quality>& all, double nearest_of_test) {
  std::vector<std::vector<std::string>> rows{{"images", "Fréchet", "confidence", "rarest class", "precision", "recall",
                                              "to training image", "of test's", "closest two"}};
  std::vector<std::vector<std::string>> shares{{"share of", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}};
  for (const auto& q : all) {
    rows.push_back({q.name, fmt::format("{:.3f}", q.frechet), fmt::format("{:.4f}", q.confidence),
                    fmt::format("{:.2f} %", 100 * std::ranges::min(q.class_shares)),
                    fmt::format("{:.3f}", q.covered.precision), fmt::format("{:.3f}", q.covered.recall),
                    fmt::format("{:.0f}", q.nearest_train), fmt::format("{:.3f}", q.nearest_train / nearest_of_test),
                    fmt::format("{:.0f}", q.closest_two)});
    shares.push_back({q.name});
    for (const auto share : q.class_shares) shares.back().push_back(fmt::format("{:.2f} %", 100 * share));
  }
  return table_text(rows) + "\n" + table_text(shares);
}

}  // namespace

void print_sample_quality(const sample_quality_request& request, const loaded_model& classifier) {
  std::vector<named_images> sets;
  for (const auto& file : request.files) sets.push_back({file, first_images(read_idx_images(file), request, file)});
  data_request wanted;
  wanted.directory = request.data;
  wanted.seed = request.common.seed;
  download_bar bar;
  auto digits = load_digits(wanted, bar.function());
  for (const auto& note : digits.notes) message(note);
  sets.push_back({"test images", first_images(std::move(digits.test), request, digits.where)});
  sets.push_back({"noise", noise_like(sets.back().images, request.common.seed)});
  progress shown("evaluate", sets.size(), "sets");
  const auto count = [&shown](std::uint64_t done, std::uint64_t) {
    shown.at(done);
    return !interrupted();
  };
  const auto all = std::visit(
      [&](const auto& net) {
        return measure_samples(net, options_of(classifier), digits.train, sets,
                               {request.engine, request.common.threads}, count);
      },
      classifier.net);
  shown.finish();
  const double nearest_of_test = all[request.files.size()].nearest_train;
  if (!request.common.json) return print(as_text(all, nearest_of_test));
  auto list = json_object::array();
  for (const auto& q : all) list.push_back(as_json(q, nearest_of_test));
  print_json(
      {{"classifier", request.classifier}, {"judge", request.classifier}, {"data", digits.name}, {"sets", list}});
}

}  // namespace firstspike
