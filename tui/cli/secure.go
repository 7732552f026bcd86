package cli

import (
	"fmt"
	"math"
	"strings"

	"unseen/engine"
)

// deliveredText says how many workers' updates are in the average of a server round.
func deliveredText(r engine.ServerRound) string {
	if r.Aborted != "" {
		return "aborted"
	}
	return fmt.Sprint(r.Delivered)
}

// secureFacts prints how a run added up its updates, and what that protects from.
func (p *printer) secureFacts(done engine.Run) {
	plan, err := engine.PlanAggregation(done.Scenario, done.Dataset)
	if err != nil {
		return // not after a run
	}
	size := plan.Size
	how := fmt.Sprintf("masks among %s each, of whom %d recover a secret", counted(int64(size.Neighbours), "neighbour"), size.Threshold)
	if plan.Committee {
		how = fmt.Sprintf("committee of %s, of whom %d open the sum", counted(int64(size.Neighbours), "share holder"), size.Threshold)
	}
	p.fact("secrecy", how)
	p.fact("it fails", fmt.Sprintf("%s against %.0f %% who collude; when %.0f %% leave, a sum is %s",
		likely("", size.Collusion), 100*engine.Colluding, 100*max(engine.LeastLeaving, plan.Drop), likely("lost", size.Loss)))
	p.fact("ring", fmt.Sprintf("%d bits, steps of 2^−%d, values up to ±%.4g: %s met the clip", plan.Quantiser.Bits, plan.Quantiser.Fraction,
		plan.Quantiser.Clip, counted(int64(clipped(done)), "value")))
	p.fact("left", leftText(done))
}

// likely says how probably something happens, of which the logarithm to base 2 is known:
// "never lost", "lost with probability 2^-40.0".
func likely(what string, log2 float64) string {
	if math.IsInf(log2, -1) {
		return strings.TrimSpace("never " + what)
	}
	return strings.TrimSpace(what + " with probability " + engine.Probability(log2))
}

// clipped is how many values met the clip, in all server rounds.
func clipped(done engine.Run) int {
	n := 0
	for _, e := range done.Result.History.Epochs[1:] {
		n += e.Round.Clipped
	}
	return n
}

// leftText says how many workers left on the way, and what became of the sums.
func leftText(done engine.Run) string {
	rounds := done.Result.History.Epochs[1:]
	gone, recovered, aborted, why := 0, 0, 0, ""
	for _, e := range rounds {
		for _, n := range e.Round.Gone {
			gone += n
		}
		recovered += e.Round.Recovered
		if e.Round.Aborted != "" {
			aborted++
			why = e.Round.Aborted
		}
	}
	text := fmt.Sprintf("%s in %s; %s recovered", grouped(int64(gone)), counted(int64(len(rounds)), "server round"), counted(int64(recovered), "mask key"))
	if aborted > 0 {
		text += fmt.Sprintf("; %d aborted, the last since %s", aborted, why)
	}
	return text
}

// roundDocument is how the secure aggregation of a server round went.
type roundDocument struct {
	Delivered int    `json:"delivered"`
	Gone      []int  `json:"gone"` // by stage
	Recovered int    `json:"recovered"`
	Clipped   int    `json:"clipped"`
	Aborted   string `json:"aborted,omitempty"`
}

func newRoundDocument(r engine.ServerRound) *roundDocument {
	if r.Workers == 0 {
		return nil
	}
	return &roundDocument{r.Delivered, r.Gone, r.Recovered, r.Clipped, r.Aborted}
}

// secureDocument is how a run added up its updates, and what that protects from.
// Probabilities are logarithms to base 2; null: impossible.
type secureDocument struct {
	Neighbours int     `json:"neighbours"`
	Threshold  int     `json:"threshold"`
	Collusion  number  `json:"log2_collusion"`
	Loss       number  `json:"log2_loss"`
	RingBits   int     `json:"ring_bits"`
	Fraction   int     `json:"fraction_bits"`
	Clip       float64 `json:"value_clip"`
}

func newSecureDocument(run engine.Run) *secureDocument {
	if run.Scenario.Mode != engine.SecureAggregation {
		return nil
	}
	plan, err := engine.PlanAggregation(run.Scenario, run.Dataset)
	if err != nil {
		return nil // not after a run
	}
	return &secureDocument{plan.Size.Neighbours, plan.Size.Threshold, number(plan.Size.Collusion), number(plan.Size.Loss),
		plan.Quantiser.Bits, plan.Quantiser.Fraction, plan.Quantiser.Clip}
}
