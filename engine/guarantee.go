package engine

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"unseen/engine/dp"
	"unseen/engine/mode"
	"unseen/engine/nn"
)

// Who adds the noise of a differentially private run, by name.
const (
	NoNoise          = "off"
	CentralNoise     = mode.CentralNoise     // the server, or the trusted aggregator
	LocalNoise       = mode.LocalNoise       // each worker, to its own update
	DistributedNoise = mode.DistributedNoise // each worker a share, inside secure aggregation
)

// Noises lists the values of --dp.
func Noises() []string { return []string{NoNoise, CentralNoise, LocalNoise, DistributedNoise} }

// PrivacySettings ask for differential privacy. Numbers that are not given are 0.
type PrivacySettings struct {
	DP      string  // who adds the noise; off: nobody
	Clip    float64 // L2 norm to which each contribution is clipped
	Noise   float64 // noise multiplier: the deviation in clipping norms
	Epsilon float64 // instead of Noise: what the planned run may cost
	Delta   float64
	Budget  float64 // ε beyond which training does not go
}

// noises lists what --dp may be in a way to train.
func noises(mode string) []string {
	switch mode {
	case Central:
		return []string{NoNoise, CentralNoise}
	case Aggregated:
		return []string{NoNoise, CentralNoise, LocalNoise}
	case SecureAggregation:
		return []string{NoNoise, DistributedNoise}
	}
	return []string{NoNoise}
}

// private reports whether noise is asked for.
func (p PrivacySettings) private() bool { return p.DP != NoNoise }

// check reports what cannot be used, whatever the data.
func (p PrivacySettings) check(mode string) error {
	if err := oneOf("--dp", p.DP, Noises()); err != nil {
		return err
	}
	if can := noises(mode); !slices.Contains(can, p.DP) {
		var modes []string
		for _, m := range Modes() {
			if slices.Contains(noises(m), p.DP) {
				modes = append(modes, m)
			}
		}
		mend := "choose " + strings.Join(can, " or ")
		if len(modes) > 0 {
			mend += ", or --mode " + strings.Join(modes, " or ")
		}
		return &SettingError{"--dp", p.DP, "not possible in " + mode, mend}
	}
	numbers := []struct {
		setting string
		value   float64
		check   func(float64) error
	}{
		{"--clip", p.Clip, dp.CheckClip}, {"--noise", p.Noise, checkNoise}, {"--epsilon", p.Epsilon, dp.CheckEpsilon}, {"--budget", p.Budget, checkBudget},
	}
	for _, n := range numbers {
		if n.value == 0 {
			continue
		}
		if err := n.check(n.value); err != nil {
			return privacyError(err)
		}
		if !p.private() {
			return &SettingError{n.setting, fmt.Sprint(n.value), "nothing is private while --dp is off", "give --dp, as in --dp central, or leave it out"}
		}
	}
	if err := dp.CheckDelta(p.Delta); err != nil {
		return privacyError(err)
	}
	return p.complete()
}

func checkNoise(noise float64) error {
	_, err := dp.NewSum(1, noise)
	return err
}

func checkBudget(budget float64) error {
	if err := dp.CheckEpsilon(budget); err != nil {
		return &SettingError{"--budget", fmt.Sprint(budget), "out of range", "give a number above 0"}
	}
	return nil
}

// complete reports what is missing, or too much, for privacy.
func (p PrivacySettings) complete() error {
	switch {
	case !p.private():
		return nil
	case p.Clip == 0 && p.Noise != 0:
		return &SettingError{"--noise", fmt.Sprint(p.Noise), "noise hides nothing that is not clipped", "give --clip too, as in --clip 1"}
	case p.Clip == 0:
		return &SettingError{"--dp", p.DP, "a clipping norm is missing", "give --clip, as in --clip 1"}
	case p.Noise != 0 && p.Epsilon != 0:
		return &SettingError{"--epsilon", fmt.Sprint(p.Epsilon), "given together with --noise", "give one of the two: each follows from the other"}
	case p.Noise == 0 && p.Epsilon == 0:
		return &SettingError{"--dp", p.DP, "clipping alone promises nothing", "give --noise, as in --noise 1, or --epsilon, as in --epsilon 4"}
	}
	return nil
}

// Privacy is what a run promises, and how it keeps it. It never changes.
type Privacy struct {
	DP       string
	Clip     float64
	Noise    float64 // multiplier, given or calibrated
	Rate     float64 // with which a participant takes part in a release
	Delta    float64
	Budget   float64 // 0: none
	Planned  int     // releases that the settings ask for
	Releases int     // releases that the run makes: fewer where the budget ends it
	Each     string  // what makes a release: "step" or "server round"
	Whom     string  // whom ε protects: "row" or "worker"
	Shares   int     // of the noise, where workers make it together: the fewest that nobody knows; else 0

	least  int // how many workers must deliver
	sum    *dp.Sum
	orders []float64
	rdp    []float64 // of one release
}

// After returns the guarantee after so many releases.
func (p *Privacy) After(releases int) Guarantee {
	rdp := make([]float64, len(p.rdp))
	for i, r := range p.rdp {
		rdp[i] = float64(releases) * r
	}
	g, err := dp.Convert(p.orders, rdp, p.Delta)
	if err != nil {
		panic(err) // the orders and δ were checked, and no divergence is negative
	}
	return g
}

// Stopped reports whether the budget ends the run before the settings would.
func (p *Privacy) Stopped() bool { return p.Releases < p.Planned }

// PlanPrivacy works out the privacy of a run; nil without any. A *[SettingError] says
// what cannot be.
func PlanPrivacy(s Scenario, d *Dataset) (*Privacy, error) {
	p, err := calibrate(s, d)
	if p == nil || err != nil {
		return nil, err
	}
	if p.DP == DistributedNoise {
		how, err := PlanAggregation(s, d)
		if err != nil {
			return nil, err
		}
		return p, p.share(how.Quantiser.Step(), nn.Count(d.Features(), s.Network.Hidden, len(d.Set.Classes)))
	}
	if p.sum, err = dp.NewSum(p.Clip, p.Noise); err != nil {
		return nil, privacyError(err)
	}
	return p, p.account(dp.SubsampledGaussian{Rate: p.Rate, Noise: p.multiplier()})
}

// calibrate works out who is protected, by how much noise, in how many releases; nil
// without privacy.
func calibrate(s Scenario, d *Dataset) (*Privacy, error) {
	if !s.Privacy.private() {
		return nil, nil
	}
	p := &Privacy{DP: s.Privacy.DP, Clip: s.Privacy.Clip, Noise: s.Privacy.Noise, Delta: s.Privacy.Delta, Budget: s.Privacy.Budget,
		Rate: 1, Planned: s.Learning.Rounds, Each: "server round", Whom: "worker"}
	participants := len(d.Workers)
	if s.Mode == Central {
		n := len(d.Split.Train)
		participants = n
		batch := min(s.Learning.Batch, n)
		p.Rate, p.Planned, p.Each, p.Whom = float64(batch)/float64(n), s.Learning.Epochs*((n+batch-1)/batch), "step", "row"
	}
	if p.DP == DistributedNoise {
		p.least = participants - int(math.Max(LeastLeaving, s.Secure.Drop)*float64(participants))
		p.Shares = p.least - int(Colluding*float64(participants))
		if p.Shares < 1 {
			return nil, &SettingError{"--drop", fmt.Sprint(s.Secure.Drop), "leaves nobody whose noise is not known", "give a smaller share"}
		}
	}
	if p.Delta*float64(participants) >= 1 {
		return nil, &SettingError{"--delta", fmt.Sprint(p.Delta),
			fmt.Sprintf("promises nothing among %d: it allows to give one of them away", participants),
			"give a number well below " + strconv.FormatFloat(1/float64(participants), 'g', 2, 64)}
	}
	if p.Noise == 0 {
		p.Noise = 1
		epsilon := s.Privacy.Epsilon
		if p.DP == DistributedNoise {
			epsilon *= 1 - 1e-9 // what shares of noise cost on top is less
		}
		noise, err := dp.Noise(p.Rate, p.Planned, epsilon, p.Delta)
		var wrong *dp.ParameterError
		if errors.As(err, &wrong) && wrong.Parameter == "epsilon" {
			return nil, &SettingError{"--epsilon", fmt.Sprint(s.Privacy.Epsilon), wrong.What, wrong.Mend} // as it was given
		}
		if err != nil {
			return nil, privacyError(err)
		}
		p.Noise = noise / p.multiplier()
		if err := roomForNoise(s.Privacy.Epsilon, p.Noise); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// roomForNoise says of an ε for which there is no noise that it is the one to change.
func roomForNoise(epsilon, noise float64) error {
	wrong := &SettingError{Setting: "--epsilon", Value: fmt.Sprint(epsilon), What: fmt.Sprintf("it takes noise of %.2g clipping norms", noise)}
	switch {
	case noise < dp.LeastNoise:
		wrong.What += fmt.Sprintf(", less than the %v with which noise is drawn exactly", dp.LeastNoise)
		wrong.Mend = "give a smaller epsilon: beyond 100 it promises nothing"
	case noise > dp.MostNoise:
		wrong.What += fmt.Sprintf(", more than %d, in which every gradient is lost", dp.MostNoise)
		wrong.Mend = "give a larger epsilon, or fewer steps"
	default:
		return nil
	}
	return wrong
}

// multiplier is what the noise counts for: half where each worker adds its own, since
// any two of its updates may differ by 2C.
func (p *Privacy) multiplier() float64 {
	if p.DP == LocalNoise {
		return p.Noise / 2
	}
	return p.Noise
}

// share works out the share of noise of one worker, on the grid of the ring in which
// updates of so many elements are added up, and what the shares cost together.
func (p *Privacy) share(step float64, elements int) (err error) {
	if p.sum, err = dp.NewShare(p.Clip, step, p.Noise*p.Clip/math.Sqrt(float64(p.Shares))); err != nil {
		return privacyError(err)
	}
	return p.account(dp.Shares{Noise: p.Noise, Count: p.Shares, Deviation: p.sum.Deviation(), Elements: elements})
}

// account works out what one release costs, and how many the budget allows.
func (p *Privacy) account(m dp.Mechanism) error {
	a, err := dp.NewAccountant()
	if err != nil {
		return err
	}
	if err := a.Add(m, 1); err != nil {
		return privacyError(err)
	}
	p.orders, p.rdp, p.Releases = a.Orders(), a.RDP(), p.Planned
	one := p.After(1).Epsilon
	if math.IsInf(one, 1) {
		return &SettingError{"--noise", fmt.Sprint(p.Noise), "so little that epsilon is infinite", "give a larger number"}
	}
	if p.Budget == 0 {
		return nil
	}
	if one > p.Budget {
		return &SettingError{"--budget", fmt.Sprint(p.Budget), fmt.Sprintf("one %s alone costs epsilon %.4g", p.Each, one),
			"give a larger budget, or more noise"}
	}
	allowed, beyond := 1, p.Planned+1 // of releases: within the budget, and not
	for beyond-allowed > 1 {
		if middle := allowed + (beyond-allowed)/2; p.After(middle).Epsilon <= p.Budget {
			allowed = middle
		} else {
			beyond = middle
		}
	}
	p.Releases = allowed
	return nil
}

// learning is what the way to train is told.
func (p *Privacy) learning() *mode.Privacy {
	if p == nil {
		return nil
	}
	return &mode.Privacy{Noise: p.DP, Sum: p.sum, Releases: p.Releases}
}

// epsilon is ε after so many releases; 0 without privacy.
func (p *Privacy) epsilon(releases int) float64 {
	if p == nil {
		return 0
	}
	return p.After(releases).Epsilon
}

// releases returns how many noisy sums the run has released.
func (s *Session) releases() int {
	if m, ok := s.mode.(interface{ Releases() int }); ok {
		return m.Releases()
	}
	return 0
}

// Epsilon returns what the run has cost of its privacy so far; 0 without any.
func (s *Session) Epsilon() float64 { return s.privacy.epsilon(s.releases()) }

// Privacy returns what the run promises; nil where nothing is private.
func (s *Session) Privacy() *Privacy { return s.privacy }
