package cli

import (
	"context"
	"encoding/json"
	"math"
	"strconv"
	"syscall"
	"testing"
)

func TestPrivacyJSON(t *testing.T) {
	asked := []string{"--rate", "32/653", "--steps", "600", "--delta", "1e-5", "--format", "json"}
	text := must(t, append([]string{"dp", "noise", "--epsilon", "4"}, asked...)...)
	wantShape(t, text, `{noise:number}`)
	var needed struct{ Noise float64 }
	if err := json.Unmarshal([]byte(text), &needed); err != nil {
		t.Fatal(err)
	}
	text = must(t, append([]string{"dp", "epsilon", "--noise", number(needed.Noise).String()}, asked...)...)
	wantShape(t, text, `{epsilon:number order:number delta:number}`)
	var got struct{ Epsilon, Order, Delta float64 }
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	if got.Epsilon > 4 || got.Epsilon < 4*(1-1e-9) || got.Delta != 1e-5 || got.Order <= 1 {
		t.Errorf("the noise %v that ε = 4 needs gives %+v", needed.Noise, got)
	}
}

func TestPrivacyOutput(t *testing.T) {
	args := []string{"dp", "epsilon", "--rate", "1", "--noise", "2", "--steps", "5", "--delta", "1e-5"}
	a := world(context.Background(), func(s *Streams) { s.Out = hook(func() error { return syscall.EPIPE }) }, args...)
	if a.status != 0 || a.err != "" {
		t.Errorf("nobody reads: status %d, %q", a.status, a.err)
	}
	a = world(context.Background(), func(s *Streams) { s.Out = hook(func() error { return syscall.ENOSPC }) }, args...)
	if a.status != 1 || !oneSafeLine(a.err) {
		t.Errorf("the disk is full: status %d, %q", a.status, a.err)
	}
	a = do("dp", "epsilon", "--rate", "0.1\x1b[2J")
	if a.status != 2 || !oneSafeLine(a.err) {
		t.Errorf("an escape in a value: status %d, %q", a.status, a.err)
	}
}

func TestRoundUp(t *testing.T) {
	for x, want := range map[float64]string{
		0: "0", 1: "1", 3.6794778: "3.6795", 3.67945001: "3.6795", 3.679401: "3.6795", 3.67940000001: "3.6795", 3.6794: "3.6794",
		0.0123456: "0.012346", 9.999901: "10", 123456: "1.2346e+05", 123451: "1.2346e+05", 1e300: "1e+300", 1.000001e-300: "1.0001e-300",
	} {
		if got := roundUp(x); got != want {
			t.Errorf("%v is %s, want %s", x, got, want)
		}
	}
	for x := 1e-9; x < 1e9; x *= 1.0137 {
		up, err := strconv.ParseFloat(roundUp(x), 64)
		if err != nil || up < x || up > x*(1+1.1e-4) || math.IsNaN(up) {
			t.Errorf("%v is rounded up to %v: %v", x, up, err)
		}
	}
}

func TestOddsSentence(t *testing.T) {
	for odds, want := range map[float64]string{
		0.5: "at most 50 times in 100", 0.7310585786: "at most 74 times in 100", 0.8808: "at most 89 times in 100", 0.99: "at most 99 times in 100",
		0.9901: "at most 991 times in 1000", 0.99991: "at most 99991 times in 100000", 0.9999995: "", 1: "",
	} {
		full := "an observer who guesses whether you took part is right " + want
		if want == "" {
			full = "an observer who guesses whether you took part may be right every time"
		}
		if got := oddsSentence(odds); got != full {
			t.Errorf("%v: %q, want %q", odds, got, full)
		}
	}
}
