package stage

import (
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui/key"
)

// life is a stage in real time: what it has under way runs beside what is pressed, as in
// the program.
type life struct {
	driver
	msgs chan tea.Msg
}

// goes begins what a stage wants done.
func (l life) goes(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	go func() {
		switch m := cmd().(type) {
		case tea.BatchMsg:
			for _, c := range m {
				l.goes(c)
			}
		default:
			l.msgs <- m
		}
	}()
}

// alive opens a run as [atWork] does, with somebody there, who looks at it for a second.
func alive(b *testing.B, mode string, level trace.Level) (l life, ok bool) {
	d, ok := atWork(b, mode, level, 200, 60)
	if !ok {
		return life{}, false
	}
	d.LookAhead()
	l = life{d, make(chan tea.Msg, 1024)}
	l.goes(l.Update(settled{stage: d.Stage}))
	l.pass(time.Second, nil)
	return l, true
}

// pass lets time pass; after is called after each message.
func (l life) pass(d time.Duration, after func()) {
	for end := time.After(d); ; {
		select {
		case m := <-l.msgs:
			l.goes(l.Update(m))
			if after != nil {
				after()
			}
		case <-end:
			return
		}
	}
}

// rest waits until nothing is under way, which must not outlive the benchmark.
func (l life) rest() {
	l.play.on = false
	l.goes(l.Update(key.Cancel))
	l.Rest()
	for l.work.job != nil || l.work.ahead.job != nil {
		l.goes(l.Update(<-l.msgs))
	}
}

// BenchmarkPerson holds → down for a second, after one of looking: 30 keys, 33 ms apart. A
// key that comes while the step before it is under way waits for it, and another one
// replaces it. It tells how many keys there were until the end of the run, how many of
// them were drawn within a frame of 16 ms, and how long the others took; and how many steps
// were ready before the first key, with the memory they take.
func BenchmarkPerson(b *testing.B) {
	for _, mode := range engine.Modes() {
		for _, level := range trace.Levels() {
			b.Run(mode+"/"+level.String(), func(b *testing.B) {
				var took durations
				keys, quick, ready, bytes := 0, 0, 0, 0
				for range b.N {
					l, ok := alive(b, mode, level)
					if !ok {
						b.Skip("the mode has no such level")
					}
					for _, r := range l.work.ahead.done {
						ready++
						bytes += r.bytes
					}
					var waiting []time.Time // keys that were not answered yet
					shown := l.all
					answered := func() {
						if l.all == shown || l.work.job != nil && l.work.job.again {
							return
						}
						shown = l.all
						if len(waiting) > 0 {
							took = append(took, time.Since(waiting[0]))
							if took[len(took)-1] < 16*time.Millisecond {
								quick++
							}
							waiting = waiting[1:]
						}
					}
					for next := time.Now(); keys < 30*(b.N) && l.all.Step < l.all.Total; keys++ {
						pressed := time.Now()
						waiting = append(waiting[:min(len(waiting), 1)], pressed)
						l.goes(l.Update(key.Forward))
						answered()
						next = next.Add(33 * time.Millisecond)
						l.pass(time.Until(next), answered)
					}
					for len(waiting) > 0 && l.work.job != nil {
						l.pass(time.Millisecond, answered)
					}
					l.rest()
				}
				b.ReportMetric(float64(keys), "keys")
				b.ReportMetric(float64(quick), "within-16ms")
				b.ReportMetric(float64(ready)/float64(b.N), "ready")
				b.ReportMetric(float64(bytes)/(1<<20)/float64(b.N), "MB-ready")
				took.report(b)
			})
		}
	}
}

// BenchmarkPlay plays at 60 steps a second for two seconds, after one of looking, and
// tells how many steps a second there really were, up to the end of the run.
func BenchmarkPlay(b *testing.B) {
	for _, mode := range engine.Modes() {
		for _, level := range trace.Levels() {
			b.Run(mode+"/"+level.String(), func(b *testing.B) {
				steps, seconds := 0, 0.0
				for range b.N {
					l, ok := alive(b, mode, level)
					if !ok {
						b.Skip("the mode has no such level")
					}
					l.play.speed = len(speeds) - 1
					began, shown := time.Now(), l.all
					l.goes(l.Update(key.Play))
					var took time.Duration
					l.pass(2*time.Second, func() {
						if l.all != shown && l.play.on && (l.work.job == nil || !l.work.job.again) {
							steps++
							took = time.Since(began)
						}
						shown = l.all
					})
					seconds += took.Seconds()
					l.rest()
				}
				rate := 0.0 // where none was over in time
				if steps > 0 {
					rate = float64(steps) / seconds
				}
				b.ReportMetric(rate, "steps/s")
			})
		}
	}
}

// BenchmarkTurn takes a step back while steps are run ahead, at whatever place that is: what
// is under way is given up, and a seek follows.
func BenchmarkTurn(b *testing.B) {
	for _, mode := range engine.Modes() {
		for _, level := range trace.Levels() {
			b.Run(mode+"/"+level.String(), func(b *testing.B) {
				l, ok := alive(b, mode, level)
				if !ok {
					b.Skip("the mode has no such level")
				}
				var took durations
				for i := range b.N {
					l.goes(l.Update(key.Forward))
					l.pass(time.Duration(10+37*i%400)*time.Millisecond, nil)
					for l.work.job != nil {
						l.pass(time.Millisecond, nil)
					}
					took.add(func() {
						shown := l.all
						for l.goes(l.Update(key.Backward)); l.all == shown; {
							l.goes(l.Update(<-l.msgs))
						}
					})
				}
				l.rest()
				took.report(b)
			})
		}
	}
}
