package engine

import (
	"unseen/engine/nn"
	"unseen/engine/trace"
)

// BatchLoss is the mean loss over the rows of one batch, before its update.
type BatchLoss struct {
	Batch   int // counted over the whole run, from 1
	Loss    float64
	Epsilon float64  // after it; 0 without privacy
	Known   []string // the parties that know it, when watched; none where it stays shared
}

// EpochMetrics is how the model does at the end of an epoch or server round. It
// is the simulator's view, outside the protocol.
type EpochMetrics struct {
	Epoch       int // from 1; 0 is the model before training
	Batches     int // trained on so far
	Train, Test nn.Metrics
	LocalLoss   []float64   // mean loss of each local epoch of a server round; nil elsewhere
	Epsilon     float64     // after it; 0 without privacy
	Seconds     float64     // wall time of the epoch; 0 when stepped
	Bytes       int64       // payload of all messages so far
	Round       ServerRound // how secure aggregation went; of no workers elsewhere
}

// History is the course of a run so far. Its lists only grow; going back
// shortens a session's own, never one that was handed out.
type History struct {
	Batches []BatchLoss
	Epochs  []EpochMetrics // the first is the model before training
	Told    []string       // to whom the loss of the batch under way was opened; nil in a snapshot
}

// sealed returns the history as it is now: growing either copies it first.
func (h History) sealed() History {
	batches, epochs := len(h.Batches), len(h.Epochs)
	return History{Batches: h.Batches[:batches:batches], Epochs: h.Epochs[:epochs:epochs]}
}

// Metrics is how a model does on a set of rows.
type Metrics = nn.Metrics

// Weights are the weights of a network.
type Weights = nn.Weights

// knownTo notes who knows the loss of the batch that has just ended: those who hold
// it as the number itself.
func (h *History) knownTo(e *trace.Event) {
	n := len(h.Batches)
	if e.Kind == trace.Open && e.Name() == "loss" {
		h.Told = h.Told[:0:0]
		for _, p := range e.Outputs[0].Parts {
			h.Told = append(h.Told, p.Party)
		}
	}
	if e.Level() != trace.Batch || n == 0 || h.Batches[n-1].Known != nil {
		return
	}
	known := append([]string{}, h.Told...)
	h.Told = nil
	if v, ok := e.Output("loss"); ok && v.Form != trace.Share {
		for _, p := range v.Parts {
			known = append(known, p.Party)
		}
	}
	h.Batches[n-1].Known = known
}
