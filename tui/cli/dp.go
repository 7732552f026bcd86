package cli

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"unseen/engine"
)

// privacy holds the commands of the privacy accountant.
func (a *app) privacy() *cobra.Command {
	c := &cobra.Command{
		Use:     "dp",
		Short:   "Work out how private noisy training is, or how much noise it needs",
		Example: "unseen dp epsilon --rate 32/653 --noise 1 --steps 600 --delta 1e-5\nunseen dp noise --rate 32/653 --epsilon 4 --steps 600 --delta 1e-5",
	}
	a.group(c)
	c.AddCommand(a.epsilon(), a.noise())
	return c
}

const privacyModel = "Training takes --steps steps. In each, every row takes part with probability --rate, independently of the others; its gradient is clipped, " +
	"and Gaussian noise of --noise times the clipping norm is added to the sum. The outcome is as likely with any one row as without it, up to a factor " +
	"e^epsilon, except with a probability of about --delta. The odds are those of an observer who holds both cases for equally likely beforehand. " +
	"That rows are chosen by chance protects them only from observers who do not know who was chosen; against others the rate is 1."

// epsilon works out ε.
func (a *app) epsilon() *cobra.Command {
	c := &cobra.Command{
		Use:   "epsilon",
		Short: "Work out how private noisy training is",
		Long:  "Work out how private noisy training is, by Rényi accounting.\n\n" + privacyModel,
		Example: "unseen dp epsilon --rate 32/653 --noise 1 --steps 600 --delta 1e-5\n" +
			"unseen dp epsilon --rate 1 --noise 8 --steps 50 --delta 653^-1.1 --format json",
	}
	q := newQuestion(c.Flags(), "rate", "noise", "steps", "delta")
	format := formatFlag(c.Flags())
	unusedSeed(c.Flags())
	a.act(c, func(c *cobra.Command) error {
		if err := q.complete(c); err != nil {
			return err
		}
		g, err := engine.Epsilon(q.numbers["rate"], q.numbers["noise"], q.steps, q.numbers["delta"])
		if err != nil {
			return err
		}
		a.note(c, "seed")
		p := a.printer()
		return p.done(writeEpsilon(p, g, format.text))
	})
	return c
}

func writeEpsilon(p *printer, g engine.Guarantee, format string) error {
	switch format {
	case "json":
		return p.failed(writeJSON(p, object{{"epsilon", number(g.Epsilon)}, {"order", number(g.Order)}, {"delta", number(g.Delta)}}))
	case "csv":
		return p.failed(writeCSV(p, []string{"epsilon", "order", "delta"},
			[][]string{{number(g.Epsilon).String(), number(g.Order).String(), number(g.Delta).String()}}))
	}
	p.fact("epsilon", fmt.Sprintf("%s at delta %.4g, by the Rényi order %v", roundUp(g.Epsilon), g.Delta, g.Order))
	p.fact("odds", oddsSentence(g.Odds()))
	return nil
}

// noise works out σ.
func (a *app) noise() *cobra.Command {
	c := &cobra.Command{
		Use:   "noise",
		Short: "Work out how much noise training needs to be as private as wanted",
		Long:  "Work out how much noise training needs to be as private as wanted, by Rényi accounting. The answer is what --noise would be.\n\n" + privacyModel,
		Example: "unseen dp noise --rate 32/653 --epsilon 4 --steps 600 --delta 1e-5\n" +
			"unseen dp noise --rate 1 --epsilon 1 --steps 50 --delta 653^-1.1 --format json",
	}
	q := newQuestion(c.Flags(), "rate", "epsilon", "steps", "delta")
	format := formatFlag(c.Flags())
	unusedSeed(c.Flags())
	a.act(c, func(c *cobra.Command) error {
		if err := q.complete(c); err != nil {
			return err
		}
		noise, err := engine.Noise(q.numbers["rate"], q.steps, q.numbers["epsilon"], q.numbers["delta"])
		if err != nil {
			return err
		}
		a.note(c, "seed")
		p := a.printer()
		return p.done(writeNoise(p, noise, q.numbers["epsilon"], q.numbers["delta"], format.text))
	})
	return c
}

func writeNoise(p *printer, noise, epsilon, delta float64, format string) error {
	switch format {
	case "json":
		return p.failed(writeJSON(p, object{{"noise", number(noise)}}))
	case "csv":
		return p.failed(writeCSV(p, []string{"noise"}, [][]string{{number(noise).String()}}))
	}
	odds, err := engine.Odds(epsilon, delta)
	if err != nil {
		return err
	}
	p.fact("noise", fmt.Sprintf("%s times the clipping norm, for epsilon %v at delta %.4g", roundUp(noise), epsilon, delta))
	p.fact("odds", oddsSentence(odds))
	return nil
}

// question is what the accountant is asked: flags that all have to be given.
type question struct {
	names   []string
	numbers map[string]float64 // by flag
	steps   int
}

// newQuestion adds the flags of a question.
func newQuestion(f *pflag.FlagSet, names ...string) *question {
	f.SortFlags = false
	q := &question{names: names, numbers: map[string]float64{}}
	usage := map[string]string{
		"rate":    "the probability with which a row takes part in a step: batch size by rows, as in 32/653",
		"noise":   "standard deviation of the noise, in clipping norms",
		"epsilon": "the wanted epsilon",
		"steps":   "how many noisy steps training takes",
		"delta":   "well below one in the number of rows, as in 1e-5 or 653^-1.1",
	}
	kinds := map[string]string{"rate": "SHARE", "noise": "SIGMA", "epsilon": "E", "steps": "N", "delta": "SHARE"}
	for _, name := range names {
		v := &value{kind: kinds[name], check: func(text string) (err error) {
			q.numbers[name], err = engine.ParsePrivacy("--"+name, text)
			return err
		}}
		if name == "steps" {
			v.check = func(text string) (err error) {
				if q.steps, err = whole("--steps", text, "600"); err == nil && q.steps < 1 {
					err = &engine.SettingError{Setting: "--steps", Value: text, What: "not a number of steps", Mend: "give a whole number from 1"}
				}
				return err
			}
		}
		f.Var(v, name, usage[name])
	}
	return q
}

// complete says which flags are missing.
func (q *question) complete(c *cobra.Command) error {
	var missing []string
	for _, name := range q.names {
		if !c.Flags().Changed(name) {
			missing = append(missing, "--"+name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	example, _, _ := strings.Cut(c.Example, "\n")
	return words("missing: %s; write it as in %s", strings.Join(missing, ", "), example)
}

// roundUp writes a number with five digits, rounded up: what is promised with it
// holds.
func roundUp(x float64) string {
	if x == 0 {
		return "0"
	}
	text := strconv.FormatFloat(x, 'g', 5, 64)
	if rounded, err := strconv.ParseFloat(text, 64); err == nil && rounded < x {
		text = strconv.FormatFloat(x+math.Pow(10, math.Floor(math.Log10(x))-4)/2, 'g', 5, 64)
	}
	return text
}

// oddsSentence says how often an observer is right, rounded up, in as few digits
// as leave a chance to be wrong.
func oddsSentence(odds float64) string {
	for _, of := range []float64{100, 1000, 10_000, 100_000, 1_000_000} {
		if right := math.Ceil(odds * of); right < of {
			return fmt.Sprintf("an observer who guesses whether you took part is right at most %.0f times in %.0f", right, of)
		}
	}
	return "an observer who guesses whether you took part may be right every time"
}
