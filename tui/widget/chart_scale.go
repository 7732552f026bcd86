package widget

import (
	"math"
	"slices"
)

// dots is how many dots of braille a cell is high.
const dots = 4

// nearby is what part of what is shown a tick may lie beyond it, so that 100 % is written
// beside a line that ends at 99.5 %, but nothing above 100 % is.
const nearby = 0.04

// scale is a way to divide the y axis: round numbers, so many rows apart.
type scale struct {
	frame
	ticks []tick // from the top
	cost  float64
}

// level moves the ends of the y axis of a frame outwards, so that round numbers, 1, 2 or 5
// times a power of ten apart, lie equally many rows apart in h rows. It returns the ticks,
// from the top; none where numbers are too large or too close for that.
func (c Chart) level(f frame, h int) (frame, []tick) {
	best := scale{frame: f, cost: math.Inf(1)}
	for apart := 1; apart <= max(1, h); apart++ {
		if s, ok := c.scale(f, h, apart); ok && s.cost < best.cost {
			best = s
		}
	}
	return best.frame, best.ticks
}

// scale divides the axis by the least step, of those so many rows apart, with which the
// frame fits and no two numbers are written alike.
func (c Chart) scale(f frame, h, apart int) (s scale, ok bool) {
	const tries = 60 // steps of 20 powers of ten
	step := roundUp((f.y1 - f.y0) * float64(dots*apart) / float64(dots*h-1))
	for range tries {
		if !(step > 0) || math.IsInf(step*float64(dots*h), 0) {
			return s, false
		}
		if s, ok = c.divided(f, h, apart, step); ok {
			return s, true
		}
		step = roundUp(step * 1.5)
	}
	return s, false
}

// divided divides the axis by a step that is so many rows high.
func (c Chart) divided(f frame, h, apart int, step float64) (s scale, ok bool) {
	most := dots*h - 1 // dots between the lowest and the highest
	dot := step / float64(dots*apart)
	first := math.Ceil(f.y0/step - 1e-9) // of the multiples of the step
	below := int(math.Ceil((first*step-f.y0)/dot - 1e-6))
	spare := most - below - int(math.Ceil((f.y1-first*step)/dot-1e-6))
	if spare < 0 {
		return s, false
	}
	if half := spare / 2; c.YMin == nil && (f.y0 < 0 || first*step-float64(below+half)*dot >= 0) {
		below += half // what is left over is above and below
	}
	s.frame = f
	s.y0 = first*step - float64(below)*dot
	if s.y1 = s.y0 + float64(most)*dot; !(s.y0 < s.y1) || s.y0 > f.y0+dot || s.y1 < f.y1-dot {
		return s, false // numbers too large for so small a step
	}
	decimals := decimalsOf(step)
	ticks := func(near float64) (list []tick) {
		for k := first - 1; k*step <= f.y1+near; k++ {
			at := below + int(k-first)*dots*apart
			if at > most {
				break
			}
			if at >= 0 && k*step >= f.y0-near {
				list = append(list, tick{h - 1 - at/dots, c.tickText(k*step, decimals)})
			}
		}
		return list
	}
	if s.ticks = ticks(nearby * (f.y1 - f.y0)); len(s.ticks) < 2 { // one number is no scale
		s.ticks = ticks(s.y1 - s.y0)
	}
	n := len(s.ticks)
	if n > 1 && c.alike(first, step, decimals) {
		return s, false
	}
	slices.Reverse(s.ticks)
	s.cost = 1 - (f.y1-f.y0)/(s.y1-s.y0) + 0.04*math.Abs(float64(n-min(max(h/3, 2), 8)))
	switch {
	case n < 2:
		s.cost += float64(2 - n)
	case apart == 1 && h > 4:
		s.cost += 0.3 // one label under the other
	case n == 2 && h > 5:
		s.cost += 0.1
	}
	return s, true
}

// alike reports whether ticks are written alike. If the step is less than what the
// numbers are written with, two of three that follow each other are.
func (c Chart) alike(first, step float64, decimals int) bool {
	before := c.tickText(first*step, decimals)
	for k := first + 1; k <= first+2; k++ {
		text := c.tickText(k*step, decimals)
		if text == before {
			return true
		}
		before = text
	}
	return false
}

func (c Chart) tickText(v float64, decimals int) string {
	v += 0 // not minus nothing
	if c.FormatY != nil {
		return Plain(c.FormatY(v))
	}
	return axisNumber(v, decimals)
}

// roundUp returns the least of 1, 2, 5 times a power of ten that is not below x; 0 or
// infinity if there is none.
func roundUp(x float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(x)))
	for _, f := range [...]float64{1, 2, 5} {
		if x <= f*power*1.0000001 {
			return f * power
		}
	}
	return 10 * power
}

// decimalsOf returns how many decimals the multiples of a step have.
func decimalsOf(step float64) int {
	return min(max(-int(math.Floor(math.Log10(step)+1e-9)), 0), 12)
}
