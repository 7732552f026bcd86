package cli

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// bar is a progress bar on a terminal. It appears when the work takes longer than
// a moment, is drawn again at most twenty times a second, and leaves nothing
// behind.
type bar struct {
	w     io.Writer
	now   func() time.Time
	began time.Time
	drawn time.Time
	shown bool
}

const (
	barPatience = 500 * time.Millisecond
	barInterval = 50 * time.Millisecond
	barWidth    = 30
)

// bar returns a bar on standard error, or nil, which draws nothing, when that is
// no terminal.
func (a *app) bar() *bar {
	if !a.ErrTerminal {
		return nil
	}
	return &bar{w: a.Err, now: time.Now, began: time.Now()}
}

// update draws how far the work is, and how long it takes yet at the pace so far.
func (b *bar) update(what string, done, total int) {
	if b == nil || total <= 0 {
		return
	}
	var left time.Duration
	if done > 0 {
		left = time.Duration(float64(b.now().Sub(b.began)) / float64(done) * float64(total-done))
	}
	b.show(what, done, total, left)
}

// show draws how far the work is, if that is known, and the time left, 0 where that is
// not known.
func (b *bar) show(what string, done, total int, left time.Duration) {
	if b == nil {
		return
	}
	now := b.now()
	if now.Sub(b.began) < barPatience || now.Sub(b.drawn) < barInterval {
		return
	}
	b.drawn, b.shown = now, true
	if total <= 0 {
		fmt.Fprintf(b.w, "\r%s\x1b[K", what)
		return
	}
	full, rest := min(barWidth, barWidth*done/total), ""
	if left > 0 {
		rest = " · " + duration(left) + " left"
	}
	fmt.Fprintf(b.w, "\r%s %s%s %3d %%%s\x1b[K", what,
		strings.Repeat("━", full), strings.Repeat("┄", barWidth-full), 100*done/total, rest)
}

// clear takes the bar off the screen; a later update draws it again.
func (b *bar) clear() {
	if b == nil || !b.shown {
		return
	}
	io.WriteString(b.w, "\r\x1b[K")
	b.shown = false
}

// duration writes a time span as people say it.
func duration(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
}
