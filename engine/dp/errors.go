package dp

import (
	"fmt"
	"math"
)

// ParameterError says that a parameter cannot be used, and how to mend it.
type ParameterError struct {
	Parameter string // its name: rate, noise, steps, delta, epsilon, order, divergence, scale, answers, bias, clip, deviation, shares or elements
	Value     string // what was given
	What      string // what is wrong with it
	Mend      string
}

// Error says it in one line.
func (e *ParameterError) Error() string {
	return fmt.Sprintf("%s %s: %s; %s", e.Parameter, e.Value, e.What, e.Mend)
}

func wrong(parameter string, value any, what, mend string) error {
	return &ParameterError{parameter, fmt.Sprint(value), what, mend}
}

// CheckRate refuses a sampling rate outside [0, 1].
func CheckRate(rate float64) error {
	if !(rate >= 0 && rate <= 1) {
		return wrong("rate", rate, "not a sampling rate", "give a share from 0 to 1, such as 32/653")
	}
	return nil
}

// CheckNoise refuses a noise multiplier that is negative or not finite.
func CheckNoise(noise float64) error {
	if !(noise >= 0 && noise <= math.MaxFloat64) {
		return wrong("noise", noise, "not a noise multiplier", "give a number from 0")
	}
	return nil
}

// CheckSteps refuses a negative number of steps.
func CheckSteps(steps int) error {
	if steps < 0 {
		return wrong("steps", steps, "not a number of steps", "give a whole number from 0")
	}
	return nil
}

// CheckDelta refuses a δ outside (0, 1).
func CheckDelta(delta float64) error {
	if !(delta > 0 && delta < 1) {
		return wrong("delta", delta, "out of range", "give a number above 0 and below 1, well below one in the number of participants, such as 1e-5")
	}
	return nil
}

// CheckEpsilon refuses an ε that is not positive or not finite.
func CheckEpsilon(epsilon float64) error {
	if !(epsilon > 0 && epsilon <= math.MaxFloat64) {
		return wrong("epsilon", epsilon, "out of range", "give a number above 0")
	}
	return nil
}

// CheckOrder refuses a Rényi order that is not above 1 or not finite.
func CheckOrder(order float64) error {
	if !(order > 1 && order <= math.MaxFloat64) {
		return wrong("order", order, "not a Rényi order", "give a number above 1")
	}
	return nil
}

// first returns the first error there is.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
