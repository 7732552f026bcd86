package cli

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"unseen/engine"
	"unseen/tui/plot"
)

// plotName returns a check that takes the name of a picture over.
func plotName(to *string) func(string) error {
	return func(text string) error {
		if !slices.Contains(plot.Formats(), plotFormat(text)) {
			return &engine.SettingError{Setting: "--plot", Value: quote(text), What: "not the name of a picture",
				Mend: "end it in ." + strings.Join(plot.Formats(), " or .") + ", as in --plot curves.png"}
		}
		*to = text
		return nil
	}
}

// plotFormat is the format that the end of a name asks for.
func plotFormat(name string) string {
	return strings.ToLower(strings.TrimPrefix(filepath.Ext(name), "."))
}

// savePlot draws the curves of one run, or those of several, where --plot says.
func (r *request) savePlot(runs ...engine.Run) error {
	if r.plot == "" {
		return nil
	}
	curves, baseline := r.curves(runs)
	file, err := create("--plot", r.plot)
	if err != nil {
		return err
	}
	defer file.abort()
	if err := plot.Write(file, plotFormat(r.plot), r.plotTitle(runs), curves, baseline); err != nil {
		return file.fail(err)
	}
	return file.commit()
}

// plotTitle says what was trained how.
func (r *request) plotTitle(runs []engine.Run) string {
	var modes []string
	for _, run := range runs {
		modes = append(modes, run.Scenario.Mode)
	}
	on := ""
	if len(runs) > 1 {
		on = ", test rows"
		if !tested(runs[0].Dataset) {
			on = ", training rows"
		}
	}
	first := runs[0]
	return printable(fmt.Sprintf("%s on %s, seed %d%s", strings.Join(modes, ", "), r.called(first.Dataset.Set.Table), first.Scenario.Seed, on))
}

// curves returns what is drawn: of one run the training and the test rows, of
// several runs the test rows of each, or the training rows where none are left
// to test; and what private runs have spent.
func (r *request) curves(runs []engine.Run) ([]plot.Curve, plot.Baseline) {
	train := func(e engine.EpochMetrics) engine.Metrics { return e.Train }
	test := func(e engine.EpochMetrics) engine.Metrics { return e.Test }
	baseline := plot.Baseline{Loss: runs[0].Baseline.Loss, Accuracy: runs[0].Baseline.Accuracy}
	with := tested(runs[0].Dataset)
	if len(runs) == 1 {
		curves := []plot.Curve{curve("training rows", runs[0], train)}
		if with {
			curves = append(curves, curve("test rows", runs[0], test))
		}
		if p := runs[0].Result.Privacy; p != nil {
			name := fmt.Sprintf("epsilon at delta %.4g for each %s", p.Delta, p.Whom)
			curves = append(curves, plot.Curve{Name: name, Spent: spent(runs[0])})
		}
		return curves, baseline
	}
	of := train
	if with {
		of, baseline.Accuracy = test, runs[0].Baseline.Test
	}
	several := len(lossNames(runs)) > 1
	if several {
		baseline.Loss = math.NaN() // there is one for each loss
	}
	var curves []plot.Curve
	for _, run := range runs {
		name := run.Scenario.Mode
		if several {
			name += " (" + run.Scenario.Learning.Loss + ")"
		}
		c := curve(name, run, of)
		c.Spent = spent(run)
		curves = append(curves, c)
	}
	return curves, baseline
}

// curve is one kind of metrics of a run, from the model before training on.
func curve(name string, run engine.Run, of func(engine.EpochMetrics) engine.Metrics) plot.Curve {
	epochs := run.Result.History.Epochs
	each := float64(run.Passes()) / float64(len(epochs)-1)
	c := plot.Curve{Name: name}
	for _, e := range epochs {
		m := of(e)
		c.Points = append(c.Points, plot.Point{Passes: float64(e.Epoch) * each, Loss: m.Loss, Accuracy: m.Accuracy})
	}
	return c
}

// spent is what a run cost of its privacy; nil without any.
func spent(run engine.Run) (list []plot.Spent) {
	for _, s := range run.Spent() {
		list = append(list, plot.Spent(s))
	}
	return list
}

// lossNames lists the losses that runs minimise, each once.
func lossNames(runs []engine.Run) []string {
	var names []string
	for _, run := range runs {
		if name := run.Scenario.Learning.Loss; !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
