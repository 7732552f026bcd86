package stage

import (
	"slices"

	"unseen/engine"
	"unseen/engine/trace"
)

// explanation returns how the protocol works that the last event is a part of, or
// nothing where nobody computes on shares: operations on plain numbers have the same
// names.
func explanation(s *engine.Snapshot) string {
	if s.Event == nil || !slices.ContainsFunc(s.Parties, func(p engine.PartyImage) bool { return p.Role == "holder" }) {
		return ""
	}
	for _, scope := range slices.Backward(s.Event.Path) {
		if text, ok := engine.Explain(scope.Name); ok && scope.Level == trace.Operation {
			return text
		}
	}
	return ""
}
