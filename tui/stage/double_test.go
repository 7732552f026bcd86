package stage

import (
	"testing"

	"unseen/data"
	"unseen/engine"
	"unseen/engine/double"
	"unseen/engine/trace"
)

// doubled opens a run on shares on two data sets, so that some holders have the same view
// of both, to the last bit, at every step: rows of owners, and of one holder, are other
// ones, and the randomness of that holder makes up for them (package double).
func doubled(t *testing.T, s engine.Scenario, one, other *data.Set, last bool) (a, b *engine.Session) {
	t.Helper()
	a, b = opened(t, s, one), opened(t, s, other)
	m := double.New(t, sharers(a), last)
	if !b.Redraw(m.Draw, m.Split) {
		t.Fatal("nothing is dealt here")
	}
	play := func(s *engine.Session) double.Play {
		return func(from int, f func(*trace.Event) bool) {
			t.Helper()
			err := s.Seek(t.Context(), from)
			if err == nil {
				err = s.Each(t.Context(), f)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	m.Find(play(a), play(b))
	return a, b
}

// sharers lists the holders in their order.
func sharers(s *engine.Session) []string {
	var out []string
	for _, p := range s.Snapshot(nil).Parties {
		if p.Role == "holder" {
			out = append(out, p.ID)
		}
	}
	return out
}
