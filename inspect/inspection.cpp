// Moving through a run.
#include "firstspike/inspect/inspection.hpp"

#include <algorithm>
#include <array>

#include "firstspike/engine/heap.hpp"
#include "firstspike/engine/require.hpp"
#include "firstspike/engine/text.hpp"
#include "firstspike/inspect/lone_neuron.hpp"
#include "firstspike/inspect/neuron_names.hpp"
#include "firstspike/inspect/synapses.hpp"

namespace firstspike {
namespace {

/// [steps], -1 before the first instant.
template <class Real>
double last_instant(const timeline<Real>& line) {
  return line.position() == 0 ? -1 : line.run().now();
}

template <class Real>
double present_of(const timeline<Real>& line) {
  return line.at_end() ? line.t_max() : last_instant(line);
}

/// Times [steps] of a message, as short as tells them apart.
std::array<std::string, 2> short_texts(const std::array<double, 2>& times) {
  const auto decimals = decimals_for(times);
  return {decimal_text(times[0], decimals), decimal_text(times[1], decimals)};
}

/// Adds what one fan-out adds to a neuron to `weight`, and returns whether it leads there.
template <class Real>
bool add_weight(const network<Real>& net, const fan_out& out, std::uint32_t id, double& weight) {
  const auto first = net.first_id(net.post(out.projection));
  if (id < first || id >= net.first_id(net.post(out.projection) + 1)) return false;
  bool reached = false;
  net.for_each_synapse_to(id - first, out, [&](Real added) {
    weight += static_cast<double>(added);
    reached = reached || added != 0;
  });
  return reached;
}

}  // namespace

template <class Real>
inspection<Real>::inspection(const network<Real>& net, std::vector<double> source_times, double t_max,
                             std::size_t checkpoint_bytes)
    : line_(net, source_times, t_max, checkpoint_bytes), source_times_(std::move(source_times)) {}

template <class Real>
run_point inspection<Real>::point() const {
  const auto& run = line_.run();
  return {line_.position(), line_.now(),         present_of(line_), line_.at_end(),
          run.next_time(),  run.pending_count(), spikes_after(-1)};
}

template <class Real>
std::size_t inspection<Real>::memory_bound() const {
  const auto memory = line_.memory();
  return std::max(memory.most, memory.held) + most_bytes_of_run(net());
}

template <class Real>
std::vector<std::size_t> inspection<Real>::spikes_after(double from) const {
  const auto now = present_of(line_);
  std::vector<std::size_t> counts;
  for (std::size_t p = 0; p < net().populations().size(); ++p) {
    const auto times = line_.run().spike_times().subspan(net().first_id(p), net().populations()[p].size);
    counts.push_back(static_cast<std::size_t>(
        std::ranges::count_if(times, [&](double t) { return t > from && t <= now && t != never; })));
  }
  return counts;
}

/// `before`: the time of the instant before the last one, -1 where there is none.
template <class Real>
std::optional<std::size_t> inspection<Real>::breakpoint_hit(double before) const {
  const auto& run = line_.run();
  for (std::size_t b = 0; b < breakpoints_.size(); ++b) {
    const auto& stop = breakpoints_[b];
    if (stop.time && before < *stop.time && run.now() >= *stop.time) return b;
    const auto times = run.spike_times().subspan(stop.first, stop.end - stop.first);
    if (!stop.time && std::ranges::find(times, run.now()) != times.end()) return b;
  }
  return {};
}

template <class Real>
void inspection<Real>::note_watched(const instant& now, std::vector<watched_change>& changes) const {
  for (const auto id : watched_) {
    watched_change change{now.time, membrane_of(line_, id)};
    for (const auto& out : now.arrived) {
      if (add_weight(net(), out, id, change.weight)) change.received.push_back(out.pre);
    }
    const bool fired = change.now.spike_time == now.time;
    // What comes after the spike changes nothing any more.
    const bool integrates = fired || change.now.spike_time == never;
    const bool begins = std::ranges::find(now.began, net().population_of(id)) != now.began.end();
    if (integrates && (fired || begins || !change.received.empty())) changes.push_back(std::move(change));
  }
}

template <class Real>
steps_done inspection<Real>::step(std::size_t count, const progress_callback& progress) {
  steps_done done;
  while (done.instants.size() < count && !done.breakpoint) {
    report_progress(progress, done.instants.size(), count);
    const auto before = last_instant(line_);
    auto now = next_instant(line_);
    if (!now) break;
    note_watched(*now, done.watched);
    done.instants.push_back(std::move(*now));
    done.breakpoint = breakpoint_hit(before);
  }
  done.at_end = line_.at_end();
  return done;
}

template <class Real>
void inspection<Real>::check_goal(const run_goal& goal) const {
  const auto now = present_of(line_);
  const auto [until, shown_now] = short_texts({goal.until, line_.now()});
  require(goal.until >= now, "t = {} has passed, it is {}t = {}{}; goto takes you back", until,
          line_.at_end() ? "the end (" : "", shown_now, line_.at_end() ? ")" : "");
  if (!goal.neuron) return;
  const auto fired = line_.run().spike_times()[*goal.neuron];
  require(!(fired <= now), "{} has fired, at t = {}; goto or back takes you before that",
          neuron_name(net().populations(), *goal.neuron), short_texts({fired, now})[0]);
}

template <class Real>
run_done inspection<Real>::go_on(const run_goal& goal, const progress_callback& progress) {
  check_goal(goal);
  run_done done;
  done.from = point();
  done.stopped_by = run_stop::end;
  const auto start = line_.position();
  auto before = last_instant(line_);
  const auto stop = [&] {
    report_progress(progress, line_.position() - start, 0);
    if (const auto hit = breakpoint_hit(before)) {
      done.stopped_by = run_stop::breakpoint;
      done.breakpoint = *hit;
    }
    if (goal.neuron && line_.run().spike_times()[*goal.neuron] <= line_.run().now()) done.stopped_by = run_stop::fired;
    before = line_.run().now();
    return done.stopped_by != run_stop::end;
  };
  if (watched_.empty()) {
    line_.run_on(goal.until, stop);
  } else {
    while (!line_.at_end() && line_.run().next_time() <= goal.until) {
      note_watched(*next_instant(line_), done.watched);
      if (stop()) break;
    }
  }
  if (done.stopped_by == run_stop::end && !line_.at_end()) done.stopped_by = run_stop::until;
  done.to = point();
  done.new_spikes = spikes_after(done.from.present);
  return done;
}

template <class Real>
void inspection<Real>::back(std::size_t count, const progress_callback& progress) {
  const auto position = line_.position();
  require(count <= position, "back {}: only {} instants have been done, allowed: up to that many", count, position);
  line_.go_to(position - count, progress);
}

template <class Real>
void inspection<Real>::watch(std::uint32_t id) {
  lone(net(), id, t_max());  // refuses what has no membrane
  if (std::ranges::find(watched_, id) == watched_.end()) watched_.push_back(id);
}

// Of the members defined above; inspection_state.cpp has the others.
template class inspection<float>;
template class inspection<double>;

}  // namespace firstspike
