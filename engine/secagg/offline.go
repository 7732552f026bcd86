package secagg

import (
	"errors"
	"fmt"
	"slices"

	"unseen/engine/party"
)

// departure is a worker that was taken offline by hand, or brought back.
type departure struct {
	worker int
	round  int
	stage  Stage // from which it is absent in that round
	byHand bool  // false: brought back, so that it leaves when it would have left anyway
	step   int   // of the run, at which it was done
	branch uint32
}

// phase is where in a server round the run is.
type phase int

const (
	visiting    phase = iota // the next message of secure aggregation is the first one
	aggregating              // under way
	aggregated               // over: the next one is in the next server round
)

// round says who leaves when in a server round: those that were drawn, and those that
// were taken away by hand. A change by hand begins a new branch of this round and of
// all that follow it: whatever they draw they draw anew, so that no mask that was
// used for one value is used for another one.
func (a *Secagg) round(number int) Round {
	r := Round{Number: uint64(number), Leave: Departures(a.Learning.Root, len(a.Workers), a.settings.Drop, uint64(number), a.stages())}
	drawn := slices.Clone(r.Leave)
	for _, d := range a.byHand {
		if d.round <= number {
			r.Branch = d.branch
		}
		if d.round == number {
			r.Leave[d.worker] = drawn[d.worker]
			if d.byHand {
				r.Leave[d.worker] = min(d.stage, drawn[d.worker])
			}
		}
	}
	return r
}

// Toggle takes a worker offline at this step of the run: it sends nothing any more in
// this server round, or, where it has nothing left to send, in the next one. If it was
// taken offline by hand in this round, it is brought back. What was changed by hand at
// later steps, in a future that will not come, is forgotten. It returns what was done,
// in words. The run then must be entered again at a boundary.
func (a *Secagg) Toggle(id string, step int) (done string, err error) {
	u := slices.IndexFunc(a.Protocol.Workers, func(w *party.Party) bool { return w.ID == id })
	if u < 0 {
		return "", fmt.Errorf("%s is no worker: only workers leave", id)
	}
	past := slices.DeleteFunc(slices.Clone(a.byHand), func(d departure) bool { return d.step > step })
	round, next := a.where.round, Advertise
	switch a.phase {
	case aggregating:
		next = a.where.under.state().sent[u]
	case aggregated:
		round++
	}
	change := departure{worker: u, round: round, stage: next, byHand: true, step: step}
	for _, d := range past {
		if d.worker == u && d.round == round {
			change.byHand = !d.byHand
		}
	}
	leaves := a.round(round).Leave[u]
	switch {
	case round >= a.rounds():
		return "", errors.New("the run is over: nobody sends anything any more")
	case change.byHand && int(next) >= a.stages():
		return "", fmt.Errorf("%s has sent all it sends in this server round", id)
	case change.byHand && leaves < next, change.byHand && leaves == next && a.phase == aggregating:
		return "", fmt.Errorf("%s has left already, before the stage %s", id, a.stageName(leaves))
	case !change.byHand && leaves < next:
		return "", fmt.Errorf("%s missed a stage: it is back in the next server round", id)
	}
	a.branches++
	change.branch = a.branches
	a.byHand = append(past, change)
	if !change.byHand {
		return id + " is back; " + drawnAnew, nil
	}
	return fmt.Sprintf("%s is offline for the rest of server round %d, from the stage “%s” on; %s", id, round+1, a.stageName(next), drawnAnew), nil
}

// drawnAnew says what a change by hand does to all that a round draws, also before it.
const drawnAnew = "this round’s keys and masks are drawn anew: none serves in two futures"

// Away lists the workers that have left in the server round under way: those that
// send nothing in this stage of secure aggregation, and those that were taken offline
// by hand.
func (a *Secagg) Away() map[string]bool {
	round, phase := a.where.round, a.phase
	if round >= a.rounds() { // the last event of the run stands for what was before it
		round, phase = a.rounds()-1, aggregated
	}
	if phase == visiting && len(a.byHand) == 0 {
		return nil
	}
	away := map[string]bool{}
	r, stage := a.round(round), a.where.ended
	if a.where.under != nil {
		stage = a.where.under.state().stage
	}
	byHand := map[int]bool{}
	for _, d := range a.byHand {
		byHand[d.worker] = d.byHand && d.round == round
	}
	for u, w := range a.Workers {
		now := phase != visiting && r.Leave[u] <= stage
		if r.Leave[u] < Stays && (now || byHand[u]) {
			away[w.Party.ID] = true
		}
	}
	return away
}

func (a *Secagg) stageName(s Stage) string {
	if a.settings.Committee {
		return committeeStages[s]
	}
	return s.String()
}
