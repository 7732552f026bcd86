package engine

import (
	"context"
	"testing"
	"unseen/data"
)

func BenchmarkZZ(b *testing.B) {
	set, _ := data.Twin().Encode()
	for _, mode := range []string{Central, Encrypted} {
		b.Run(mode, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s, _ := Default(mode, "default")
				s.Seed, s.Learning.Epochs, s.Data.Split = 42, 5, 1
				s.Shares.Watch = false
				session, err := New(s, set)
				if err != nil {
					b.Fatal(err)
				}
				r, err := session.Run(context.Background(), nil)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(r.History.Epochs[5].Seconds, "s/epoch")
			}
		})
	}
}
