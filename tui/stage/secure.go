package stage

import (
	"fmt"
	"strconv"

	"gorgonia.org/tensor"

	"unseen/engine"
)

// written returns how the cells of a matrix are written where they are no measured
// numbers; nil where they are.
func written(name string, t *tensor.Dense, x []float64) func(r, c int) string {
	cols := t.Shape()[1]
	if t.Dtype() != tensor.Uint64 {
		return whole(name, cols, x)
	}
	words := t.Uint64s()
	return func(r, c int) string { return element(words[r*cols+c]) }
}

// element writes an element of a ring: in full up to 32 bits, of a longer one the
// ends, in hexadecimal.
func element(x uint64) string {
	if x < 1<<32 {
		return strconv.FormatUint(x, 10)
	}
	hex := fmt.Sprintf("%016x", x)
	return hex[:4] + "…" + hex[14:]
}

// inFull writes a number with all its digits.
func inFull(t *tensor.Dense, i int) string {
	if t.Dtype() == tensor.Uint64 {
		return strconv.FormatUint(t.Uint64s()[i], 10)
	}
	return strconv.FormatFloat(t.Float64s()[i], 'g', -1, 64)
}

// secretly says who has learnt what in secure aggregation.
func secretly(v *view) (parties []known, moral string) {
	h := v.scene.Snapshot.History.Epochs
	opened, aborted := 0, 0
	for _, e := range h[1:] {
		if e.Round.Aborted != "" {
			aborted++
		} else {
			opened++
		}
	}
	size := v.scene.Secure.Size
	server := known{who: "server", sum: "sums only"}
	workers := known{who: "workers", number: 1, sum: "own rows only"}
	if opened > 0 {
		server.items = []string{
			fmt.Sprintf("the sum over those who delivered, in %s", plural(opened, "server round")),
			"single updates: ▒▒▒▒ under masks",
		}
		workers.items = []string{"the model they start from", "shares of others’ secrets, too few to use"}
		if v.scene.Scenario.Secure.How == engine.Committee {
			server.items[1] = "single updates: ▒▒▒▒ in shares"
			workers.items[1] = "as share holders: sums of shares"
		}
	}
	if aborted > 0 {
		server.items = append(server.items, fmt.Sprintf("of %s without a sum: nothing", plural(aborted, "round")))
	}
	if v.scene.Snapshot.Privacy != nil {
		return []known{server, workers}, "Nobody need be trusted alone, and the sums are private: each worker put a share of noise into them, and nobody knows the noise of all."
	}
	return []known{server, workers}, fmt.Sprintf("Nobody need be trusted alone: to see one update, the server and %d of a worker’s %d %s must collude.", size.Threshold, size.Neighbours, holderWord(v))
}

func holderWord(v *view) string {
	if v.scene.Scenario.Secure.How == engine.Committee {
		return "share holders"
	}
	return "neighbours"
}
