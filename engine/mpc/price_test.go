package mpc

import (
	"fmt"
	"testing"

	"unseen/engine/ring"
)

// What is declared is what is measured: every protocol, for 2, 3 and 5 holders, in
// every shape worth measuring and in some that leave bits of a word unused, with few
// and many fraction bits.
func TestPrices(t *testing.T) {
	for _, c := range Catalogue() {
		shapes := append([]Size(nil), c.Shapes...)
		for _, bits := range []int{4, 13, 24} {
			for _, s := range [][2]int{{1, 1}, {3, 7}, {5, 13}} {
				if c.Most > 0 {
					s[1] = min(max(s[1], c.Columns), c.Most)
				}
				size := Size{X: s, Bits: bits}
				if c.Inputs == 2 {
					size.Y = s
				}
				if c.Name == "matmul" {
					size.Y = [2]int{s[1], 2}
				}
				shapes = append(shapes, size)
			}
		}
		for _, size := range shapes {
			for _, n := range []int{2, 3, 5} {
				if c.Holders == 0 || c.Holders == n {
					checkPrice(t, c, size, n)
				}
			}
		}
	}
}

func checkPrice(t *testing.T, c Named, size Size, n int) {
	t.Helper()
	p := protocol(t, ring.Ring{}, n, 1)
	in := []*Shared{split(t, p, ring.New(size.X[0], size.X[1]), 1), split(t, p, ring.New(size.Y[0], size.Y[1]), 2)}
	c.Run(p, size.Bits, in[:c.Inputs]...)
	size.Holders = n
	want, cost := c.Price(size), p.Cost()
	for _, h := range p.Holders {
		got := Price{cost.Rounds, cost.Sent[h.ID], cost.Sent[p.Crypto.ID]}
		if got != want {
			t.Errorf("%s by %s, %v: %+v, declared %+v", c.Name, h.ID, fmt.Sprint(size), got, want)
		}
	}
}
