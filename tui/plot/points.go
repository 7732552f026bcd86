package plot

import "gonum.org/v1/plot/plotter"

// private reports whether a curve tells what it cost of privacy.
func private(curves []Curve) bool {
	for _, c := range curves {
		if len(c.Spent) > 0 {
			return true
		}
	}
	return false
}

// lossOf, accuracyOf and spentOf are what the panels draw of a curve, against passes.
// A point one of whose numbers is not finite is in neither of the first two.
func lossOf(c Curve) plotter.XYs {
	return c.finite(func(p Point) float64 { return p.Loss })
}

func accuracyOf(c Curve) plotter.XYs {
	return c.finite(func(p Point) float64 { return 100 * p.Accuracy })
}

func spentOf(c Curve) (at plotter.XYs) {
	for _, s := range c.Spent {
		if finite(s.Passes) && finite(s.Epsilon) {
			at = append(at, plotter.XY{X: s.Passes, Y: s.Epsilon})
		}
	}
	return at
}

func (c Curve) finite(of func(Point) float64) (at plotter.XYs) {
	for _, p := range c.Points {
		if finite(p.Passes) && finite(p.Loss) && finite(p.Accuracy) {
			at = append(at, plotter.XY{X: p.Passes, Y: of(p)})
		}
	}
	return at
}
