#include "firstspike/apps/decisions_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "firstspike/apps/output.hpp"

namespace firstspike {

std::string images_text(std::size_t count) { return grouped(count) + (count == 1 ? " image" : " images"); }

void add_decisions(json_object& object, const readout& decisions) {
  const auto means = means_of(decisions);
  object["accuracy"] = means.accuracy;
  object["accuracy_ties_counted"] = means.accuracy_ties_counted;
  object["accuracy_silent_wrong"] = means.accuracy_silent_wrong;
  object["no_spike"] = decisions.no_spike;
  object["decision_time"] = means.decision_time;
  object["spikes_to_decision"] = means.spikes_to_decision;
  object["spikes_full"] = means.spikes_full;
}

void add_decisions(json_object& object, const sample_totals& totals) {
  add_decisions(object, totals.decisions);
  const auto costs = costs_of(totals);
  object["decision_windows"] = costs.windows;
  object["spikes_per_neuron"] = costs.spikes_per_neuron;
  object["synaptic_events_per_image"] = costs.synaptic_events;
  object["seconds_per_image"] = seconds_per_sample(totals);
}

void add_mistakes(json_object& object, const readout& decisions, std::span<const std::uint8_t> labels,
                  std::span<const std::uint8_t> label_of_output) {
  const auto counts = confusion_matrix(decisions, labels, label_of_output);
  auto rows = json_object::array();
  for (auto row = counts.begin(); row != counts.end(); row += static_cast<std::ptrdiff_t>(label_of_output.size())) {
    rows.push_back(std::vector(row, row + static_cast<std::ptrdiff_t>(label_of_output.size())));
  }
  object["classes"] = std::vector<unsigned>(label_of_output.begin(), label_of_output.end());
  object["confusion"] = rows;
  object["misclassified"] = misclassified(decisions, labels, label_of_output);
}

std::string mistakes_text(const readout& decisions, std::span<const std::uint8_t> labels,
                          std::span<const std::uint8_t> label_of_output) {
  constexpr std::size_t most_columns = 12, most_listed = 8;
  const auto counts = confusion_matrix(decisions, labels, label_of_output);
  const auto classes = label_of_output.size();
  std::vector<std::vector<std::string>> rows;
  if (classes <= most_columns) {
    rows.push_back({"label, decided as"});
    for (const auto label : label_of_output) rows[0].push_back(fmt::format("{}", label));
    for (std::size_t i = 0; i < classes; ++i) {
      rows.push_back({fmt::format("{}", label_of_output[i])});
      for (std::size_t k = 0; k < classes; ++k) rows.back().push_back(grouped(counts[i * classes + k]));
    }
  } else {
    std::vector<std::size_t> wrong;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      if (i / classes != i % classes && counts[i] > 0) wrong.push_back(i);
    }
    std::ranges::stable_sort(wrong, std::greater{}, [&](std::size_t i) { return counts[i]; });
    wrong.resize(std::min(wrong.size(), most_listed));
    rows.push_back({"label", "decided as", "images"});
    for (const auto i : wrong) {
      rows.push_back({fmt::format("{}", label_of_output[i / classes]), fmt::format("{}", label_of_output[i % classes]),
                      grouped(counts[i])});
    }
  }
  auto samples = misclassified(decisions, labels, label_of_output);
  auto text = fmt::format("{}\nmisclassified: {}", table_text(rows), images_text(samples.size()));
  const bool all = samples.size() <= most_listed;
  samples.resize(std::min(samples.size(), most_listed));
  if (!samples.empty()) text += fmt::format(": {}{}", fmt::join(samples, ", "), all ? "" : ", ... (--json lists all)");
  return text + "\n";
}

std::string decisions_text(const sample_totals& totals) {
  const auto means = means_of(totals.decisions);
  const auto costs = costs_of(totals);
  const auto percent = [](double fraction) { return fmt::format("{:.2f}", 100 * fraction); };
  return table_text({{"accuracy, ties broken", percent(means.accuracy), "%"},
                     {"accuracy, ties counted as correct", percent(means.accuracy_ties_counted), "%"},
                     {"accuracy, silent counted as wrong", percent(means.accuracy_silent_wrong), "%"},
                     {"images without an output spike", grouped(totals.decisions.no_spike), ""},
                     {"decision time", fmt::format("{:.2f}", means.decision_time),
                      fmt::format("steps, {:.2f} windows", costs.windows)},
                     {"spikes up to the decision", fmt::format("{:.2f}", means.spikes_to_decision), "per image"},
                     {"spikes in the whole window", fmt::format("{:.2f}", means.spikes_full), "per image"},
                     {"spikes of a neuron", fmt::format("{:.4f}", costs.spikes_per_neuron), "without input"},
                     {"synaptic events", grouped(static_cast<std::uint64_t>(costs.synaptic_events + 0.5)), "per image"},
                     {"engine time", fmt::format("{:.4g}", 1000 * seconds_per_sample(totals)), "ms per image"}},
                    false);
}

}  // namespace firstspike
