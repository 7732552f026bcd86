package mpc

import (
	"fmt"
	"testing"

	"unseen/engine/ring"
)

// BenchmarkProtocols measures every protocol in every shape worth measuring, among
// three holders or as many as it is for, the dealer's part included: time,
// allocations, and what is sent.
func BenchmarkProtocols(b *testing.B) {
	for _, c := range Catalogue() {
		for _, size := range c.Shapes {
			n := 3
			if c.Holders > 0 {
				n = c.Holders
			}
			b.Run(fmt.Sprintf("%s/%dx%d", c.Name, size.X[0], size.X[1]), func(b *testing.B) {
				p := protocol(b, ring.Ring{}, n, 1)
				in := []*Shared{split(b, p, ring.New(size.X[0], size.X[1]), 1), split(b, p, ring.New(size.Y[0], size.Y[1]), 2)}
				b.ReportAllocs()
				for b.Loop() {
					fresh := []*Shared{{Share: in[0].Share}, {Share: in[1].Share}}
					c.Run(p, size.Bits, fresh[:c.Inputs]...)
				}
				size.Holders = n
				price := c.Price(size)
				b.ReportMetric(float64(price.Rounds), "rounds")
				b.ReportMetric(float64(price.Holder), "sent-B")
				b.ReportMetric(float64(price.Dealer), "dealt-B")
			})
		}
	}
}
