#include "firstspike/apps/sample_quality.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "firstspike/apps/download_bar.hpp"
#include "firstspike/apps/interrupt.hpp"
#include "firstspike/apps/output.hpp"
#include "firstspike/apps/progress.hpp"
#include "firstspike/data/data_sets.hpp"
#include "firstspike/data/idx.hpp"
#include "firstspike/data/random.hpp"
#include "firstspike/evaluation/frechet.hpp"
#include "firstspike/evaluation/neighbours.hpp"
#include "firstspike/evaluation/reference_classifier.hpp"

namespace firstspike {
namespace {

struct quality {
  std::string name;
  std::size_t images = 0;
  std::vector<double> shares;  // [class]
  double confidence = 0, frechet = 0;
  coverage covered;
  double nearest = 0;      // mean distance to the nearest training image
  double closest_two = 0;  // the smallest distance between two of the images
};

// Files of sample counts differ; precision and recall are of equally many real points, which keeps them comparable.
constexpr std::size_t covered_points = 10'000;

struct judge_at_work {
  const sample_quality_request& request;
  const loaded_model& model;
  judge_facts facts;
  image_set train;
  judgements real{};      // of the training images
  normal_fit real_fit{};  // of their latencies

  run_options how() const { return {request.engine, request.common.threads}; }

  judgements of(const image_set& set) const {
    return std::visit([&](const auto& net) { return judge_images(net, facts, set, how()); }, model.net);
  }

  quality measure(const std::string& name, const image_set& set) const {
    if (interrupted()) throw interruption();
    const auto threads = request.common.threads;
    const auto seen = of(set);
    const auto first = [&](const judgements& j) {
      return std::span(j.latencies).first(std::min(j.latencies.size(), covered_points * j.hidden));
    };
    quality q{name, set.count, class_shares(seen), mean_confidence(seen), 0, {}, 0, 0};
    q.frechet = frechet_distance(fit_normal(seen.latencies, seen.hidden), real_fit);
    q.covered = precision_and_recall(first(real), first(seen), seen.hidden, threads);
    q.nearest = mean_distance(nearest_squared(set, train, threads));
    q.closest_two = std::sqrt(static_cast<double>(std::ranges::min(nearest_other_squared(set, threads))));
    return q;
  }
};

image_set first_images(image_set set, const sample_quality_request& request, const std::string& from) {
  const auto count = request.count.value_or(set.count);
  if (count < 10 || count > set.count) {
    throw std::runtime_error(fmt::format("{}: {} images of {}, needed: 10 or more", from, count, set.count));
  }
  return count == set.count ? std::move(set) : images_between(set, 0, count);
}

image_set noise_like(const image_set& shape, std::uint64_t seed) {
  image_set noise{shape.count, shape.rows, shape.columns, std::vector<std::uint8_t>(shape.pixels.size()), {}};
  random_stream stream(seed, draw::noise_images);
  for (auto& pixel : noise.pixels) pixel = static_cast<std::uint8_t>(stream.below(256));
  return noise;
}

judge_facts facts_of(const loaded_model& judge) {
  judge_facts facts{judge.label_of_output, judge.t_in, judge.t_max, 0.1 * judge.t_in};
  const auto beta = judge.facts.find("option.beta");
  if (beta == judge.facts.end()) return facts;
  if (const auto* text = std::get_if<std::string>(&beta->second)) {
    facts.beta = real_number(0, longest_window, false).read(*text);
  }
  return facts;
}

json_object as_json(const quality& q, double nearest_of_test) {
  return {{"name", q.name},
          {"images", q.images},
          {"class_shares", q.shares},
          {"least_share", std::ranges::min(q.shares)},
          {"confidence", q.confidence},
          {"frechet", q.frechet},
          {"precision", q.covered.precision},
          {"recall", q.covered.recall},
          {"nearest_training_image", q.nearest},
          {"nearest_to_test_ratio", q.nearest / nearest_of_test},
          {"closest_two", q.closest_two}};
}

std::string as_text(const std::vector<quality>& all, double nearest_of_test) {
  std::vector<std::vector<std::string>> rows{{"images", "Fréchet", "confidence", "rarest class", "precision", "recall",
                                              "to training image", "of test's", "closest two"}};
  std::vector<std::vector<std::string>> shares{{"share of", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}};
  for (const auto& q : all) {
    rows.push_back({q.name, fmt::format("{:.3f}", q.frechet), fmt::format("{:.4f}", q.confidence),
                    fmt::format("{:.2f} %", 100 * std::ranges::min(q.shares)),
                    fmt::format("{:.3f}", q.covered.precision), fmt::format("{:.3f}", q.covered.recall),
                    fmt::format("{:.0f}", q.nearest), fmt::format("{:.3f}", q.nearest / nearest_of_test),
                    fmt::format("{:.0f}", q.closest_two)});
    shares.push_back({q.name});
    for (const auto share : q.shares) shares.back().push_back(fmt::format("{:.2f} %", 100 * share));
  }
  return table_text(rows) + "\n" + table_text(shares);
}

}  // namespace

void print_sample_quality(const sample_quality_request& request, const loaded_model& judge) {
  std::vector<std::pair<std::string, image_set>> sets;
  for (const auto& file : request.files) sets.emplace_back(file, first_images(read_idx_images(file), request, file));
  data_request wanted;
  wanted.directory = request.data;
  wanted.seed = request.common.seed;
  download_bar bar;
  auto digits = load_digits(wanted, bar.function());
  for (const auto& note : digits.notes) message(note);
  sets.emplace_back("test images", first_images(std::move(digits.test), request, digits.where));
  sets.emplace_back("noise", noise_like(sets.back().second, request.common.seed));
  judge_at_work work{request, judge, facts_of(judge), std::move(digits.train)};
  work.real = work.of(work.train);
  work.real_fit = fit_normal(work.real.latencies, work.real.hidden);
  std::vector<quality> all;
  progress shown("evaluate", sets.size(), "sets");
  for (const auto& [name, set] : sets) {
    all.push_back(work.measure(name, set));
    shown.at(all.size());
  }
  shown.finish();
  const double nearest_of_test = all[request.files.size()].nearest;
  if (!request.common.json) return print(as_text(all, nearest_of_test));
  auto list = json_object::array();
  for (const auto& q : all) list.push_back(as_json(q, nearest_of_test));
  print_json({{"judge", request.judge}, {"data", digits.name}, {"sets", list}});
}

}  // namespace firstspike
