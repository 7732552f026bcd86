package stage

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui/key"
	"unseen/tui/say"
)

func TestPresentScreens(t *testing.T) {
	product := times(5, key.Forward)
	for _, c := range []struct {
		name string
		send []tea.Msg
	}{
		{"present-beginning", nil},
		{"present-weights", times(3, key.Forward)},
		{"present-hidden", product},
		{"present-shown", append(product, key.Choose)},
	} {
		inBoxes(t, c.name, func(w, h int) driver {
			d := newDriver(t, scenario(t), w, h)
			d.Present()
			d.Resize(w, h)
			return d.send(c.send...)
		})
	}
}

// The numbers of a step are shown when they are asked for, and those of the next
// one are not.
func TestSpoilers(t *testing.T) {
	d := newDriver(t, scenario(t), 120, 36)
	d.Present()
	d.send(times(6, key.Forward)...)
	hidden := func() bool { return strings.Contains(d.text(), "enter shows the numbers") }
	if !hidden() {
		t.Fatalf("the numbers are there at once:\n%s", d.text())
	}
	d.send(key.Choose)
	if hidden() || !strings.ContainsAny(d.text(), "0123456789") {
		t.Errorf("enter does not show them:\n%s", d.text())
	}
	d.send(key.Forward)
	if !hidden() {
		t.Errorf("the next numbers are there at once:\n%s", d.text())
	}
	d.send(key.ZoomPane)
	if hidden() {
		t.Error("a pane that fills the screen is not the pane")
	}
}

func TestMasked(t *testing.T) {
	const formula = "x · 2^24 / 42"
	for in, want := range map[string]string{
		"a1[0,0] = max(0, 0.6268) = −0.62":         "a1[0,0] = max(???, ???) = ???",
		"It left 50.6 % of 3 at 0.":                "It left ??? of ??? at ???.",
		"loss 1.2e-05, then w1 moves":              "loss ???, then w1 moves",
		"nothing to hide":                          "nothing to hide",
		"1,234":                                    "???",
		"times 2^24, is 7":                         "times 2^24, is ???",
		"c  d859 a22f 5be9 7282  without the 2^62": "c  ???  without the 2^62",
		"r  0000 ac36 9741 9df8  the dealer’s":     "r  ???  the dealer’s",
		"first different digit: the 6th, 2 < c":    "first different digit: the ???, ???",
		"first different digit: the 1st, f > 0":    "first different digit: the ???, ???",
		"x is 2":                                   "x is ???",
		"by 2^j, 3^-2":                             "by 2^j, 3^-2",
		"with 24 bits, not 0.24":                   "with 24 bits, not ???",
		"by 42: 0.5, not 42.5":                     "by 42: ???, not ???",
		"30 % of the 131 test rows":                "??? of the 131 test rows",
		"2,187 numbers, 17,496 bytes":              "2,187 numbers, 17,496 bytes",
	} {
		if got := masked(in, formula); got != want {
			t.Errorf("%q became %q, not %q", in, got, want)
		}
	}
}

// Nothing of the hexadecimal digits of a comparison is to be seen before enter, and all of
// them after it.
func TestHexadecimalSpoilers(t *testing.T) {
	d := newDriver(t, onFewShares(t), 120, 36)
	d.send(key.GoTo).typing(strconv.Itoa(stepOf(t, onFewShares(t), trace.Local, "relu", 1)))
	d.Present()
	d.draw()
	told := say.Tell(d.view.zoomed(), say.Cell{})
	if len(told.Work) < 3 || !strings.HasPrefix(told.Work[2], "first different digit: the ") {
		t.Fatalf("no comparison is worked out: %q", told.Work)
	}
	for _, want := range []string{"c  ???  without the 2^62", "r  ???  the dealer’s", "first different digit: the ???, ???"} {
		if !strings.Contains(d.text(), want) {
			t.Errorf("no %q before enter:\n%s", want, d.text())
		}
	}
	d.send(key.Choose)
	for _, want := range told.Work[:3] {
		if !strings.Contains(d.text(), want) {
			t.Errorf("no %q after enter:\n%s", want, d.text())
		}
	}
}

// What enter shows in a low terminal are numbers, where the step worked none out.
func TestLowRoomForNumbers(t *testing.T) {
	s := onFewShares(t)
	d := newDriver(t, s, 80, 24)
	d.send(key.GoTo).typing(strconv.Itoa(stepOf(t, s, trace.Local, "mask", 1)))
	d.Present()
	d.draw()
	number := regexp.MustCompile(`-?\d+\.\d{4}`)
	if number.MatchString(d.text()) {
		t.Fatalf("the numbers are shown before they are asked for:\n%s", d.text())
	}
	d.send(key.Choose)
	if !number.MatchString(d.text()) {
		t.Errorf("enter shows no number:\n%s", d.text())
	}
}

// In the lowest terminal, too, enter shows a number where it promises some, or says which key
// does; and what stays is where it was.
func TestEnterShowsANumber(t *testing.T) {
	number := regexp.MustCompile(`\d`)
	for _, mode := range engine.Modes() {
		d := newDriver(t, workshop(t, mode), 80, 24)
		d.Present()
		d.draw()
		promised := 0
		for range 120 {
			d.send(key.Forward)
			before := strings.Split(d.text(), "\n")
			d.send(key.Choose)
			after := strings.Split(d.text(), "\n")
			if !strings.Contains(strings.Join(before, ""), "shows the numbers") {
				continue
			}
			promised++
			more := ""
			for i, line := range after {
				if line != before[i] {
					more += line
				}
				if was := strings.TrimSpace(before[i]); was != "" && !strings.Contains(was, "??") && line != before[i] {
					t.Fatalf("%s: %q moves:\n%s\n%s", mode, was, strings.Join(before, "\n"), strings.Join(after, "\n"))
				}
			}
			if !number.MatchString(more) && !strings.Contains(more, "z shows them") {
				t.Fatalf("%s: enter shows no number:\n%s\n%s", mode, strings.Join(before, "\n"), strings.Join(after, "\n"))
			}
		}
		if promised < 20 {
			t.Errorf("%s: only %d of the steps have numbers to show", mode, promised)
		}
	}
}
