package prep

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"gorgonia.org/tensor"

	"unseen/engine/ring"
)

// What the dealer has computed it shares in two ways: numbers by correct, bits by
// correctBits. For every value all randomness is tried. Each time the shares add up to the
// value, and the shares of all holders but one are whatever they can be, each combination
// once: so they say nothing of the value, nor of what it was computed from.
func TestDealingHidesEverything(t *testing.T) {
	for _, modulus := range []uint64{2, 3, 4, 8, 16} {
		r, err := ring.Mod(modulus)
		if err != nil {
			t.Fatal(err)
		}
		for _, holders := range []int{2, 3, 4} {
			name := fmt.Sprintf("numbers modulo %d among %d", modulus, holders)
			checkDealing(t, name, r, holders, modulus, func(d *Dealer, value uint64, runs int) (shares []func(run int) uint64) {
				for _, s := range d.correct(constant(runs, value)) {
					shares = append(shares, func(run int) uint64 { return s.Uint64s()[run] })
				}
				return shares
			})
		}
	}
	for _, holders := range []int{2, 3, 4} {
		r, _ := ring.Mod(2) // a bit is a number modulo 2, and its shares add up modulo 2
		checkDealing(t, fmt.Sprintf("bits among %d", holders), r, holders, 2, func(d *Dealer, value uint64, runs int) (shares []func(run int) uint64) {
			x := make([]uint64, ring.Words(runs))
			ring.PackBit(x, constant(runs, value), 0)
			for _, s := range d.correctBits(Vectors{len(x), [][]uint64{x}}, runs).Share {
				shares = append(shares, func(run int) uint64 { return s[run/64] >> (run % 64) & 1 })
			}
			return shares
		})
	}
}

func constant(rows int, value uint64) *tensor.Dense {
	x := ring.New(rows, 1)
	for i := range x.Uint64s() {
		x.Uint64s()[i] = value
	}
	return x
}

// checkDealing deals each value with all that holders 0 to n − 2 can draw: what holder i
// draws in a run is digit i of its number. The last holder draws nothing.
func checkDealing(t *testing.T, name string, r ring.Ring, holders int, modulus uint64, deal func(d *Dealer, value uint64, runs int) []func(run int) uint64) {
	t.Helper()
	runs := 1
	for range holders - 1 {
		runs *= int(modulus)
	}
	for value := range modulus {
		d, err := NewDealerFrom(r, holders, func(holder int, _ uint64) rand.Source { return &digits{holder: holder, modulus: int(modulus)} })
		if err != nil {
			t.Fatal(err)
		}
		shares := deal(d, value, runs)
		for without := range holders {
			seen := map[uint64]bool{}
			for run := range runs {
				view, sum := uint64(0), uint64(0)
				for i, share := range shares {
					if sum = r.Sum(sum, share(run)); i != without {
						view = view*modulus + share(run)
					}
				}
				if seen[view] = true; sum != value {
					t.Fatalf("%s: %d is shared as %d in run %d", name, value, sum, run)
				}
			}
			if len(seen) != runs {
				t.Errorf("%s: of %d, all but %d have %d of %d combinations of shares", name, value, without, len(seen), runs)
			}
		}
	}
}

// digits draws digit number holder of 0, 1, 2, …: one of each run.
type digits struct {
	holder, modulus, run int
}

// Uint64 returns the digit of the next run.
func (s *digits) Uint64() uint64 {
	v := s.run
	for range s.holder {
		v /= s.modulus
	}
	s.run++
	return uint64(v % s.modulus)
}

// Fill packs bits into one word; numbers are a word each.
func (s *digits) Fill(words []uint64) {
	clear(words)
	if s.modulus == 2 && len(words) == 1 {
		for run := range 64 {
			words[0] |= s.Uint64() << run
		}
		return
	}
	for i := range words {
		words[i] = s.Uint64()
	}
}
