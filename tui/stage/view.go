package stage

import (
	"slices"

	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui/say"
	"unseen/tui/theme"
)

// view is all that the panes draw from.
type view struct {
	theme    theme.Theme
	scene    say.Scene // with the snapshot that is shown: what the eyes see
	source   string    // of the data
	dataset  *engine.Dataset
	before   int // the step shown before it; −1 at first
	levels   []trace.Level
	level    trace.Level // how big one step is
	selected int         // the inspected party; −1: whoever did the last step
	compact  bool        // there is little room
	full     bool        // the focused pane has the whole screen
	marks    []mark      // the breakpoints

	reference reference // what a run on shares is measured by
}

// fleet reports whether the parties are many: a grid instead of a list.
func (v *view) fleet() bool { return len(v.scene.Snapshot.Parties) > 9 && !v.scene.Predicts() }

// inspected returns the number of the inspected party in the snapshot.
func (v *view) inspected() int {
	parties := v.scene.Snapshot.Parties
	if v.selected >= 0 {
		return min(v.selected, len(parties)-1)
	}
	if eyes := v.scene.Snapshot.Eyes; eyes != "" {
		return max(0, slices.IndexFunc(parties, func(p engine.PartyImage) bool { return p.ID == eyes }))
	}
	if e := v.scene.Snapshot.Event; e != nil {
		who := e.Party
		if e.Kind == trace.Sent {
			who = e.To
		}
		if len(e.Outputs) > 0 && len(e.Outputs[0].Parts) > 0 {
			who = e.Outputs[0].Parts[0].Party
		}
		for i, p := range parties {
			if p.ID == who {
				return i
			}
		}
	}
	if v.scene.Predicts() && v.scene.Snapshot.Event == nil { // hers is where it begins
		return max(0, slices.IndexFunc(parties, func(p engine.PartyImage) bool { return p.Role == "applicant" }))
	}
	if v.encrypted() {
		return max(0, slices.IndexFunc(parties, func(p engine.PartyImage) bool { return p.Role == "holder" })) // rounds are theirs
	}
	return 0
}

// changed reports whether an object got its value in the last move forward.
func (v *view) changed(o engine.Object) bool {
	return v.before >= 0 && v.before < v.scene.Snapshot.Step && o.Step > v.before
}

// party returns the inspected party.
func (v *view) party() engine.PartyImage { return v.scene.Snapshot.Parties[v.inspected()] }
