// What is looked at after each instant of a moving run: breaks and watched neurons.
#pragma once

#include <optional>
#include <vector>

#include "firstspike/apps/inspect_session.hpp"
#include "firstspike/inspect/instants.hpp"

namespace firstspike {

/// The break that stops a run at the present instant; `before`: the present() of the one before it [steps].
template <class Real>
std::optional<std::size_t> break_hit(const inspect_session<Real>& session, double before);

/// "break 1 (output:3)", numbered from 1.
template <class Real>
std::string break_text(const inspect_session<Real>& session, std::size_t index);

/// A watched neuron in an instant in which it heard something, began its fire phase or fired.
struct watched_change {
  double time = 0;  ///< [steps]
  membrane now;
  std::vector<std::uint32_t> heard;  ///< whose spikes, in the order of arrival
  double weight = 0;                 ///< what they added in all
};

/// Adds what `now` changed in watched neurons, in the order in which they were given.
template <class Real>
void note_watched(const inspect_session<Real>& session, const instant& now, std::vector<watched_change>& changes);

/// Appends a table of the changes to the text, and an object for each. Nothing where there is none.
void add_watched(answer& to, std::span<const population> populations, std::span<const watched_change> changes);

}  // namespace firstspike
