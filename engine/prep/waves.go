package prep

import (
	"math"

	"gorgonia.org/tensor"

	"unseen/engine/ring"
)

// Waves are the cosines and sines of a comparison's mask r at several frequencies,
//
//	cos(2π·k·r/2^period) and sin(2π·k·r/2^period),   k = 1 … count.
//
// A period that is a power of two divides the modulus, so that wrapping around it
// changes nothing. A matrix has a row for each element of r and 2·count columns,
// first the cosines, then the sines.
type Waves struct {
	once
	Plain []*tensor.Dense   // by holder
	Under [][]*tensor.Dense // times the bit ρ of each comparison that shares the opening, by holder
}

// Waves deals the waves of a comparison mask, with so many fraction bits. The ring
// must have at least 2^period elements, period at most 53.
func (d *Dealer) Waves(c *Comparison, period, count, fraction int) *Waves {
	w := &Waves{once: d.ledger.Waves.deal("a set of waves")}
	r := d.Sum(c.R).Uint64s()
	value := ring.New(len(r), 2*count)
	for i, v := range r {
		row := value.Uint64s()[i*2*count:][:2*count]
		for k := range count {
			cos, sin := Wave(v, k+1, period)
			row[k], row[count+k] = d.fixed(cos, fraction), d.fixed(sin, fraction)
		}
	}
	w.Plain = d.correct(value)
	for _, s := range c.Signs {
		under := ring.New(len(r), 2*count)
		for i, rho := range d.Sum(s.Bit.Arithmetic).Uint64s() {
			for j := range 2 * count {
				under.Uint64s()[i*2*count+j] = rho * value.Uint64s()[i*2*count+j]
			}
		}
		w.Under = append(w.Under, d.correct(under))
	}
	return w
}

func (d *Dealer) fixed(v float64, fraction int) uint64 {
	return d.ring.Element(int64(math.Round(math.Ldexp(v, fraction))))
}

// Wave returns cosine and sine of 2π·k·x/2^period. The angle is reduced exactly,
// before it is rounded.
func Wave(x uint64, k, period int) (cos, sin float64) {
	turn := math.Ldexp(float64(x*uint64(k)&(1<<period-1)), -period)
	sin, cos = math.Sincos(2 * math.Pi * turn)
	return cos, sin
}
