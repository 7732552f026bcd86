package engine

import "time"

// pace tells how long a run takes as a whole from those of its epochs, or server rounds,
// that are over. Within one the work is uneven: what secure aggregation does after the
// last worker of a round takes longer than all that was before.
type pace struct {
	epochs      int // that are over
	first, last paceMark
}

// paceMark is the end of an epoch.
type paceMark struct {
	units int
	at    time.Duration
}

// see takes note of where the run is.
func (p *pace) see(epochs, units int, at time.Duration) {
	if epochs <= p.epochs {
		return
	}
	p.epochs, p.last = epochs, paceMark{units, at}
	if p.first.units == 0 {
		p.first = p.last
	}
}

// expected returns what all units will have taken; 0 before an epoch is over. From the
// second epoch on, what came before the end of the first is not taken for what an epoch
// takes: getting ready is a part of it.
func (p *pace) expected(units int) time.Duration {
	if p.last.units == 0 {
		return 0
	}
	since := p.last
	if p.last.units > p.first.units {
		since = paceMark{p.last.units - p.first.units, p.last.at - p.first.at}
	}
	return p.last.at + time.Duration(float64(since.at)/float64(since.units)*float64(units-p.last.units))
}
