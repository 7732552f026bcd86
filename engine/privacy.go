package engine

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"unseen/engine/dp"
)

// Guarantee is the differential privacy of a run: ε at a δ, and the Rényi order
// that gives it.
type Guarantee = dp.Guarantee

// Epsilon returns ε at δ after so many steps of training, each on a batch in which
// every row takes part with probability rate, with Gaussian noise of the given
// multiple of the clipping norm. A *[SettingError] says what cannot be used, or
// that the noise is too little for any promise.
func Epsilon(rate, noise float64, steps int, delta float64) (Guarantee, error) {
	g, err := dp.Epsilon(rate, noise, steps, delta)
	if err == nil && math.IsInf(g.Epsilon, 1) {
		err = &SettingError{"--noise", fmt.Sprint(noise), "so little that epsilon is infinite", "give a larger number"}
	}
	return g, privacyError(err)
}

// Noise returns the least noise multiplier with which so many steps at a sampling
// rate stay within ε at δ. A *[SettingError] says what cannot be used, or that no
// noise is enough.
func Noise(rate float64, steps int, epsilon, delta float64) (float64, error) {
	noise, err := dp.Noise(rate, steps, epsilon, delta)
	return noise, privacyError(err)
}

// Odds returns how often an observer who guesses whether somebody took part is
// right at most, (e^ε + δ)/(1 + e^ε). A *[SettingError] says what cannot be used.
func Odds(epsilon, delta float64) (float64, error) {
	odds, err := dp.Odds(epsilon, delta)
	return odds, privacyError(err)
}

// ParsePrivacy reads the value of --rate, --noise, --epsilon or --delta, written
// as in 0.05, 32/653, 1e-5 or 653^-1.1, and checks its range: a rate above 0 and
// up to 1, a delta above 0 and below 1, the others above 0. A *[SettingError] says
// what is wrong.
func ParsePrivacy(setting, text string) (float64, error) {
	x, err := dp.Parse(strings.TrimPrefix(setting, "--"), text)
	if err != nil {
		return 0, privacyError(err)
	}
	switch setting {
	case "--rate":
		if !(x > 0 && x <= 1) {
			err = &SettingError{setting, fmt.Sprint(x), "not a sampling rate", "give a number above 0 and up to 1, such as 32/653"}
		}
	case "--delta":
		err = dp.CheckDelta(x)
	default:
		if !(x > 0) {
			err = &SettingError{setting, fmt.Sprint(x), "out of range", "give a number above 0"}
		}
	}
	return x, privacyError(err)
}

// privacyError says of an error about a parameter which setting it is.
func privacyError(err error) error {
	var wrong *dp.ParameterError
	if errors.As(err, &wrong) {
		return &SettingError{"--" + wrong.Parameter, wrong.Value, wrong.What, wrong.Mend}
	}
	return err
}
