package widget

import (
	"math"
	"strconv"
	"strings"
	"time"

	"unseen/tui/theme"
)

// Bars returns vals as a strip of ▁▂▃▄▅▆▇█, one cell each, in w cells. More
// values than cells are summed up by the largest of each group, so that spikes
// stay visible. Heights are relative to the largest value; the foot of the
// strip is 0, or the smallest value if that is negative. NaN leaves a gap.
func Bars(t theme.Theme, vals []float64, w int) string {
	return bars(inkOf(t.Accent), vals, w)
}

func bars(k ink, vals []float64, w int) string {
	if w <= 0 {
		return ""
	}
	vals = squeeze(vals, w, func(old, v float64) bool { return v > old })
	lo, hi := 0.0, 0.0
	for _, v := range vals {
		if finite(v) {
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	if hi-lo > math.MaxFloat64 {
		lo, hi = lo/2, hi/2
	}
	var b strings.Builder
	blocks := []rune("▁▂▃▄▅▆▇█")
	for _, v := range vals {
		switch {
		case !finite(v):
			b.WriteByte(' ')
		case hi == lo:
			b.WriteRune(blocks[0])
		default:
			f := min(max((v-lo)/(hi-lo), 0), 1)
			b.WriteRune(blocks[int(math.Round(f*7))])
		}
	}
	return k.on(b.String()) + blanks(w-len(vals))
}

// HeatStrip returns the signed numbers vals as a strip, one cell each, in w
// cells: positive numbers stand on the foot of the line, negative ones hang
// from its top, and colour says the same. More numbers than cells are summed up
// by the one farthest from zero of each group.
func HeatStrip(t theme.Theme, vals []float64, w int) string {
	if w <= 0 {
		return ""
	}
	vals = squeeze(vals, w, func(old, v float64) bool { return math.Abs(v) > math.Abs(old) })
	largest := 0.0
	for _, v := range vals {
		if finite(v) {
			largest = max(largest, math.Abs(v))
		}
	}
	var up, down [theme.HeatLevels]ink
	for i := range up {
		const half = theme.HeatLevels / 2
		v := float64(i-half) / half
		s := t.Heat(math.Copysign(v*v, v))
		up[i], down[i] = inkOf(s), inkOf(s.Reverse(true))
	}
	var line writer
	blocks := []rune("▁▂▃▄▅▆▇")
	for _, v := range vals {
		if !finite(v) {
			line.put(ink{}, " ")
			continue
		}
		f := 0.0
		if largest > 0 {
			f = v / largest
		}
		level, size := theme.HeatLevel(f), int(math.Round(math.Abs(f)*6))
		switch {
		case v == 0:
			line.char(up[level], '·')
		case v > 0:
			line.char(up[level], blocks[size])
		default: // a hanging block is a standing one with the colours swapped
			line.char(down[level], blocks[6-size])
		}
	}
	return line.line() + blanks(w-len(vals))
}

// squeeze returns at most w values: of each group that falls into one cell the
// one that beats the others.
func squeeze(vals []float64, w int, beats func(old, v float64) bool) []float64 {
	if len(vals) <= w {
		return vals
	}
	out := make([]float64, w)
	for i := range out {
		group := vals[i*len(vals)/w : (i+1)*len(vals)/w]
		out[i] = math.NaN()
		for _, v := range group {
			if finite(v) && (!finite(out[i]) || beats(out[i], v)) {
				out[i] = v
			}
		}
	}
	return out
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// Gauge returns a horizontal bar of w cells filled to frac, from 0 to 1.
func Gauge(t theme.Theme, frac float64, w int) string {
	if w <= 0 {
		return ""
	}
	if math.IsNaN(frac) {
		frac = 0
	}
	frac = min(max(frac, 0), 1)
	halves := int(frac * float64(2*w))
	full, half := halves/2, halves%2
	done := strings.Repeat("━", full)
	if half == 1 {
		done += "╸"
	}
	return inkOf(t.Accent).on(done) + inkOf(t.Border).on(strings.Repeat("─", w-full-half))
}

// Progress is one line that shows how far a piece of work is.
type Progress struct {
	// Label says what is being done.
	Label string
	// Done of Total steps are finished; Total 0 means it is not known.
	Done, Total int
	// Left is the time that remains, 0 if it is not known.
	Left time.Duration
	// W is the width of the line.
	W int
}

// Render returns the line: label, gauge, percent, time left, and how to stop.
// In narrow lines the right-hand parts are left out.
func (p Progress) Render(t theme.Theme) string {
	if p.W <= 0 {
		return ""
	}
	frac, percent := 0.0, "     "
	if p.Total > 0 {
		frac = min(max(float64(p.Done)/float64(p.Total), 0), 1)
		percent = FitLeft(strconv.Itoa(int(frac*100))+" %", 5)
	}
	left := ""
	if p.Left > 0 {
		left = Duration(p.Left) + " left"
	}
	const cancel = "esc cancels"
	dim := inkOf(t.Dim)
	tail := " " + percent
	if p.W >= 50 {
		tail += "  " + dim.on(FitLeft(left, 15))
	}
	if p.W >= 70 {
		tail += "   " + inkOf(t.Key).on(cancel[:3]) + dim.on(cancel[3:]) + " "
	}
	room := p.W - Width(tail)
	label := min(Width(p.Label), max(room-10, 0))
	if room < 14 {
		label = min(Width(p.Label), max(room, 0))
		return Fit(Fit(p.Label, label)+tail, p.W)
	}
	line := Fit(p.Label, label)
	if label > 0 {
		line += "  "
	}
	return Fit(line+Gauge(t, frac, room-label-2*min(label, 1))+tail, p.W)
}
