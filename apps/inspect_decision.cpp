#include "firstspike/apps/inspect_decision.hpp"

#include <fmt/core.h>

#include <vector>

#include "firstspike/evaluation/readout.hpp"

namespace firstspike {
namespace {

/// `times`, `v_m` [output].
template <class Real>
decision_words in_words(const inspect_session<Real>& session, std::span<const double> times,
                        std::span<const double> v_m, bool final) {
  const auto populations = session.net.populations();
  if (populations.back().kind != population_kind::neurons) return {"none, the last layer has no neurons", nullptr};
  const auto decided = decide(times, v_m, 0, session.line.t_max());
  if (decided.silent && !final) return {"none yet", nullptr};
  const auto first = session.net.first_id(populations.size() - 1);
  const auto name = neuron_name(populations, first + decided.output);
  json_object object{{"output", name}};
  std::string label;
  if (!session.label_of_output.empty()) {
    const auto of_output = session.label_of_output[decided.output];
    label = fmt::format(" (label {})", of_output);
    object["label"] = of_output;
  }
  object["time"] = decided.silent ? json_object(nullptr) : json_object(decided.tau);
  return {decided.silent ? fmt::format("{}{}, the largest v_m, as no output fired", name, label)
                         : fmt::format("{}{} at {}", name, label, decided.tau),
          object};
}

}  // namespace

template <class Real>
decision_words decision_of(const inspect_session<Real>& session, const spike_record& record) {
  const auto first = session.net.first_id(session.net.populations().size() - 1);
  return in_words(session, record.times_of(0).subspan(first), record.v_m_of(0).subspan(first), true);
}

template <class Real>
decision_words decision_so_far(const inspect_session<Real>& session) {
  const auto now = present(session);
  const auto& run = session.line.run();
  std::vector<double> times, v_m;
  for (auto id = session.net.first_id(session.net.populations().size() - 1); id < session.net.neuron_count(); ++id) {
    times.push_back(run.spike_times()[id] <= now ? run.spike_times()[id] : never);
    v_m.push_back(run.v_m(id, session.line.at_end() ? session.line.t_max() : run.now()));
  }
  return in_words(session, times, v_m, session.line.at_end());
}

template decision_words decision_of(const inspect_session<float>&, const spike_record&);
template decision_words decision_of(const inspect_session<double>&, const spike_record&);
template decision_words decision_so_far(const inspect_session<float>&);
template decision_words decision_so_far(const inspect_session<double>&);

}  // namespace firstspike
