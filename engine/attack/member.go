package attack

import (
	"math"
	"slices"
)

// Guess is what an adversary has about one row: the loss of the model on it, and
// its class. It knows the row; the question is whether the model was trained on it.
type Guess struct {
	Loss  float64
	Class int
}

// Threshold guesses that a row was trained on where the model's loss on it is at
// most the mean loss on the training rows, which a run releases (Yeom et al. 2018,
// adversary 1).
func Threshold(g Guess, trainingLoss float64) bool { return g.Loss <= trainingLoss }

// Shadow is an attack learnt from models that the adversary has trained itself, on
// rows of its own, so that it knows which were in and which were out (Shokri et al.
// 2017): for each class the loss at which telling them apart works best.
type Shadow struct {
	limit map[int]float64
}

// NewShadow learns from what shadow models make of rows that they were trained on,
// and of others.
func NewShadow(in, out []Guess) *Shadow {
	s := &Shadow{limit: map[int]float64{}}
	for _, class := range []int{0, 1} {
		s.limit[class] = bestLimit(losses(in, class), losses(out, class))
	}
	return s
}

// Member guesses whether the model was trained on a row.
func (s *Shadow) Member(g Guess) bool { return g.Loss <= s.limit[g.Class] }

// losses of the rows of a class, ascending.
func losses(rows []Guess, class int) []float64 {
	var list []float64
	for _, g := range rows {
		if g.Class == class {
			list = append(list, g.Loss)
		}
	}
	slices.Sort(list)
	return list
}

// bestLimit is the loss up to which guessing "in" gains most: the share of in that
// it finds, less the share of out that it accuses.
func bestLimit(in, out []float64) float64 {
	best, gain := math.Inf(-1), 0.0
	for i, x := range in {
		j, _ := slices.BinarySearch(out, math.Nextafter(x, math.Inf(1)))
		if g := float64(i+1)/float64(len(in)) - float64(j)/float64(max(1, len(out))); g > gain {
			best, gain = x, g
		}
	}
	return best
}

// AUC is how often a row that was trained on has a smaller loss than one that was
// not; ties count half. 0.5 is guessing.
func AUC(in, out []Guess) float64 {
	if len(in) == 0 || len(out) == 0 {
		return math.NaN()
	}
	sorted := append(losses(out, 0), losses(out, 1)...)
	slices.Sort(sorted)
	sum := 0.0
	for _, g := range in {
		below, _ := slices.BinarySearch(sorted, g.Loss)
		upTo, _ := slices.BinarySearch(sorted, math.Nextafter(g.Loss, math.Inf(1)))
		sum += float64(len(sorted)-upTo) + float64(upTo-below)/2
	}
	return sum / float64(len(in)) / float64(len(sorted))
}
