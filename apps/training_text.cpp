#include "firstspike/apps/training_text.hpp"

#include <fmt/core.h>

#include "firstspike/apps/progress.hpp"

namespace firstspike {
namespace {

std::string advice(std::span<const remedy> remedies) {
  std::string text;
  for (std::size_t i = 0; i < remedies.size(); ++i) {
    if (i > 0) text += i + 1 == remedies.size() ? ", or " : ", ";
    text += fmt::format("{} --{}", remedies[i].change, remedies[i].option);
  }
  return text;
}

}  // namespace

void show_data(const training_data& data) {
  for (const auto& note : data.notes) message(note);
  if (data.where.empty()) return;
  message(fmt::format("data: {} ({}), {} training and {} test images", data.name, data.where, grouped(data.train.count),
                      grouped(data.test.count)));
}

void show_faults(std::span<const layer_warning> faults) {
  for (const auto& [network, fault, since, remedies] : faults) {
    const auto since_text = since == 0 ? "the start" : fmt::format("step {}", since);
    message(fmt::format("warning: {}{}layer {} {} on every image, since {}; try {}", network,
                        network.empty() ? "" : ", ", fault.layer, fault.silent ? "is silent" : "fires as one",
                        since_text, advice(remedies)));
  }
}

json_object as_json(std::span<const layer_warning> faults) {
  auto list = json_object::array();
  for (const auto& [network, fault, since, remedies] : faults) {
    list.push_back({{"network", network}, {"layer", fault.layer}, {"silent", fault.silent}, {"since_step", since}});
  }
  return list;
}

}  // namespace firstspike
