package engine

import (
	"fmt"
	"sync"
	"testing"
)

func TestTune(t *testing.T) {
	set := crx(t)
	type conf struct {
		m    string
		e, k int
		lr   float64
	}
	var cs []conf
	for _, lr := range []float64{0.002, 0.005, 0.01} {
		for _, e := range []int{5, 10} {
			cs = append(cs, conf{Federated, e, 1, lr})
		}
	}
	for _, c := range []conf{{Aggregated, 30, 5, 0.1}, {Aggregated, 30, 5, 0.2}, {Aggregated, 50, 5, 0.1}, {Aggregated, 40, 5, 0.05}, {Aggregated, 40, 3, 0.2}} {
		cs = append(cs, c)
	}
	for _, c := range cs {
		sum, lo := 0.0, 1.0
		var mu sync.Mutex
		var wg sync.WaitGroup
		ch := make(chan uint64, 40)
		for seed := uint64(1); seed <= 20; seed++ {
			ch <- seed
		}
		close(ch)
		for range 2 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				for seed := range ch {
					s, _ := Default(c.m, "default")
					s.Seed = seed
					s.Learning.Epochs, s.Learning.Rounds, s.Learning.Local, s.Learning.Rate = c.e, c.e, c.k, c.lr
					ss, err := New(s, set)
					if err != nil {
						panic(err)
					}
					r, err := ss.Run(background, nil)
					if err != nil {
						panic(err)
					}
					a := r.Final().Test.Accuracy
					mu.Lock()
					sum += a
					lo = min(lo, a)
					mu.Unlock()
				}
			}()
		}
		wg.Wait()
		fmt.Printf("%+v mean %.4f min %.4f\n", c, sum/20, lo)
	}
}
