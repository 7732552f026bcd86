package cli

import (
	"fmt"
	"math"
	"slices"

	"unseen/engine"
)

// privacySettings are the flags that ask for differential privacy.
func privacySettings() []setting {
	number := func(name, kind, usage string, of func(*engine.PrivacySettings) *float64) setting {
		return setting{name, kind, usage, nil,
			func(s *engine.Scenario, text string) (err error) {
				*of(&s.Privacy), err = engine.ParsePrivacy("--"+name, text)
				return err
			},
			func(s engine.Scenario) any {
				if x := *of(&s.Privacy); x != 0 {
					return x
				}
				return nil
			}}
	}
	return []setting{
		{"dp", "WHO", "who adds noise for differential privacy: " + list(engine.Noises()), engine.Noises(),
			func(s *engine.Scenario, text string) error { s.Privacy.DP = text; return nil },
			func(s engine.Scenario) any { return s.Privacy.DP }},
		number("clip", "NORM", "the L2 norm to which gradients, or workers' updates, are clipped",
			func(p *engine.PrivacySettings) *float64 { return &p.Clip }),
		number("noise", "SIGMA", "standard deviation of the noise, in clipping norms",
			func(p *engine.PrivacySettings) *float64 { return &p.Noise }),
		number("epsilon", "E", "instead of --noise: what the run may cost; the noise is worked out",
			func(p *engine.PrivacySettings) *float64 { return &p.Epsilon }),
		number("delta", "SHARE", "the probability with which epsilon may not hold; well below one in the number of rows",
			func(p *engine.PrivacySettings) *float64 { return &p.Delta }),
		number("budget", "E", "stop training before it costs more than this epsilon",
			func(p *engine.PrivacySettings) *float64 { return &p.Budget }),
	}
}

// epsilonColumn is the column of a table that says what training has cost so far.
var epsilonColumn = column{head: "epsilon", right: true}

// epsilonText writes ε in a column, rounded up.
func epsilonText(x float64) string {
	const most = 1e6
	if !(x < most) {
		return roundUp(x)
	}
	return fmt.Sprintf("%.3f", math.Ceil(1000*x)/1000)
}

// privacyText says what a run promises.
func privacyText(done engine.Run) string {
	p, final := done.Result.Privacy, done.Result.Final()
	text := fmt.Sprintf("epsilon %s at delta %.4g for each %s, after ", roundUp(final.Epsilon), p.Delta, p.Whom)
	if p.Stopped() {
		return text + fmt.Sprintf("%s of %s: the budget of %v ended training", grouped(int64(p.Releases)), counted(int64(p.Planned), p.Each), p.Budget)
	}
	return text + counted(int64(p.Releases), p.Each)
}

// noiseText says how a run was made private.
func noiseText(p *engine.Privacy) string {
	who := "the server"
	switch {
	case p.DP == engine.LocalNoise:
		who = "each worker"
	case p.DP == engine.DistributedNoise:
		who = fmt.Sprintf("all workers in shares, of which %d are enough", p.Shares)
	case p.Whom == "worker":
		who = "the aggregator"
	}
	text := fmt.Sprintf("%s times the clipping norm of %v, added by %s", roundUp(p.Noise), p.Clip, who)
	if p.Rate < 1 {
		text += fmt.Sprintf("; each %s takes part with probability %.4g", p.Whom, p.Rate)
	}
	return text
}

// private prints what a run promises, and how it keeps it.
func (p *printer) private(done engine.Run) {
	if done.Result.Privacy == nil {
		return
	}
	p.fact("privacy", privacyText(done))
	p.fact("odds", oddsSentence(done.Result.Privacy.After(done.Result.Privacy.Releases).Odds()))
	p.fact("noise", noiseText(done.Result.Privacy))
	p.fact("", "not covered: the numbers measured here, and the seed, with which the noise can be drawn again")
}

// privacyDocument is the privacy of a run as JSON; without any only the first three
// are there.
type privacyDocument struct {
	DP       string  `json:"dp"`
	Epsilon  *number `json:"epsilon"`
	Delta    *number `json:"delta"`
	Order    *number `json:"order,omitempty"`
	Odds     *number `json:"odds,omitempty"`
	Noise    *number `json:"noise,omitempty"`
	Clip     *number `json:"clip,omitempty"`
	Rate     *number `json:"rate,omitempty"`
	Releases *int    `json:"releases,omitempty"`
	Planned  *int    `json:"planned,omitempty"`
	Stopped  *bool   `json:"stopped,omitempty"`
	Each     string  `json:"each,omitempty"`
	Whom     string  `json:"whom,omitempty"`
}

func privacyOf(done engine.Run) privacyDocument {
	p := done.Result.Privacy
	if p == nil {
		return privacyDocument{DP: engine.NoNoise}
	}
	some := func(x float64) *number { n := number(x); return &n }
	g, stopped := p.After(p.Releases), p.Stopped()
	return privacyDocument{DP: p.DP, Epsilon: some(g.Epsilon), Delta: some(g.Delta), Order: some(g.Order), Odds: some(g.Odds()),
		Noise: some(p.Noise), Clip: some(p.Clip), Rate: some(p.Rate), Releases: &p.Releases, Planned: &p.Planned, Stopped: &stopped,
		Each: p.Each, Whom: p.Whom}
}

// notePrivate says what a promise of privacy leaves out.
func (a *app) notePrivate(scenarios ...engine.Scenario) {
	for _, s := range scenarios {
		switch {
		case s.Privacy.DP == engine.NoNoise:
		case s.Data.Normalize == "standard":
			a.say("note: epsilon does not cover the means and deviations that --normalize standard takes from the rows; --normalize range takes none")
			return
		}
	}
}

// anyPrivate reports whether a run of a comparison is private.
func anyPrivate(c *engine.Comparison) bool {
	return slices.ContainsFunc(c.Runs, func(r engine.Run) bool { return r.Result.Privacy != nil })
}

// epsilonOf is what a run has cost; not a number where it promised nothing.
func epsilonOf(run engine.Run) float64 {
	if run.Result.Privacy == nil {
		return math.NaN()
	}
	return run.Result.Final().Epsilon
}
