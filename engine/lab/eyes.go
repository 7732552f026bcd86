package lab

import (
	"fmt"

	"gorgonia.org/tensor"

	"unseen/engine/ring"
	"unseen/engine/trace"
)

// Eyes count what one party sees of runs: its own shares, the messages that came to it,
// and what was opened to it. Of ring elements they count how many lie in the upper half
// of the ring: of uniform ones, half of them do.
type Eyes struct {
	Party    string
	Ring     ring.Ring
	Messages int // received
	Words    int // ring elements seen
	Upper    int // of them in the upper half
}

// Observe looks at an event; it is an observer of a tracer.
func (e *Eyes) Observe(event *trace.Event) {
	switch {
	case event.Kind == trace.Sent && event.To == e.Party:
		e.Messages++
	case event.Kind == trace.Open:
	default:
		return
	}
	for _, v := range event.Outputs {
		if v.Form == trace.Opened && v.Name == released {
			continue // a result, meant to be known: no mask is on it
		}
		for _, part := range v.Parts {
			if part.Party == e.Party && v.Packed == 0 {
				e.look(part.Data)
			}
		}
	}
}

// released is the name of results that are opened as such, see [mpc.Protocol.Open].
const released = "x"

// Hold takes shares that the party has from the beginning.
func (e *Eyes) Hold(share *tensor.Dense) { e.look(share) }

func (e *Eyes) look(x *tensor.Dense) {
	words, ok := x.Data().([]uint64)
	if !ok {
		return
	}
	e.Words += len(words)
	for _, w := range words {
		e.Upper += btoi(e.Ring.Signed(w) < 0)
	}
}

// Text says what was seen.
func (e *Eyes) Text() string {
	if e.Words == 0 {
		return "nothing"
	}
	return fmt.Sprintf("%s ring elements, shares of its own and what came in under masks, in %s; %s of them in the upper half of the ring: as coins fall",
		count(e.Words), plural(e.Messages, "message"), Percent(float64(e.Upper)/float64(e.Words)))
}
