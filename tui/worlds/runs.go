package worlds

import (
	"bytes"
	"slices"
	"testing"

	"unseen/data"
	"unseen/engine"
	"unseen/engine/recording"
)

// recorded records a run and opens the recording.
func recorded(t testing.TB, s *engine.Session) *recording.Replay {
	t.Helper()
	var file bytes.Buffer
	err := s.Seek(t.Context(), 0)
	if err == nil {
		_, err = recording.Write(t.Context(), &file, s, recording.Options{})
	}
	if err != nil {
		t.Fatal(err)
	}
	r, err := recording.Read(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// scenario is a small run of the mode.
func (p Pair) scenario(t testing.TB) engine.Scenario {
	t.Helper()
	s, err := engine.Default(p.Mode, "default")
	if err != nil {
		t.Fatal(err)
	}
	s.Seed, s.Fixed, s.Network.Hidden = 7, true, []int{4, 3}
	s.Learning.Epochs, s.Learning.Rounds, s.Learning.Local = 2, 2, 1
	s.Shares.RevealLoss = p.How != LastMoves && p.How != FirstMoves // a loss that is released tells
	if p.Mode == engine.Central {
		s.Learning.Batch = 8
	}
	if p.Holders > 0 {
		s.Shares.Holders = p.Holders
	}
	if !p.Standard {
		s.Data.Normalize = "range"
	}
	if p.Committee {
		s.Secure.How = engine.Committee
	}
	if p.Noise != "" {
		s.Privacy = engine.PrivacySettings{DP: p.Noise, Clip: 0.2, Noise: 1, Delta: 1e-5}
	}
	return s
}

// rows are few made-up rows.
func rows(t testing.TB) *data.Set {
	t.Helper()
	set, err := data.Twin().Encode()
	if err == nil {
		set, err = set.First(14)
	}
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// prepared divides the rows, with a seed under which there are workers that differ in the
// order of their rows only, or in their places: labels decide how rows are divided, so these
// have to be the same.
func prepared(t testing.TB, s *engine.Scenario, set *data.Set, how string) *engine.Dataset {
	t.Helper()
	for range 100 {
		d, err := engine.Prepare(*s, set)
		if err != nil {
			t.Fatal(err)
		}
		switch how {
		default:
			return d
		case RowOrder:
			if slices.ContainsFunc(d.Workers, func(o data.Worker) bool { return twoAlike(set, o) }) {
				return d
			}
		case ChangedPlaces:
			if set.Y[d.Workers[0].Rows[0]] == set.Y[d.Workers[1].Rows[0]] {
				return d
			}
		}
		s.Seed++
	}
	t.Fatal("no seed divides the rows so that worlds are alike")
	return nil
}

// twoAlike reports whether an owner has two rows, of the same label.
func twoAlike(set *data.Set, o data.Worker) bool {
	return len(o.Rows) == 2 && set.Y[o.Rows[0]] == set.Y[o.Rows[1]]
}

func opened(t testing.TB, s engine.Scenario, set *data.Set) *engine.Session {
	t.Helper()
	session, err := engine.New(s, set)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(session.Close)
	return session
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
