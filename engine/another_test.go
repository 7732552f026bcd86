package engine

import (
	"errors"
	"reflect"
	"testing"
)

// Another way to train has the rows, owners, network and seed of the first, and what was
// chosen for learning; what nobody chose is as is usual there.
func TestAnotherHasTheSameSettings(t *testing.T) {
	for _, mode := range Modes() {
		s, err := Default(mode, "default")
		if err != nil {
			t.Fatal(err)
		}
		s.Data.Rows, s.Data.Workers, s.Data.Normalize, s.Network.Hidden = 40, 8, "range", []int{8}
		s.Learning.Epochs, s.Learning.Rounds, s.Seed, s.Fixed = 1, 3, 42, true
		for _, to := range Modes() {
			other, err := s.Another(to)
			if err != nil {
				t.Fatalf("from %s to %s: %v", mode, to, err)
			}
			usual, _ := Default(to, "default")
			if other.Mode != to || !reflect.DeepEqual(other.Data, s.Data) || !reflect.DeepEqual(other.Network, s.Network) || other.Seed != 42 || !other.Fixed {
				t.Errorf("from %s to %s: %+v", mode, to, other)
			}
			if l := other.Learning; l.Epochs != 1 || l.Rounds != 3 || l.Rate != usual.Learning.Rate {
				t.Errorf("from %s to %s it learns so: %+v", mode, to, l)
			}
		}
	}
}

// What the other way to train cannot do is refused, with the setting named.
func TestAnotherRefusesNoiseItCannotAdd(t *testing.T) {
	s, err := Default(Central, "default")
	if err != nil {
		t.Fatal(err)
	}
	s.Privacy.DP, s.Privacy.Clip, s.Privacy.Noise, s.Data.Normalize = CentralNoise, 1, 1, "range"
	var wrong *SettingError
	if _, err := s.Another(Federated); !errors.As(err, &wrong) || wrong.Setting != "--dp" {
		t.Errorf("the error is %v", err)
	}
}
