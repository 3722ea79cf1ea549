// firstspike inspect: why and why-not.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "firstspike/apps/inspect_verbs.hpp"
#include "firstspike/apps/progress.hpp"
#include "firstspike/engine/require.hpp"
#include "firstspike/inspect/silence.hpp"

namespace firstspike {
namespace {

constexpr std::size_t shown = 10;

std::string spikes_text(std::size_t count, std::string_view what) {
  return fmt::format("{} {}spike{}", grouped(count), what, count == 1 ? "" : "s");
}

std::string more_text(std::size_t all, std::size_t rows) {
  return all <= rows ? "" : fmt::format("and {} more with smaller shares\n", grouped(all - rows));
}

/// The causes with the largest shares, in the order in which they arrived.
std::string causes_text(std::span<const population> populations, const explanation& found, std::size_t most) {
  auto causes = found.causes;
  std::ranges::stable_sort(causes, std::greater<>(), [](const cause& c) { return std::abs(c.share); });
  causes.resize(std::min(most, causes.size()));
  std::ranges::stable_sort(causes, {}, &cause::arrival);
  std::vector<std::vector<std::string>> rows{{"spike of", "at", "arrived", "weight", "of v_th", ""}};
  for (const auto& c : causes) {
    rows.push_back({neuron_name(populations, c.pre), fmt::format("{}", c.spike_time), fmt::format("{}", c.arrival),
                    fmt::format("{:.6g}", c.weight), share_text(c.share), c.pre == found.critical ? "critical" : ""});
  }
  return table_text(rows) + more_text(found.causes.size(), causes.size());
}

std::string critical_text(std::span<const population> populations, const explanation& found,
                          std::span<const spike> chain, double now) {
  if (!found.critical) return "none is critical: without any one of them it would have fired at this time\n";
  // With a fire phase it is known for good, as nothing arrives any more.
  const auto silent =
      found.t_fire != never ? std::string("not have fired") : fmt::format("not have fired by t = {}", now);
  const auto instead =
      found.without_critical == never ? silent : fmt::format("have fired at {}", found.without_critical);
  std::string path;
  for (const auto& s : chain) {
    path += fmt::format("{}{} at {}", path.empty() ? "" : " <- ", neuron_name(populations, s.source), s.time);
  }
  return fmt::format("critical: {}, without it {} would {}\ncritical chain: {}\n",
                     neuron_name(populations, *found.critical), neuron_name(populations, found.id), instead, path);
}

std::string roots_text(std::span<const population> populations, std::span<const root> roots, std::size_t most) {
  std::vector<std::vector<std::string>> rows{{"given", "at", "of v_th, by all paths"}};
  for (const auto& r : roots.first(std::min(most, roots.size()))) {
    rows.push_back({neuron_name(populations, r.id), fmt::format("{}", r.spike_time), share_text(r.share)});
  }
  return table_text(rows) + more_text(roots.size(), most);
}

json_object why_json(std::span<const population> populations, const explanation& found, std::span<const spike> chain,
                     std::span<const root> roots) {
  json_object object{{"command", "why"},
                     {"neuron", neuron_name(populations, found.id)},
                     {"spike_time", found.spike_time},
                     {"t_fire", time_json(found.t_fire)},
                     {"v_m", found.v_m},
                     {"v_th", found.v_th},
                     {"critical", nullptr},
                     {"without_critical", time_json(found.without_critical)}};
  if (found.critical) object["critical"] = neuron_name(populations, *found.critical);
  for (const auto* list : {"causes", "critical_chain", "given"}) object[list] = json_object::array();
  for (const auto& c : found.causes) {
    object["causes"].push_back({{"pre", neuron_name(populations, c.pre)},
                                {"spike_time", c.spike_time},
                                {"arrival", c.arrival},
                                {"weight", c.weight},
                                {"share", c.share}});
  }
  for (const auto& s : chain) {
    object["critical_chain"].push_back({{"neuron", neuron_name(populations, s.source)}, {"spike_time", s.time}});
  }
  for (const auto& r : roots) {
    object["given"].push_back(
        {{"neuron", neuron_name(populations, r.id)}, {"spike_time", r.spike_time}, {"share", r.share}});
  }
  return object;
}

std::string_view name_of(stopped_by what) {
  constexpr std::string_view names[] = {"nothing_so_far", "fire_phase_ahead", "nothing_arrived", "too_little",
                                        "inhibition",     "window",           "late_arrivals",   "threshold"};
  return names[static_cast<std::size_t>(what)];
}

std::string fire_phase_ahead_text(const silence& found) {
  if (found.t_fire >= found.closes) {
    return fmt::format("the end of the run: its fire phase would have begun at {}, and it would have {}", found.t_fire,
                       found.would_fire == never ? "stayed silent" : fmt::format("fired at {}", found.would_fire));
  }
  return fmt::format("nothing so far: its fire phase begins at {}; if nothing else arrives it {}", found.t_fire,
                     found.predicted == never ? "stays silent" : fmt::format("fires at {}", found.predicted));
}

std::string threshold_text(const silence& found) {
  const auto line = fmt::format("the threshold: it falls no lower than {:.6g}, at the end of the fire phase at {}",
                                found.lowest_threshold, found.closes);
  return found.would_fire == never ? line : fmt::format("{}, and would reach v_m at {}", line, found.would_fire);
}

std::string what_stopped_it(std::span<const population> populations, const silence& found) {
  switch (found.what) {
    case stopped_by::nothing_so_far:
      return fmt::format("nothing so far: it fires at {} if nothing else arrives", found.predicted);
    case stopped_by::fire_phase_ahead:
      return fire_phase_ahead_text(found);
    case stopped_by::nothing_arrived:
      return "no spike reached it";
    case stopped_by::too_little:
      return "too little excitation: it would not have fired without inhibition either";
    case stopped_by::window:
      return fmt::format("the window's end: it would have fired at {}", found.would_fire);
    case stopped_by::late_arrivals:
      return fmt::format(
          "late arrivals: {} came after {} and {} lost; had it integrated until {}, it would have fired at {}",
          spikes_text(found.lost, ""), found.t_fire, found.lost == 1 ? "was" : "were", found.until, found.would_fire);
    case stopped_by::threshold:
      return threshold_text(found);
    case stopped_by::inhibition:
      break;
  }
  const auto line = fmt::format("inhibition: without any it would have fired at {}", found.would_fire);
  if (!found.holder) return line + "; no inhibitory spike held it alone";
  return fmt::format("{}; without the spike of {} alone at {}", line, neuron_name(populations, *found.holder),
                     found.without_holder);
}

}  // namespace

template <class Real>
answer verb_why(inspect_session<Real>& session, words arguments) {
  check_words(arguments, 1, 2, "why LAYER:ID [all]");
  const bool all = arguments.size() == 2;
  require(!all || arguments[1] == "all", "'{}' after the neuron, allowed: all", arguments.back());
  const auto populations = session.net.populations();
  const auto id = read_neuron(populations, arguments[0]);
  const auto run = observed(session);
  const auto found = explain(run, id);
  const auto chain = critical_chain(run, id);
  const auto roots = roots_of(run, id);
  const auto most = all ? std::max(found.causes.size(), roots.size()) : shown;
  answer a;
  a.text =
      fmt::format("{} fired at {}, v_m = {:.6g}, v_th = {:.6g}", arguments[0], found.spike_time, found.v_m, found.v_th);
  if (found.t_fire != never) {
    a.text += found.spike_time > found.t_fire
                  ? fmt::format("; in its fire phase, since {}, the threshold fell to v_m", found.t_fire)
                  : std::string("; it fired as its fire phase began, v_m was not below v_th");
  }
  a.text += fmt::format("\n{} had arrived\n\n{}\n{}\nbehind it: {}\n\n{}", spikes_text(found.causes.size(), ""),
                        causes_text(populations, found, most), critical_text(populations, found, chain, run.until),
                        spikes_text(roots.size(), "given "), roots_text(populations, roots, most));
  a.objects.push_back(why_json(populations, found, chain, roots));
  return a;
}

template <class Real>
answer verb_why_not(inspect_session<Real>& session, words arguments) {
  check_words(arguments, 1, 1, "why-not LAYER:ID");
  const auto populations = session.net.populations();
  const auto found = explain_silence(observed(session), read_neuron(populations, arguments[0]));
  const auto share = found.peak_v_m / found.v_th;
  answer a;
  const auto* looked_at = found.t_fire == never            ? "closest at"
                          : found.peak_time < found.t_fire ? "integrated up to"
                                                           : "as the fire phase began at";
  a.text = fmt::format(
      "{} is silent up to t = {}\n{} {}: v_m = {:.6g}, {} of v_th = {:.6g} (excitation {}, inhibition {})\n"
      "stopped by {}\n",
      arguments[0], found.until, looked_at, found.peak_time, found.peak_v_m, share_text(share), found.v_th,
      share_text(found.excitation), share_text(found.inhibition), what_stopped_it(populations, found));
  a.objects.push_back({{"command", "why-not"},
                       {"neuron", arguments[0]},
                       {"until", found.until},
                       {"peak_time", found.peak_time},
                       {"peak_v_m", found.peak_v_m},
                       {"v_th", found.v_th},
                       {"t_fire", time_json(found.t_fire)},
                       {"closes", found.closes},
                       {"lowest_threshold", found.lowest_threshold},
                       {"lost", found.lost},
                       {"excitation", found.excitation},
                       {"inhibition", found.inhibition},
                       {"stopped_by", name_of(found.what)},
                       {"predicted", time_json(found.predicted)},
                       {"would_fire", time_json(found.would_fire)},
                       {"holder", nullptr},
                       {"without_holder", time_json(found.without_holder)}});
  if (found.holder) a.objects.back()["holder"] = neuron_name(populations, *found.holder);
  return a;
}

template answer verb_why(inspect_session<float>&, words);
template answer verb_why(inspect_session<double>&, words);
template answer verb_why_not(inspect_session<float>&, words);
template answer verb_why_not(inspect_session<double>&, words);

}  // namespace firstspike
