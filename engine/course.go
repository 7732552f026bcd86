package engine

import (
	"context"
	"iter"
	"time"
)

// Course is how far a comparison is.
type Course struct {
	Now   int       // the run that computes
	Over  int       // runs that are
	Parts []float64 // what part of the work of each run is done
	// Progress is that of all runs together, in thousandths of the time that they take;
	// Total is 0 until each run has shown its pace.
	Progress
}

// thousandths are the units of a comparison as a whole.
const thousandths = 1000

// courses are the runs of a comparison under way. They take turns: while one computes
// the others rest, so that the times of each are its own.
type courses struct {
	list []*course
	done int // of thousandths, at most so far: a bar never goes back
}

// course is one run under way, as a coroutine.
type course struct {
	session *Session
	next    func() (Progress, bool) // computes up to the next boundary
	stop    func()

	progress Progress
	over     bool
	result   *Result // when it is over
	err      error
}

// newCourse prepares the run of a session and keeps its models.
func newCourse(ctx context.Context, s *Session) *course {
	c := &course{session: s}
	s.monitor.models = &models{}
	s.monitor.models.keep(s.mode.Weights())
	c.next, c.stop = iter.Pull(func(yield func(Progress) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		c.result, c.err = s.Run(ctx, func(p Progress) {
			if ctx.Err() == nil && !yield(p) {
				cancel()
			}
		})
	})
	return c
}

// advance computes up to the next boundary, or to the end of the run.
func (c *course) advance() {
	p, more := c.next()
	if c.over = !more; more {
		c.progress = p
	}
}

// part is what part of the work is done.
func (c *course) part() float64 {
	switch {
	case c.over:
		return 1
	case c.progress.Total == 0:
		return 0
	}
	return float64(c.progress.Done) / float64(c.progress.Total)
}

// awaited is how long the run is thought to compute yet. One that has not shown its pace
// is thought to take at least as long again as it has taken.
func (c *course) awaited() time.Duration {
	if c.progress.Expected == 0 {
		return c.progress.Elapsed
	}
	return c.progress.Left()
}

// turn returns which run computes next: the one that is thought to end first, so that
// nobody waits for a long run to see a short one. It is -1 when all are over.
func (c *courses) turn() int {
	first := -1
	for i, run := range c.list {
		if !run.over && (first < 0 || run.awaited() < c.list[first].awaited()) {
			first = i
		}
	}
	return first
}

// course tells how far all runs are while run now computes.
func (c *courses) course(now int) Course {
	all := Course{Now: now, Parts: make([]float64, len(c.list))}
	var left time.Duration
	known := true
	for i, run := range c.list {
		all.Parts[i] = run.part()
		all.Elapsed += run.progress.Elapsed
		if run.over {
			all.Over++
			continue
		}
		known = known && run.progress.Expected > 0
		left += run.progress.Left()
	}
	if !known {
		return all
	}
	if all.Expected = all.Elapsed + left; all.Expected > 0 {
		c.done = max(c.done, int(thousandths*float64(all.Elapsed)/float64(all.Expected)))
	}
	all.Done, all.Total = c.done, thousandths
	return all
}

// stop gives up the runs that are not over.
func (c *courses) stop() {
	for _, run := range c.list {
		run.stop()
	}
}
