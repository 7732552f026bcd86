package engine

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"unseen/engine/mpc"
	"unseen/engine/trace"
)

// walkOf returns a walk through a protocol on so many numbers.
func walkOf(t *testing.T, p ProtocolInfo, holders, count int) *Walk {
	t.Helper()
	s := WalkSettings{Protocol: p.Name, Holders: holders, FractionBits: 16, Seed: 5, Fixed: true}
	for i := range p.Inputs {
		values := append([]float64(nil), []float64{-1.25, 2.5, 0, 0.3, -7, 1, 1, 2}[i:count+i]...)
		named, _ := mpc.Find(p.Name)
		if named.Domain != nil && i == 0 {
			domain := named.Domain(s.FractionBits)
			for j, v := range values {
				values[j] = min(max(v, domain.Low), domain.High)
			}
		}
		s.Values = append(s.Values, values)
	}
	w, err := WalkThrough(s)
	if err != nil {
		t.Fatalf("%s: %v", p.Name, err)
	}
	return w
}

// A walk tells everything: its messages make up the cost, its shares add up to the
// numbers, and what comes out is what plaintext yields, but for rounding and for what
// the elementary functions approximate.
func TestWalksTellEverything(t *testing.T) {
	for _, p := range Protocols() {
		for _, holders := range []int{2, 3} {
			if p.Holders > 0 && p.Holders != holders {
				continue
			}
			for _, count := range []int{p.Columns, 5} {
				checkWalk(t, walkOf(t, p, holders, count))
			}
		}
	}
}

func checkWalk(t *testing.T, w *Walk) {
	t.Helper()
	bytes, messages := int64(0), int64(0)
	for _, s := range w.Steps {
		if s.Event.Kind == trace.Sent {
			bytes += int64(s.Event.Bytes)
			messages++
		}
		if s.Event.Kind == trace.Open && s.Event.Why == "" {
			t.Errorf("%s opens %s and does not say why", w.Protocol, s.Event.Name())
		}
		for _, q := range s.Dealt {
			if len(q.Parts) != w.Holders || len(q.Sum) != q.Rows*q.Columns {
				t.Errorf("%s: of %s that was dealt there are %d shares", w.Protocol, q.Name, len(q.Parts))
			}
		}
	}
	if bytes != w.Cost.Bytes || messages != w.Cost.Messages {
		t.Errorf("%s: %d bytes in %d messages in the walk, %d in %d in its cost", w.Protocol, bytes, messages, w.Cost.Bytes, w.Cost.Messages)
	}
	for i, q := range w.Inputs {
		for j, x := range q.Real {
			if math.Abs(x-w.Values[i][j]) > math.Ldexp(1, -w.FractionBits) {
				t.Errorf("%s: %v is split into shares of %v", w.Protocol, w.Values[i][j], x)
			}
		}
	}
	if w.Result == nil {
		return
	}
	if len(w.Result.Real) != len(w.Plain) {
		t.Fatalf("%s: %d results, %d on plaintext", w.Protocol, len(w.Result.Real), len(w.Plain))
	}
	for i, x := range w.Result.Real {
		if math.Abs(x-w.Plain[i]) > w.Stated[i] {
			t.Errorf("%s: %v, on plaintext %v", w.Protocol, x, w.Plain[i])
		}
	}
}

// Protocols that are not for all numbers say so: up to the ends of their domains they
// are as exact as they state, with any fraction bits, and beyond they are refused.
func TestWalksStayInTheirDomains(t *testing.T) {
	for _, named := range mpc.Catalogue() {
		if named.Domain == nil {
			continue
		}
		for _, f := range []int{4, 8, 16, 24} {
			domain, unit := named.Domain(f), math.Ldexp(1, -f)
			walk := func(x float64) (*Walk, error) {
				s := WalkSettings{Protocol: named.Name, Values: [][]float64{{x}}, Holders: 2, FractionBits: f, Seed: 5, Fixed: true}
				for len(s.Values[0]) < named.Columns {
					s.Values[0] = append(s.Values[0], 1)
				}
				if named.Inputs == 2 {
					s.Values = append(s.Values, []float64{0, 1})
				}
				return WalkThrough(s)
			}
			low, high := math.Ceil(domain.Low/unit)*unit, math.Floor(domain.High/unit)*unit
			inside := []float64{low, low + unit, (low + high) / 2, high - unit, high, min(max(low, 3), high), min(max(low, -2), high)}
			for _, x := range inside {
				w, err := walk(x)
				if errors.As(err, new(*SettingError)) && math.Abs(x) > math.Exp2(float64(61-f)) {
					continue // it cannot be encoded
				}
				if err != nil {
					t.Errorf("%s of %v with %d fraction bits: %v", named.Name, x, f, err)
					continue
				}
				checkWalk(t, w)
			}
			for _, x := range []float64{low - max(unit, math.Abs(low)/1e9), high + max(unit, math.Abs(high)/1e9)} {
				if _, err := walk(x); !errors.As(err, new(*SettingError)) {
					t.Errorf("%s of %v with %d fraction bits, which is not from %v to %v: %v", named.Name, x, f, domain.Low, domain.High, err)
				}
			}
		}
	}
}

// One seed, one walk; without one, others.
func TestWalksRepeat(t *testing.T) {
	s := WalkSettings{Protocol: "relu", Values: [][]float64{{-1.25}}, Holders: 3, FractionBits: 16, Seed: 5, Fixed: true}
	walk := func() *Walk {
		w, err := WalkThrough(s)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	if diff := cmp.Diff(walk().Inputs, walk().Inputs); diff != "" {
		t.Errorf("the same seed: %s", diff)
	}
	s.Fixed = false
	if a, b := walk(), walk(); a.Seed == b.Seed || cmp.Equal(a.Inputs, b.Inputs) {
		t.Errorf("two walks without a seed are the same: %d", a.Seed)
	}
}

// What cannot be run is refused with the flag that has to change.
func TestWalksRefuse(t *testing.T) {
	good := WalkSettings{Protocol: "relu", Values: [][]float64{{-1.25}}, Holders: 3, FractionBits: 16}
	for flag, change := range map[string]func(s *WalkSettings){
		"--protocol rely":         func(s *WalkSettings) { s.Protocol = "rely" },
		"--holders 1":             func(s *WalkSettings) { s.Holders = 1 },
		"--holders 11":            func(s *WalkSettings) { s.Holders = 11 },
		"--holders 3":             func(s *WalkSettings) { s.Protocol = "truncate-locally" },
		"--fraction-bits 3":       func(s *WalkSettings) { s.FractionBits = 3 },
		"--fraction-bits 25":      func(s *WalkSettings) { s.FractionBits = 25 },
		"--value Inf":             func(s *WalkSettings) { s.Values[0][0] = math.Inf(1) },
		"--value large":           func(s *WalkSettings) { s.Values[0][0] = math.Exp2(46) },
		"--value large, squared":  func(s *WalkSettings) { s.Protocol, s.Values[0][0] = "square", math.Exp2(15) },
		"--value none":            func(s *WalkSettings) { s.Values = nil },
		"--value too many":        func(s *WalkSettings) { s.Values[0] = make([]float64, 9) },
		"--value too few":         func(s *WalkSettings) { s.Protocol = "max" },
		"--value2 missing":        func(s *WalkSettings) { s.Protocol = "mul" },
		"--value2 of no use":      func(s *WalkSettings) { s.Values = append(s.Values, []float64{1}) },
		"--value2 of other width": func(s *WalkSettings) { s.Protocol = "mul"; s.Values = append(s.Values, []float64{1, 2}) },
	} {
		s := good
		s.Values = [][]float64{{-1.25}}
		change(&s)
		w, err := WalkThrough(s)
		var wrong *SettingError
		if want, _, _ := strings.Cut(flag, " "); w != nil || !errors.As(err, &wrong) || wrong.Setting != want {
			t.Errorf("%s: %v", flag, err)
		}
	}
	good.Values = [][]float64{{math.Exp2(45)}}
	if _, err := WalkThrough(good); err != nil {
		t.Errorf("a large number that fits: %v", err)
	}
}

// Every protocol and every operation it announces can be explained.
func TestProtocolsAreExplained(t *testing.T) {
	for _, p := range Protocols() {
		if text, ok := Explain(p.Name); !ok || !strings.HasPrefix(text, "# ") {
			t.Errorf("%s is not explained", p.Name)
		}
		for _, s := range walkOf(t, p, max(2, p.Holders), p.Columns).Steps {
			for _, scope := range s.Event.Path {
				if _, ok := Explain(scope.Name); scope.Level == trace.Operation && !ok {
					t.Errorf("%s, a part of %s, is not explained", scope.Name, p.Name)
				}
			}
		}
	}
	if _, ok := Explain("nothing"); ok {
		t.Error("there is an explanation of nothing")
	}
}
