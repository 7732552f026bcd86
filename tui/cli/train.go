package cli

import (
	"context"
	"fmt"
	"math"

	"github.com/spf13/cobra"

	"unseen/engine"
)

// train runs one training and prints how it went.
func (a *app) train() *cobra.Command {
	c := &cobra.Command{
		Use:     "train",
		Short:   "Train once: a table of epochs, then a summary",
		Long:    "Train once and print a table of epochs, then a summary.\n\n" + defaultsText() + " The recipe notebook repeats the notebook of 2019: raw features, file order, batches of one row, all rows.",
		Example: "unseen train --epochs 20 --seed 42\nunseen train --mode aggregated --workers 10 --plot curves.png",
	}
	request := a.runFlags(c)
	a.act(c, func(c *cobra.Command) error {
		r, err := request.resolve()
		if err != nil {
			return err
		}
		session, err := r.open()
		if err != nil {
			return err
		}
		defer session.Close()
		a.noteModes(c.Flags(), r.scenario)
		a.notePrivate(r.scenario)
		if r.format.text == "csv" {
			a.noteData(r.source, r.set.Table)
		}
		if r.format.text != "text" {
			a.noteSeed(r.scenario)
		}
		p := a.printer()
		t := &training{run: r, session: session, printer: p, bar: a.bar()}
		return a.named(r.request, p.done(t.do(c.Context())), r.weights, r.plot)
	})
	return c
}

// training is one run of the command.
type training struct {
	*run
	*printer
	session *engine.Session
	bar     *bar
	printed int // epochs in the table
}

func (t *training) do(ctx context.Context) error {
	text := t.format.text == "text"
	if text {
		t.tableHead(t.columns())
		if err := t.flush(); err != nil {
			return err
		}
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	result, err := t.session.Run(ctx, func(p engine.Progress) {
		if text {
			if err := t.epochs(p.History); err != nil {
				stop(err)
			}
		}
		t.bar.show(stage(t.scenario, t.session.Privacy(), p.History), p.Done, p.Total, p.Left())
	})
	t.bar.clear()
	if err != nil {
		if unread := context.Cause(ctx); unread != nil && ctx.Err() != nil {
			return unread
		}
		return err
	}
	done := engine.Run{Scenario: t.scenario, Dataset: t.session.Dataset(), Baseline: t.session.Baseline(), Result: result}
	if err := t.save(done); err != nil {
		return err
	}
	switch t.format.text {
	case "json":
		return t.failed(writeJSON(t, t.document(done)))
	case "csv":
		return t.failed(writeEpochs(t, done))
	}
	if err := t.epochs(result.History); err != nil {
		return err
	}
	t.summary(t.request, done)
	return nil
}

// stage says where a run is, of as many epochs or server rounds as its privacy, nil
// without any, has a budget for.
func stage(s engine.Scenario, p *engine.Privacy, h engine.History) string {
	what, of := "epoch", s.Epochs(p)
	if s.ServerRounds() {
		what = "server round"
	}
	return fmt.Sprintf("%s %d of %d", what, min(len(h.Epochs), of), of)
}

// failed marks an error of writing the result.
func (p *printer) failed(err error) error {
	if err != nil {
		return &outputError{err}
	}
	return nil
}

// save writes the final weights and the curves where --weights and --plot say.
func (t *training) save(done engine.Run) error {
	if err := saveWeights(t.weights, done.Result.Weights); err != nil {
		return err
	}
	return t.savePlot(done)
}

// saveWeights writes weights to a file, if one is named.
func saveWeights(name string, w engine.Weights) error {
	if name == "" {
		return nil
	}
	file, err := create("--weights", name)
	if err != nil {
		return err
	}
	defer file.abort()
	if err := engine.WriteWeights(file, w); err != nil {
		return file.fail(err)
	}
	return file.commit()
}

// tested reports whether there are rows to test on.
func tested(d *engine.Dataset) bool { return len(d.Split.Test) > 0 }

func (t *training) columns() []column {
	first := column{head: "epoch", right: true}
	if t.scenario.ServerRounds() {
		first.head = "round"
	}
	list := []column{first, {head: "train loss", right: true}, {head: "train acc", right: true}}
	if tested(t.session.Dataset()) {
		list = append(list, column{head: "test loss", right: true}, column{head: "test acc", right: true})
	}
	if t.scenario.Mode == engine.SecureAggregation {
		list = append(list, column{head: "in the sum", right: true})
	}
	if t.scenario.ServerRounds() {
		local := column{head: "local loss", right: true}
		if t.scenario.Learning.Local > 1 {
			local.width = len("0.1234") + len(" to ") + len("0.1234")
		}
		list = append(list, local)
	}
	if t.session.Privacy() != nil {
		list = append(list, epsilonColumn)
	}
	return append(list, column{head: "seconds", right: true})
}

// epochs prints the epochs that the table does not have yet.
func (t *training) epochs(h engine.History) error {
	done := h.Epochs[1:] // the first is the model before training
	if len(done) == t.printed {
		return nil
	}
	t.bar.clear()
	for _, e := range done[t.printed:] {
		cells := []string{fmt.Sprint(e.Epoch), lossText(e.Train.Loss), fmt.Sprintf("%.3f", e.Train.Accuracy)}
		if tested(t.session.Dataset()) {
			cells = append(cells, lossText(e.Test.Loss), fmt.Sprintf("%.3f", e.Test.Accuracy))
		}
		if t.scenario.Mode == engine.SecureAggregation {
			cells = append(cells, deliveredText(e.Round))
		}
		if t.scenario.ServerRounds() {
			cells = append(cells, fromTo(e.LocalLoss))
		}
		if t.session.Privacy() != nil {
			cells = append(cells, epsilonText(e.Epsilon))
		}
		t.tableRow(t.columns(), append(cells, fmt.Sprintf("%.3f", e.Seconds)))
	}
	t.printed = len(done)
	return t.flush()
}

// fromTo writes the first and the last of the losses of a server round.
func fromTo(losses []float64) string {
	switch last := len(losses) - 1; last {
	case -1:
		return ""
	case 0:
		return lossText(losses[0])
	default:
		return lossText(losses[0]) + " to " + lossText(losses[last])
	}
}

// lossText writes a loss with four decimals, or, where it has grown beyond all
// measure, with an exponent.
func lossText(x float64) string {
	if math.Abs(x) >= 1e6 {
		return fmt.Sprintf("%.3e", x)
	}
	return fmt.Sprintf("%.4f", x)
}
