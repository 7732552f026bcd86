//go:build linux

package cli

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"unseen/engine"
	"unseen/tui/widget"
)

// paints waits until the program has written to its terminal, and returns when it did.
func (x *terminal) paints(after time.Time) time.Time {
	x.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Microsecond) {
		x.mu.Lock()
		at := x.written
		x.mu.Unlock()
		if at.After(after) {
			return at
		}
	}
	x.t.Fatal("nothing is painted")
	return time.Time{}
}

// still waits until the program has written nothing to its terminal for half a second, and
// returns when it last did.
func (x *terminal) still() (at time.Time) {
	for ; at.IsZero() || time.Since(at) < time.Second/2; time.Sleep(10 * time.Millisecond) {
		x.mu.Lock()
		at = x.written
		x.mu.Unlock()
	}
	return at
}

// cpu is how much time of a core the program has used so far.
func (x *terminal) cpu() time.Duration {
	x.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", x.cmd.Process.Pid))
	if err != nil {
		x.t.Fatal(err)
	}
	var user, system int64 // fields 14 and 15, in hundredths of a second
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	fmt.Sscan(fields[11], &user)
	fmt.Sscan(fields[12], &system)
	return time.Duration(user+system) * 10 * time.Millisecond
}

// BenchmarkTerminalKey presses → in a real terminal, 653 rows to train on, a tenth of a
// second after another: from the key to the first byte that it changes on the screen. That
// is the step, or, where the step takes longer than a frame, how far it is.
func BenchmarkTerminalKey(b *testing.B) {
	for _, mode := range engine.Modes() {
		for _, zoom := range []string{"epoch", "batch", "operation", "message"} {
			if mode == engine.Central && zoom == "message" {
				continue // there are none
			}
			b.Run(mode+"/"+zoom, func(b *testing.B) {
				x := inTerminal(b, 200, 60, b.TempDir(), "explore", "--mode", mode, "--split", "1", "--seed", "42", "--step", "700", "--zoom", zoom)
				x.shows("zoom: ")
				var took []time.Duration
				for i := 0; b.Loop(); i++ {
					if zoom == "epoch" && i%4 == 0 { // a run has few of them
						x.press("<")
						x.shows(" 0 of ")
					}
					time.Sleep(100 * time.Millisecond)
					pressed := time.Now()
					x.press(right)
					took = append(took, x.paints(pressed).Sub(pressed))
				}
				slices.Sort(took)
				ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
				b.ReportMetric(ms(took[len(took)/2]), "ms-median")
				b.ReportMetric(ms(took[len(took)*9/10]), "ms-tenth-slowest")
				b.ReportMetric(ms(took[len(took)-1]), "ms-slowest")
				x.press("\x03")
				x.ends()
			})
		}
	}
}

// BenchmarkTerminalPlay plays at 60 steps a second in a real terminal for ten seconds and
// tells how many frames the terminal got in each.
func BenchmarkTerminalPlay(b *testing.B) {
	x := inTerminal(b, 200, 60, b.TempDir(), "explore", "--mode", "federated", "--split", "1", "--seed", "42")
	x.shows("Nothing has happened yet")
	x.press("+", "+", "+", "+", "+", "+")
	x.shows("60/s")
	x.press(" ")
	for b.Loop() {
		time.Sleep(time.Second)
		frames, began := 0, time.Now()
		for last := began; time.Since(began) < 10*time.Second; frames++ {
			last = x.paints(last)
		}
		b.ReportMetric(float64(frames)/time.Since(began).Seconds(), "frames/s")
	}
	x.press(" ", "q", "q")
	x.ends()
}

// BenchmarkTerminalRest lets the program rest for ten seconds in a real terminal, after a
// step, and tells what it takes of a core.
func BenchmarkTerminalRest(b *testing.B) {
	x := inTerminal(b, 120, 36, b.TempDir(), "explore", "--seed", "42")
	x.shows("Nothing has happened yet")
	x.press(right)
	x.shows(" 1 of ")
	time.Sleep(2 * time.Second)
	for b.Loop() {
		before, began := x.cpu(), time.Now()
		time.Sleep(10 * time.Second)
		b.ReportMetric(100*float64(x.cpu()-before)/float64(time.Since(began)), "%-of-a-core")
	}
	x.press("q", "q")
	x.ends()
}

// BenchmarkTerminalPace opens a run among 653 workers in a real terminal and steps by epochs
// from the first frame on, at the pace of somebody who looks at each: a key a second. It
// tells how long it took from the key to what changed on the screen.
func BenchmarkTerminalPace(b *testing.B) {
	for _, mode := range engine.Modes() {
		b.Run(mode, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				x := inTerminal(b, 200, 60, b.TempDir(), "explore", "--mode", mode, "--split", "1", "--seed", "42", "--zoom", "epoch")
				x.shows("zoom: ")
				for range 5 {
					time.Sleep(time.Second)
					pressed := time.Now()
					x.press(right)
					took = append(took, x.paints(pressed).Sub(pressed))
				}
				b.Log(took[len(took)-5:])
				x.press("\x03")
				x.ends()
			}
			slices.Sort(took)
			ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
			b.ReportMetric(ms(took[len(took)/2]), "ms-median")
			b.ReportMetric(ms(took[len(took)-1]), "ms-slowest")
		})
	}
}

// BenchmarkTerminalSeek goes in a real terminal to places in the last stage of old server
// rounds of secure aggregation among 653 workers, each for the first time and at the pace of
// somebody who looks at them: a key a second. It tells how long it took from the key to the
// place on the screen.
func BenchmarkTerminalSeek(b *testing.B) {
	for b.Loop() {
		const rounds, round = 10, 125_700 // events of one, about
		x := inTerminal(b, 200, 60, b.TempDir(), "explore", "--mode", "secure-aggregation", "--split", "1", "--seed", "42", "--rounds", strconv.Itoa(rounds))
		x.shows("zoom: ")
		x.press("g", "e"+strconv.Itoa(rounds), "\r")
		x.lacks("step 0 of")
		x.shows("server round 10/10")
		x.still()
		var took []time.Duration
		for i := range 8 {
			time.Sleep(time.Second / 2)
			to := round*(i+1) + 100*i
			x.press("g", strconv.Itoa(to))
			x.shows("e3: " + strconv.Itoa(to))
			pressed := time.Now()
			x.press("\r")
			took = append(took, x.still().Sub(pressed))
			x.shows(widget.Count(to) + " of")
		}
		b.Log(took)
		slices.Sort(took)
		ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
		b.ReportMetric(ms(took[len(took)/2]), "ms-median")
		b.ReportMetric(ms(took[len(took)-1]), "ms-slowest")
		x.press("\x03")
		x.ends()
	}
}
