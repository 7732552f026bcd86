package attack

import "gorgonia.org/tensor"

// Rest returns what is left of an average over models when those that the
// colluders know are taken out: the average of the others' models.
//
//	rest = (Σ rows · average − Σ rows_c · model_c) / (Σ rows − Σ rows_c)
//
// average and models are 1 × n; rows are how many each model stands for, and total
// how many there are.
func Rest(average *tensor.Dense, total float64, models []*tensor.Dense, rows []float64) *tensor.Dense {
	rest := average.Clone().(*tensor.Dense)
	x := rest.Float64s()
	for j := range x {
		x[j] *= total
	}
	left := total
	for c, m := range models {
		left -= rows[c]
		for j, v := range m.Float64s() {
			x[j] -= rows[c] * v
		}
	}
	for j := range x {
		x[j] /= left
	}
	return rest
}
