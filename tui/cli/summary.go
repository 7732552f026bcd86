package cli

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"unseen/engine"
)

// summary prints what a run came to.
func (p *printer) summary(r *request, done engine.Run) {
	d, final := done.Dataset, done.Result.Final()
	p.WriteString("\n")
	p.fact("data", dataText(r, d))
	if done.Scenario.Mode != engine.Central {
		p.fact("workers", workersText(done))
	}
	if done.Scenario.Mode == engine.SecureAggregation {
		p.secureFacts(done)
	}
	if done.Result.Shares != nil {
		p.sharesFacts(done)
	}
	p.fact("seed", seedText(done.Scenario))
	p.fact("train", metricsText(final.Train))
	on, confusion := "train", final.Train.Confusion
	if tested(d) {
		p.fact("test", metricsText(final.Test))
		on, confusion = "test", final.Test.Confusion
	}
	p.private(done)
	p.fact("measured", "by the simulator, outside the protocol")
	p.fact("baseline", baselineText(done))
	cost := done.Result.Cost
	p.fact("cost", fmt.Sprintf("%.3f s, %s, %s, %s", done.Result.Seconds, counted(cost.Rounds, "round"), counted(cost.Messages, "message"), bytesText(cost.Bytes)))
	hash := "sha256 " + done.Result.SHA256
	if r.weights != "" {
		hash += ", written to " + r.weights
	}
	p.fact("weights", hash)
	if r.plot != "" {
		p.fact("plot", "written to "+r.plot)
	}
	p.WriteString("\n")
	p.confusion(on, d.Set.Classes, confusion)
	if done.Result.Shares != nil {
		p.twin(done.Result.Shares.Twin)
	}
}

// dataText says which rows a run used and for what.
func dataText(r *request, d *engine.Dataset) string {
	use := fmt.Sprintf("%d to train on", len(d.Split.Train))
	if tested(d) {
		use += fmt.Sprintf(", %d to test", len(d.Split.Test))
	}
	return fmt.Sprintf("%s: %d rows, %d features; %s", r.described(d.Set.Table), d.Set.Len(), d.Features(), use)
}

// workersText says how many own the training rows, and how many each.
func workersText(done engine.Run) string {
	workers := done.Dataset.Workers
	least, most := len(workers[0].Rows), len(workers[0].Rows)
	for _, w := range workers {
		least, most = min(least, len(w.Rows)), max(most, len(w.Rows))
	}
	each := counted(int64(least), "row") + " each"
	if most > least {
		each = fmt.Sprintf("%d or %d rows each", least, most)
	}
	text := fmt.Sprintf("%s, %s", grouped(int64(len(workers))), each)
	if skew := done.Scenario.Data.Skew; skew != "" && most > 1 {
		text += ", that differ in " + skew
	}
	return text
}

func baselineText(done engine.Run) string {
	accuracy, rows := done.Baseline.Accuracy, "all rows"
	if !math.IsNaN(done.Baseline.Test) {
		accuracy, rows = done.Baseline.Test, "the test rows"
	}
	return fmt.Sprintf("accuracy %.3f on %s for always answering %q", accuracy, rows, majority(done.Dataset))
}

// confusion prints how many rows of each class were decided how.
func (p *printer) confusion(on string, classes []string, counts [2][2]int) {
	columns := []column{{head: on + " rows"}}
	for _, c := range classes {
		columns = append(columns, column{head: "decided " + c, right: true})
	}
	var rows [][]string
	for i, c := range classes {
		rows = append(rows, []string{"labelled " + c, fmt.Sprint(counts[i][0]), fmt.Sprint(counts[i][1])})
	}
	p.table(columns, rows)
}

func seedText(s engine.Scenario) string {
	if s.Fixed {
		return fmt.Sprintf("%d (fixed: for teaching and tests)", s.Seed)
	}
	return fmt.Sprintf("%d (drawn; repeat with --seed %d)", s.Seed, s.Seed)
}

func metricsText(m engine.Metrics) string {
	text := fmt.Sprintf("accuracy %.3f, loss %s", m.Accuracy, lossText(m.Loss))
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

// grouped writes a whole number with a comma after each thousand.
func grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	var b strings.Builder
	for i, d := range digits {
		if left := len(digits) - i; i > 0 && left%3 == 0 && digits[i-1] != '-' {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// counted writes "1 round", "2 rounds" and so on.
func counted(n int64, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return grouped(n) + " " + noun
}

// bytesText writes a number of bytes, and from a thousand on what that is in
// larger units too.
func bytesText(n int64) string {
	text := counted(n, "byte")
	if n >= 1000 {
		text += " (" + inUnits(n) + ")"
	}
	return text
}

// inUnits writes a number of bytes with three digits in the unit that fits.
func inUnits(n int64) string {
	x, units := float64(n), []string{"B", "kB", "MB", "GB", "TB", "PB", "EB"}
	i := 0
	for ; x >= 999.5 && i < len(units)-1; i++ {
		x /= 1000
	}
	if i == 0 {
		return fmt.Sprintf("%d B", n)
	}
	digits := 2
	switch {
	case x >= 99.95:
		digits = 0
	case x >= 9.995:
		digits = 1
	}
	return fmt.Sprintf("%.*f %s", digits, x, units[i])
}
