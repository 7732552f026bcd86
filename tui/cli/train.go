package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"unseen/engine"
)

// train runs one training and prints how it went.
func (a *app) train() *cobra.Command {
	c := &cobra.Command{
		Use:     "train",
		Short:   "Train once: a table of epochs, then a summary",
		Long:    "Train once and print a table of epochs, then a summary.\n\nDefaults in brackets are those of --recipe default. The recipe notebook repeats the notebook of 2019: raw features, file order, batches of one row, all rows.",
		Example: "unseen train --data crx.data --epochs 20 --seed 42",
	}
	request := runFlags(c)
	a.act(c, func(c *cobra.Command) error {
		r, err := request.resolve(c)
		if err != nil {
			return err
		}
		session, err := r.open()
		if err != nil {
			return err
		}
		defer session.Close()
		p := a.printer()
		t := &training{run: r, session: session, printer: p, bar: a.bar()}
		return p.done(t.do(c.Context()))
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
		t.bar.update(fmt.Sprintf("epoch %d of %d", len(p.History.Epochs), t.scenario.Learning.Epochs), p.Done, p.Total)
	})
	t.bar.clear()
	if err != nil {
		if unread := context.Cause(ctx); unread != nil && ctx.Err() != nil {
			return unread
		}
		return err
	}
	if err := t.save(result); err != nil {
		return err
	}
	switch t.format.text {
	case "json":
		return t.failed(writeJSON(t, t.document(result)))
	case "csv":
		return t.failed(t.csv(result))
	}
	if err := t.epochs(result.History); err != nil {
		return err
	}
	t.summary(result)
	return nil
}

// failed marks an error of writing the result.
func (p *printer) failed(err error) error {
	if err != nil {
		return &outputError{err}
	}
	return nil
}

// save writes the final weights where --weights says.
func (t *training) save(result *engine.Result) error {
	if t.weights == "" {
		return nil
	}
	file, err := create("--weights", t.weights)
	if err != nil {
		return err
	}
	defer file.abort()
	if err := engine.WriteWeights(file, result.Weights); err != nil {
		return file.fail(err)
	}
	return file.commit()
}

// tested reports whether there are rows to test on.
func (t *training) tested() bool { return len(t.session.Dataset().Split.Test) > 0 }

func (t *training) columns() []column {
	list := []column{{head: "epoch", right: true}, {head: "train loss", right: true}, {head: "train acc", right: true}}
	if t.tested() {
		list = append(list, column{head: "test loss", right: true}, column{head: "test acc", right: true})
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
		cells := []string{fmt.Sprint(e.Epoch), fmt.Sprintf("%.4f", e.Train.Loss), fmt.Sprintf("%.3f", e.Train.Accuracy)}
		if t.tested() {
			cells = append(cells, fmt.Sprintf("%.4f", e.Test.Loss), fmt.Sprintf("%.3f", e.Test.Accuracy))
		}
		t.tableRow(t.columns(), append(cells, fmt.Sprintf("%.3f", e.Seconds)))
	}
	t.printed = len(done)
	return t.flush()
}

// summary prints what the run came to.
func (t *training) summary(result *engine.Result) {
	d, final := t.session.Dataset(), result.Final()
	t.WriteString("\n")
	use := fmt.Sprintf("%d to train on", len(d.Split.Train))
	if t.tested() {
		use += fmt.Sprintf(", %d to test", len(d.Split.Test))
	}
	t.fact("data", fmt.Sprintf("%s: %d rows, %d features; %s", d.Set.Table.Source, d.Set.Len(), d.Features(), use))
	t.fact("seed", seedText(t.scenario))
	t.fact("train", metricsText(final.Train))
	on, confusion := "train", final.Train.Confusion
	if t.tested() {
		t.fact("test", metricsText(final.Test))
		on, confusion = "test", final.Test.Confusion
	}
	t.fact("measured", "by the simulator, outside the protocol")
	t.fact("baseline", fmt.Sprintf("accuracy %.3f for always answering %q", t.session.Baseline().Accuracy, majority(d)))
	t.fact("cost", fmt.Sprintf("%.3f s, %d rounds, %d messages, %d bytes", result.Seconds, result.Cost.Rounds, result.Cost.Messages, result.Cost.Bytes))
	hash := "sha256 " + result.SHA256
	if t.weights != "" {
		hash += ", written to " + t.weights
	}
	t.fact("weights", hash)
	t.WriteString("\n")
	t.confusion(on, d.Set.Classes, confusion)
}

// confusion prints how many rows of each class were decided how.
func (t *training) confusion(on string, classes []string, counts [2][2]int) {
	columns := []column{{head: on + " rows"}}
	for _, c := range classes {
		columns = append(columns, column{head: "decided " + c, right: true})
	}
	var rows [][]string
	for i, c := range classes {
		rows = append(rows, []string{"labelled " + c, fmt.Sprint(counts[i][0]), fmt.Sprint(counts[i][1])})
	}
	t.table(columns, rows)
}

func seedText(s engine.Scenario) string {
	if s.Fixed {
		return fmt.Sprintf("%d (fixed: for teaching and tests)", s.Seed)
	}
	return fmt.Sprintf("%d (drawn; repeat with --seed %d)", s.Seed, s.Seed)
}

func metricsText(m engine.Metrics) string {
	text := fmt.Sprintf("accuracy %.3f, loss %.4f", m.Accuracy, m.Loss)
	if number(m.AUC).finite() {
		text += fmt.Sprintf(", AUC %.3f", m.AUC)
	}
	return text
}

// majority names the more frequent class.
func majority(d *engine.Dataset) string {
	ones := 0
	for _, y := range d.Set.Y {
		ones += y
	}
	if 2*ones > d.Set.Len() {
		return d.Set.Classes[1]
	}
	return d.Set.Classes[0]
}
