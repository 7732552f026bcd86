package say

import (
	"testing"

	"unseen/data"
	"unseen/engine"
)

// small opens a run over few of the built-in rows with a network of one hidden layer, changed
// as the test asks for.
func small(t *testing.T, mode string, change func(*engine.Scenario)) *engine.Session {
	t.Helper()
	set, err := data.Twin().Encode()
	if err != nil {
		t.Fatal(err)
	}
	s, err := engine.Default(mode, "default")
	if err != nil {
		t.Fatal(err)
	}
	s.Seed, s.Fixed, s.Data.Rows, s.Data.Workers, s.Network.Hidden = 3, true, 40, 8, []int{3}
	s.Learning.Rounds, s.Learning.Local = 1, 1
	change(&s)
	session, err := engine.New(s, set)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	return session
}
