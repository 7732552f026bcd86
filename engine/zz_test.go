package engine

import (
	"context"
	"fmt"
	"testing"
	"time"

	"unseen/data"
)

func TestZZ(t *testing.T) {
	set, _ := data.Twin().Encode()
	for _, mode := range []string{Central, Encrypted} {
		s, _ := Default(mode, "default")
		s.Seed, s.Learning.Epochs = 42, 2
		if mode == Encrypted {
			s.Shares.Watch = true
			s.Shares.Twin = true
		}
		began := time.Now()
		session, err := New(s, set)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Println("open", time.Since(began), session.total)
		r, err := session.Run(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range r.History.Epochs {
			fmt.Println(mode, e.Epoch, e.Train.Loss, e.Test.Accuracy, e.Seconds)
		}
		fmt.Println(r.Seconds, r.Cost.Rounds, r.Cost.Bytes)
		for _, o := range session.Openings() {
			fmt.Println(o)
		}
		for _, o := range session.Twin() {
			fmt.Println(o)
		}
		fmt.Println(session.Material())
	}
}
