package tui

import (
	"slices"
	"testing"

	"unseen/engine"
)

// Who opens a recording and goes on to another way to train, charts or the comparison has
// the settings of the recording there.
func TestARecordingLendsItsSettings(t *testing.T) {
	s, err := engine.Default(engine.Aggregated, "default")
	if err != nil {
		t.Fatal(err)
	}
	s.Data.Rows, s.Data.Workers, s.Network.Hidden, s.Learning.Rounds, s.Seed = 60, 8, []int{8}, 3, 42
	d := &desk{options: Options{Scenario: s}} // as of a recording: no flags say what to run
	list, err := d.scenarios()
	if err != nil || len(list) != len(engine.Modes()) {
		t.Fatal(list, err)
	}
	for _, other := range list {
		if other.Data.Rows != 60 || other.Data.Workers != 8 || !slices.Equal(other.Network.Hidden, []int{8}) || other.Learning.Rounds != 3 || other.Seed != 42 {
			t.Errorf("%s is opened with %+v", other.Mode, other)
		}
	}
}
