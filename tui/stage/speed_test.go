package stage

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"unseen/engine"
	"unseen/engine/recording"
	"unseen/engine/trace"
	"unseen/tui/key"
	"unseen/tui/theme"
)

// atWork opens the default run of a mode with 653 owners of rows, behind its first epoch
// or server round, at a zoom; ok is false where the mode has no such level.
func atWork(b *testing.B, mode string, level trace.Level, w, h int) (d driver, ok bool) {
	d = fleetDriver(b, mode, w, h)
	if level > d.view.levels[len(d.view.levels)-1] {
		return d, false
	}
	d.send(key.GoTo).typing("e1")
	d.view.level = level
	return d, true
}

// durations are how long each of many did.
type durations []time.Duration

// add measures f.
func (t *durations) add(f func()) {
	began := time.Now()
	f()
	*t = append(*t, time.Since(began))
}

// report tells the median and the slowest.
func (t durations) report(b *testing.B) {
	slices.Sort(t)
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	b.ReportMetric(ms(t[len(t)/2]), "ms-median")
	b.ReportMetric(ms(t[len(t)-1]), "ms-slowest")
}

// BenchmarkStep takes one step of each size, from the key to the drawn screen, with
// nothing run ahead: so long does a → take that comes too early, and a beat of a play that
// nothing hides. 16.6 ms make 60 steps a second.
func BenchmarkStep(b *testing.B) {
	for _, mode := range engine.Modes() {
		for _, level := range trace.Levels() {
			for _, size := range [][2]int{{120, 36}, {200, 60}} {
				b.Run(fmt.Sprintf("%s/%s/%dx%d", mode, level, size[0], size[1]), func(b *testing.B) {
					d, ok := atWork(b, mode, level, size[0], size[1])
					if !ok {
						b.Skip("the mode has no such level")
					}
					var took durations
					for b.Loop() {
						took.add(func() { d.send(key.Forward) })
						if d.all.Step == d.all.Total { // a new run: where one came by before, steps are quicker
							b.StopTimer()
							d.Close()
							d, _ = atWork(b, mode, level, size[0], size[1])
							b.StartTimer()
						}
					}
					took.report(b)
				})
			}
		}
	}
}

// BenchmarkKey presses → when the step has been run ahead, at the coarsest level: what
// is left is drawing. The time that the step itself takes is the reader's.
func BenchmarkKey(b *testing.B) {
	for _, mode := range engine.Modes() {
		b.Run(mode, func(b *testing.B) {
			d, _ := atWork(b, mode, trace.Epoch, 200, 60)
			d.LookAhead()
			d.send(key.Forward)
			var took durations
			for b.Loop() {
				var cmd tea.Cmd
				took.add(func() { cmd = d.Update(key.Forward) })
				b.StopTimer()
				d.drain(cmd)
				if d.all.Step == d.all.Total {
					d.send(key.GoTo).typing("e1")
					d.send(key.Forward)
				}
				b.StartTimer()
			}
			took.report(b)
		})
	}
}

// BenchmarkAggregation takes all steps of the first aggregation of 653 updates, in both
// ways to aggregate securely, at each level but the coarsest, with nothing run ahead; then
// it goes to steps of it, here and there. Of each step the quickest of b.N times counts, so
// that what else the machine does is not measured: give -benchtime 3x.
func BenchmarkAggregation(b *testing.B) {
	for _, how := range engine.Aggregations() {
		s, err := engine.Default(engine.SecureAggregation, "default")
		if err != nil {
			b.Fatal(err)
		}
		s.Seed, s.Fixed, s.Data.Split, s.Secure.How = 7, true, 1, how
		before := sync.OnceValue(func() int { return beforeAggregation(b, s) })
		for _, level := range trace.Levels()[trace.Batch:] {
			b.Run(fmt.Sprintf("%s/%s", how, level), func(b *testing.B) {
				var steps, seeks quickest
				for b.Loop() {
					b.StopTimer()
					session, err := engine.New(s, rows(b, 653))
					if err != nil {
						b.Fatal(err)
					}
					d := driver{b, New(session, key.Default(), theme.New(true))}
					d.Resize(200, 60)
					d.goTo(b, before())
					d.view.level = level
					b.StartTimer()
					for i := 0; len(d.all.History.Epochs) < 2; i++ {
						steps.add(i, func() string {
							d.send(key.Forward)
							return fmt.Sprintf("step %d, %s", d.all.Step, d.all.Event.Name())
						})
					}
					r, last := rand.New(rand.NewPCG(7, 8)), d.all.Step
					for i := range 40 {
						to := before() + 1 + r.IntN(last-before())
						seeks.add(i, func() string { return d.goTo(b, to) })
					}
					b.StopTimer()
					d.Close()
					b.StartTimer()
				}
				steps.report(b, "step")
				seeks.report(b, "seek")
			})
		}
	}
}

// goTo goes to a step and names its event.
func (d driver) goTo(b *testing.B, step int) string {
	d.drain(d.start(seek(step, "going there")))
	if d.all.Step != step {
		b.Fatalf("at step %d, not %d", d.all.Step, step)
	}
	return fmt.Sprintf("step %d, %s", step, d.all.Event.Name())
}

// quickest is how long each of many things took, at its quickest, and what it was.
type quickest struct {
	took durations
	what []string
}

// add measures f, which is the i-th thing, and says what it was.
func (q *quickest) add(i int, f func() string) {
	began := time.Now()
	what := f()
	took := time.Since(began)
	if i == len(q.took) {
		q.took, q.what = append(q.took, took), append(q.what, what)
	}
	q.took[i] = min(q.took[i], took)
}

// report tells the median and the slowest, and names the slowest ones.
func (q *quickest) report(b *testing.B, kind string) {
	order := make([]int, len(q.took))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return int(q.took[j] - q.took[i]) })
	for _, i := range order[:min(4, len(order))] {
		b.Logf("%s: %v to %s", kind, q.took[i].Round(10*time.Microsecond), q.what[i])
	}
	b.ReportMetric(float64(q.took[order[len(order)/2]])/float64(time.Millisecond), "ms-"+kind+"-median")
	b.ReportMetric(float64(q.took[order[0]])/float64(time.Millisecond), "ms-"+kind+"-slowest")
}

// beforeAggregation is the step before the first one of the first aggregation.
func beforeAggregation(b *testing.B, s engine.Scenario) (step int) {
	session, err := engine.New(s, rows(b, 653))
	if err != nil {
		b.Fatal(err)
	}
	defer session.Close()
	if err := session.Each(context.Background(), func(e *trace.Event) bool {
		step = e.Step - 1
		return len(e.Path) < 2 || e.Path[1].Name != "advertise keys"
	}); err != nil {
		b.Fatal(err)
	}
	return step
}

// BenchmarkBack takes a step back at each level, which is a seek, when many steps were run
// ahead.
func BenchmarkBack(b *testing.B) {
	for _, mode := range engine.Modes() {
		for _, level := range trace.Levels() {
			b.Run(mode+"/"+level.String(), func(b *testing.B) {
				d, ok := atWork(b, mode, level, 200, 60)
				if !ok {
					b.Skip("the mode has no such level")
				}
				d.LookAhead()
				var took durations
				for b.Loop() {
					b.StopTimer()
					d.send(key.Forward)
					b.StartTimer()
					took.add(func() { d.send(key.Backward) })
				}
				took.report(b)
			})
		}
	}
}

// BenchmarkSeek goes to steps of the first two epochs, or server rounds, here and there:
// every other one near the end of one of them, where workers' updates are added up.
func BenchmarkSeek(b *testing.B) {
	for _, mode := range engine.Modes() {
		b.Run(mode, func(b *testing.B) {
			d, _ := atWork(b, mode, trace.Operation, 200, 60)
			first := d.all.Step
			d.send(key.GoTo).typing("e2")
			second := d.all.Step
			r := rand.New(rand.NewPCG(5, 6))
			var took durations
			for i := 0; b.Loop(); i++ {
				to := 1 + r.IntN(second)
				if i%2 == 1 {
					to = []int{first, second}[r.IntN(2)] - r.IntN((second-first)/16)
				}
				took.add(func() { d.drain(d.start(seek(to, "going there"))) })
				if d.all.Step != to {
					b.Fatalf("at step %d, not %d", d.all.Step, to)
				}
			}
			took.report(b)
		})
	}
}

// BenchmarkReplay takes one step at each level of a recording, and seeks to far
// places of it, drawn at 200×60.
func BenchmarkReplay(b *testing.B) {
	for _, mode := range engine.Modes() {
		live := fleetDriver(b, mode, 80, 24)
		var file bytes.Buffer
		if _, err := recording.Write(context.Background(), &file, live.session, recording.Options{Steps: 8000}); err != nil {
			b.Fatal(err)
		}
		open := func() driver {
			r, err := recording.Read(bytes.NewReader(file.Bytes()), int64(file.Len()))
			if err != nil {
				b.Fatal(err)
			}
			d := driver{b, New(r, key.Default(), theme.New(true))}
			d.Resize(200, 60)
			return d
		}
		b.Run(mode+"/seek", func(b *testing.B) {
			d := open()
			for b.Loop() {
				d.send(key.GoTo).typing("7900")
				d.send(key.First)
			}
		})
		b.Run(mode+"/epoch", func(b *testing.B) {
			d := open()
			d.view.level = trace.Epoch
			for b.Loop() {
				d.send(key.Forward)
				d.send(key.Backward)
			}
		})
	}
}

func benchmark(b *testing.B, w, h int, level trace.Level, intents ...tea.Msg) {
	d := newDriver(b, scenario(b), w, h)
	d.view.level = level
	d.send(times(4, key.Forward)...)
	b.ReportAllocs()
	for b.Loop() {
		d.send(intents...)
	}
}

// A step forth and back, from the key to the drawn screen.
func BenchmarkStepForthAndBack(b *testing.B) {
	for _, level := range []trace.Level{trace.Operation, trace.Layer, trace.Batch, trace.Epoch} {
		b.Run(level.String(), func(b *testing.B) { benchmark(b, 120, 36, level, key.Forward, key.Backward) })
	}
}

// Moving in a pane: nothing but drawing.
func BenchmarkDraw(b *testing.B) {
	for _, size := range [][2]int{{80, 24}, {120, 36}, {200, 60}} {
		b.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(b *testing.B) {
			benchmark(b, size[0], size[1], trace.Operation, key.Down)
		})
	}
}

// With 653 workers: a step on, and moving in the grid.
func BenchmarkFleet(b *testing.B) {
	for _, mode := range []string{engine.Federated, engine.Aggregated} {
		for name, intent := range map[string]key.Intent{"step": key.Forward, "back": key.Backward, "grid": key.Right} {
			b.Run(mode+"/"+name, func(b *testing.B) {
				d := fleetDriver(b, mode, 200, 60)
				d.send(key.GoTo).typing("20000")
				d.focusOn(partiesPane)
				b.ReportAllocs()
				for b.Loop() {
					d.send(intent)
				}
			})
		}
	}
}
