package charts

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"unseen/tui/plot"
)

// export writes everything the screen shows into a folder: the curves and the ROC
// as PNG, SVG and CSV, the decisions, workers, costs and what private runs have spent
// as CSV.
func (c *Charts) export() tea.Cmd {
	if len(c.shelf.runs) == 0 {
		c.notice = "there is no run to export"
		return nil
	}
	snapshot := *c
	snapshot.shelf = &Shelf{runs: append([]*Run(nil), c.shelf.runs...)}
	folder := fmt.Sprintf("unseen-charts-%d", c.run().Scenario.Seed)
	return func() tea.Msg {
		n, err := snapshot.write(folder)
		return exported{c, folder, n, err}
	}
}

// write writes the files of an export, and counts them.
func (c *Charts) write(folder string) (n int, err error) {
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return 0, err
	}
	files := map[string]func(io.Writer) error{
		"curves.csv": c.curvesCSV, "roc.csv": c.rocCSV, "decisions.csv": c.decisionsCSV, "workers.csv": c.workersCSV, "cost.csv": c.costCSV,
	}
	if c.private() {
		files["privacy.csv"] = c.privacyCSV
	}
	for _, format := range plot.Formats() {
		files["curves."+format] = func(w io.Writer) error { return c.plotCurves(w, format) }
		files["roc."+format] = func(w io.Writer) error { return c.plotROC(w, format) }
	}
	for name, write := range files {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			return n, fmt.Errorf("%s: %w", name, err)
		}
		if err := os.WriteFile(filepath.Join(folder, name), b.Bytes(), 0o666); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

func (c *Charts) plotCurves(w io.Writer, format string) error {
	var list []plot.Curve
	for i, r := range c.shelf.runs {
		curve := plot.Curve{Name: c.name(i)}
		for k, x := range r.passes() {
			e := r.Result.History.Epochs[k]
			curve.Points = append(curve.Points, plot.Point{Passes: x, Loss: e.Train.Loss, Accuracy: r.metrics(e).Accuracy})
		}
		for _, s := range r.Spent() {
			curve.Spent = append(curve.Spent, plot.Spent(s))
		}
		list = append(list, curve)
	}
	r := c.run()
	return plot.Write(w, format, "Loss on the training rows, accuracy on the "+r.judgement, list, plot.Baseline{Loss: r.guess.Loss, Accuracy: r.guess.Test})
}

func (c *Charts) plotROC(w io.Writer, format string) error {
	lines := []plot.Line{}
	for i, r := range c.shelf.runs {
		lines = append(lines, plot.Line{Name: fmt.Sprintf("%s, AUC %s", c.name(i), number(r.area)), X: r.fpr, Y: r.tpr})
	}
	return plot.WriteLines(w, format, "ROC on the "+c.run().judgement, "wrong yes (false positive rate)", "right yes (true positive rate)", lines)
}

// table writes records as CSV, a header first.
func table(w io.Writer, head []string, rows [][]string) error {
	out := csv.NewWriter(w)
	if err := out.Write(head); err != nil {
		return err
	}
	return out.WriteAll(rows)
}

func decimal(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

func (c *Charts) curvesCSV(w io.Writer) error {
	var rows [][]string
	for i, r := range c.shelf.runs {
		for k, x := range r.passes() {
			e := r.Result.History.Epochs[k]
			rows = append(rows, []string{c.name(i), strconv.Itoa(e.Epoch), decimal(x), decimal(e.Train.Loss), decimal(e.Train.Accuracy),
				decimal(e.Test.Loss), decimal(e.Test.Accuracy), decimal(e.Test.AUC)})
		}
	}
	return table(w, []string{"run", "epoch", "passes", "train_loss", "train_accuracy", "test_loss", "test_accuracy", "test_auc"}, rows)
}

func (c *Charts) rocCSV(w io.Writer) error {
	var rows [][]string
	for i, r := range c.shelf.runs {
		for k := range r.fpr {
			rows = append(rows, []string{c.name(i), decimal(r.fpr[k]), decimal(r.tpr[k])})
		}
	}
	return table(w, []string{"run", "false_positive_rate", "true_positive_rate"}, rows)
}

func (c *Charts) decisionsCSV(w io.Writer) error {
	head := []string{"run", "row", "person", "probability", "label", "approved_at_50"}
	if c.threshold != 50 {
		head = append(head, fmt.Sprintf("approved_at_%d", c.threshold))
	}
	var rows [][]string
	for i, r := range c.shelf.runs {
		for _, s := range r.scores {
			label := r.Dataset.Set.Classes[1]
			if s.First {
				label = r.Dataset.Set.Classes[0]
			}
			p := r.people[s.Row]
			cells := []string{c.name(i), strconv.Itoa(s.Row + 1), p.First + " " + p.Last, decimal(s.Probability), label,
				strconv.FormatBool(s.Probability >= 0.5), strconv.FormatBool(s.Probability >= float64(c.threshold)/100)}
			rows = append(rows, cells[:len(head)])
		}
	}
	return table(w, head, rows)
}

func (c *Charts) workersCSV(w io.Writer) error {
	var rows [][]string
	for i, r := range c.shelf.runs {
		for _, l := range r.workers {
			rows = append(rows, []string{c.name(i), l.ID, strconv.Itoa(l.Rows), decimal(l.Loss)})
		}
	}
	return table(w, []string{"run", "worker", "rows", "loss"}, rows)
}

func (c *Charts) costCSV(w io.Writer) error {
	var rows [][]string
	for i, r := range c.shelf.runs {
		cost := r.Result.Cost
		who, sent := r.largestSender()
		rows = append(rows, []string{c.name(i), fmt.Sprint(cost.Messages), fmt.Sprint(cost.Rounds), fmt.Sprint(cost.Bytes), who, fmt.Sprint(sent), decimal(r.Result.Seconds)})
	}
	return table(w, []string{"run", "messages", "rounds", "bytes", "largest_sender", "largest_sender_bytes", "seconds"}, rows)
}
