package dp

import "math"

// Orders returns the Rényi orders at which an [Accountant] keeps account unless
// told otherwise, 1.01 to 1024, ascending.
//
// ε is the least over the orders, so more of them never hurt but cost time. With
// RDP(α) near c·α the best one is α = 1 + √(log(1/δ)/c), anywhere between 1.01 and
// 1024 from thousands of noisy steps to one quiet one; ε near it depends on
// log(α−1), and an order whose α−1 is off by a factor r costs (r + 1/r)/2 − 1 of
// what matters: 0.2 % at r = 1.06. So α−1 grows by an eighth from one order to the
// next, except where other accountants place theirs: all tenths up to 10.9 and all
// whole orders up to 63 are among these, so that ε never comes out above the value
// that a correct accountant with the usual orders gives.
func Orders() []float64 {
	var orders []float64
	for above := 0.01; above < 0.1; above *= 1.125 {
		orders = append(orders, math.Round(1e4*(1+above))/1e4)
	}
	for tenth := 11; tenth < 110; tenth++ {
		orders = append(orders, float64(tenth)/10)
		parts := max(1, math.Ceil(8/float64(tenth-10))) // into which the next tenth is cut
		for i := 1.0; i < parts; i++ {
			orders = append(orders, math.Round(1e3*(float64(tenth)+i/parts))/1e4)
		}
	}
	for whole := 11; whole < 64; whole++ {
		orders = append(orders, float64(whole))
	}
	for octave := 64.0; octave < 1024; octave *= 2 {
		for eighth := range 8 {
			orders = append(orders, octave*(1+float64(eighth)/8))
		}
	}
	return append(orders, 1024)
}
