// What the last layer decides, in words.
#pragma once

#include <span>
#include <string>

#include "firstspike/apps/inspect_session.hpp"

namespace firstspike {

struct decision_words {
  std::string text;    ///< "output:3 (label 3) at 83"
  json_object object;  ///< {"output", "label" where there are labels, "time"}; null where nothing is decided
};

/// The decision at the end of a run: `record` holds one sample with v_m.
template <class Real>
decision_words decision_of(const inspect_session<Real>& session, const spike_record& record);

/// The decision as far as spikes up to the present tell; at the end, that of the whole run.
template <class Real>
decision_words decision_so_far(const inspect_session<Real>& session);

}  // namespace firstspike
