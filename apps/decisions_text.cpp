#include "firstspike/apps/decisions_text.hpp"

#include <fmt/core.h>

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
  object["seconds_per_image"] = seconds_per_sample(totals);
}

std::string decisions_text(const sample_totals& totals) {
  const auto means = means_of(totals.decisions);
  const auto percent = [](double fraction) { return fmt::format("{:.2f}", 100 * fraction); };
  return table_text({{"accuracy, ties broken", percent(means.accuracy), "%"},
                     {"accuracy, ties counted as correct", percent(means.accuracy_ties_counted), "%"},
                     {"accuracy, silent counted as wrong", percent(means.accuracy_silent_wrong), "%"},
                     {"images without an output spike", grouped(totals.decisions.no_spike), ""},
                     {"decision time", fmt::format("{:.2f}", means.decision_time), "steps"},
                     {"spikes up to the decision", fmt::format("{:.2f}", means.spikes_to_decision), "per image"},
                     {"spikes in the whole window", fmt::format("{:.2f}", means.spikes_full), "per image"},
                     {"engine time", fmt::format("{:.4g}", 1000 * seconds_per_sample(totals)), "ms per image"}},
                    false);
}

}  // namespace firstspike
