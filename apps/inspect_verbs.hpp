// The verbs of `firstspike inspect`: each takes the words after its name. All throw std::invalid_argument, one line,
// for words that are not allowed.
#pragma once

#include "firstspike/apps/inspect_session.hpp"

namespace firstspike {

// inspect_moves.cpp
template <class Real>
answer verb_next(inspect_session<Real>& session, words arguments);
template <class Real>
answer verb_run(inspect_session<Real>& session, words arguments);
template <class Real>
answer verb_back(inspect_session<Real>& session, words arguments);
template <class Real>
answer verb_goto(inspect_session<Real>& session, words arguments);

// inspect_stops.cpp
template <class Real>
answer verb_break(inspect_session<Real>& session, words arguments);
template <class Real>
answer verb_watch(inspect_session<Real>& session, words arguments);

// inspect_views.cpp
template <class Real>
answer verb_queue(inspect_session<Real>& session, words arguments);
template <class Real>
answer verb_state(inspect_session<Real>& session, words arguments);
template <class Real>
answer verb_top(inspect_session<Real>& session, words arguments);

// inspect_reasons.cpp
template <class Real>
answer verb_why(inspect_session<Real>& session, words arguments);
template <class Real>
answer verb_why_not(inspect_session<Real>& session, words arguments);

// inspect_changes.cpp
template <class Real>
answer verb_without(inspect_session<Real>& session, words arguments);
template <class Real>
answer verb_with(inspect_session<Real>& session, words arguments);
template <class Real>
answer verb_weight(inspect_session<Real>& session, words arguments);

}  // namespace firstspike
