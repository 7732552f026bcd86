package engine

import (
	"math"
	"testing"

	"unseen/engine/mpc"
)

// One bit of each kind of message of encrypted training: nobody notices, what is
// flipped on the way to the owner moves one weight by what the bit is worth, and what
// is flipped at the beginning spreads.
func TestTamperTraining(t *testing.T) {
	s, set := stealing(t, Encrypted), table(t, 60)
	s.Network.Hidden = []int{6, 4}
	r := runLab(t, "tamper", true, s, set, LabValues{"bit": "38", "applicants": "5", "steps": "1"})
	rows := map[string][]any{}
	for _, row := range tableNamed(t, r, "training").Rows {
		rows[row[0].(string)+" in "+row[1].(string)] = row
		if row[7] != "no" {
			t.Errorf("%v was noticed", row)
		}
	}
	for _, kind := range []string{"seed of row in setup", "share of row in setup", "seed of model in setup", "share of model in setup",
		"d X in mask", "d w1 in mask", "e in matmul", "c in matmul", "c in relu", "δ in relu", "m in relu", "r_mid in relu", "loss in open", "model in reveal"} {
		if rows[kind] == nil {
			t.Errorf("nobody tampered with %s", kind)
		}
	}
	for kind, moved := range map[string]float64{"model in reveal": math.Exp2(38 - 16), "loss in open": 0} {
		if got := rows[kind][4].(float64); math.Abs(got-moved) > 1e-9*moved {
			t.Errorf("%s: the weights moved by %v, want %v", kind, got, moved)
		}
	}
	for _, kind := range []string{"share of row in setup", "seed of model in setup", "d w1 in mask", "c in matmul"} {
		if !(rows[kind][4].(float64) > 0) {
			t.Errorf("%s changed no weight", kind)
		}
	}
	if n := fact(t, r, "training_flipped"); n < 3 || fact(t, r, "training_noticed") != 0 {
		t.Errorf("%v kinds turned a decision", n)
	}
}

// A hook that changes nothing changes nothing.
func TestTamperNothing(t *testing.T) {
	s, set := stealing(t, Encrypted), table(t, 20)
	s.Network.Hidden, s.Learning.Epochs = []int{4}, 1
	q := LabRequest{Set: set}
	a, err := trainTampered(background, s, q, nil)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	b, err := trainTampered(background, s, q, func(mpc.Flight) { n++ })
	if err != nil {
		t.Fatal(err)
	}
	if off := furthest(a.weights, b.weights); off != 0 || a.loss != b.loss || n == 0 {
		t.Errorf("after %d messages the weights are off by %v", n, off)
	}
}
