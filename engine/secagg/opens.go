package secagg

import "unseen/engine/trace"

// Why the server may know what it puts together out of what it was sent.
const (
	whySum    = "the sum over those who delivered is what secure aggregation releases: of a single update it tells no more than the sum does"
	whySelf   = "a worker that delivered has put on a mask of its own, which nothing cancels; its mask key s stays hidden, and so do the masks it shares with others"
	whyKey    = "this worker left after it had shared its secrets: its neighbours’ masks cancel no more. Nothing of its update was delivered, and its b stays hidden"
	toAddUp   = "add up"      // masks: takes the masks off the sum
	toRecover = "recover"     // masks: joins the shares of a secret
	toOpen    = "interpolate" // a committee: joins the shares of the sum
)

// Opens reports what the server learns in an event, without a message of its own, that was
// masked or split before: the sum, or a secret of a worker; and why it may.
func Opens(e *trace.Event) (what, why string, ok bool) {
	if e.Kind != trace.Local {
		return "", "", false
	}
	switch e.Name() {
	case toAddUp, toOpen:
		return Sum, whySum, true
	case toRecover:
		if _, ok := e.Input(recoveredS); ok {
			return recoveredS, whyKey, true
		}
		return recoveredB, whySelf, true
	}
	return "", "", false
}
