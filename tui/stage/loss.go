package stage

import (
	"slices"
	"strconv"
	"strings"

	"unseen/engine"
	"unseen/tui/key"
	"unseen/tui/say"
	"unseen/tui/screen"
	"unseen/tui/widget"
)

// loss draws the course of the loss: each batch, the test rows after each epoch,
// and the best constant guess, which a model must beat.
type loss struct {
	key   lossKey // what was drawn last: charts are dear
	lines []string
	more  []screen.Word // that explain the gauge of privacy, where there is one
}

// lossKey is all that the chart depends on.
type lossKey struct {
	batches, epochs, w, h int
	dark                  bool
	last, train           float64 // loss of the last batch, and after the last epoch
	releases, reference   int
	eyes                  string
}

func (*loss) name() string { return "Loss" }

func (*loss) head(v *view) (title, right string) {
	h := v.scene.Snapshot.History
	if top, clipped := highest(v); clipped {
		return "Loss", "higher peaks, up to " + strconv.FormatFloat(top, 'g', 3, 64) + ", are cut"
	}
	if v.scene.Snapshot.Eyes != "" {
		return "Loss", "as " + say.The(v.scene.Snapshot.Eyes) + " knows it"
	}
	last := h.Epochs[len(h.Epochs)-1]
	if off, ok := v.reference.off(v); ok {
		return "Loss", "last " + strings.TrimSpace(widget.Num(off, 6)) + " off central · test " + widget.Percent(last.Test.Accuracy)
	}
	if v.scene.Test > 0 {
		return "Loss", "test accuracy " + widget.Percent(last.Test.Accuracy)
	}
	return "Loss", "accuracy " + widget.Percent(last.Train.Accuracy)
}

func (p *loss) body(v *view, w, h int) ([]string, int) {
	history := v.scene.Snapshot.History
	if eyes := v.scene.Snapshot.Eyes; eyes != "" && len(history.Batches) == 0 {
		lines := widget.Wrap(v.scene.OwnLoss(), w)
		for range max(0, min(4, h-len(lines)-1)) {
			lines = append(lines, hidden(v.theme, w))
		}
		return lines, 0
	}
	k := lossKey{eyes: v.scene.Snapshot.Eyes, batches: len(history.Batches), epochs: len(history.Epochs), w: w, h: h, dark: v.theme.IsDark, releases: v.scene.Snapshot.Releases, reference: len(v.reference.losses)}
	if len(history.Epochs) > 0 {
		k.train = history.Epochs[len(history.Epochs)-1].Train.Loss
	}
	if k.batches > 0 {
		k.last = history.Batches[k.batches-1].Loss
	}
	if k == p.key {
		return p.lines, 0
	}
	p.key = k
	p.lines, p.more = spent(v, w, h), privacyWords(v)
	p.lines = append(p.lines, chart(v).Render(v.theme, w, h-len(p.lines))...)
	return p.lines, 0
}

// steep is how many times the loss of a constant guess the axis goes up to:
// single rows on raw features cost so much that nothing else could be seen.
const steep = 4

// highest returns the highest loss of a batch, and whether the axis ends below it.
func highest(v *view) (top float64, clipped bool) {
	if v.scene.Scenario.Mode == engine.Federated || v.scene.Snapshot.Eyes != "" {
		return 0, false // drawn as a running mean, or without a guess to measure it by
	}
	for _, b := range v.scene.Snapshot.History.Batches {
		top = max(top, b.Loss)
	}
	return top, top > steep*v.scene.Baseline.Loss
}

func chart(v *view) widget.Chart {
	history := v.scene.Snapshot.History
	mode := v.scene.Scenario.Mode
	each := widget.Series{Name: "batch", Style: v.theme.Series(0)}
	for _, b := range history.Batches {
		each.X, each.Y = append(each.X, float64(b.Batch)), append(each.Y, b.Loss)
	}
	if mode == engine.Federated {
		each.Name = visits(len(history.Batches))
		each.Y = running(each.Y, smooth)
	}
	rounds := v.scene.Scenario.ServerRounds()
	after := widget.Series{Name: "train", Dashed: true, Style: v.theme.Series(1)}
	test := widget.Series{Name: "test", Dashed: true, Style: v.theme.Series(1)}
	var own widget.Series
	for _, e := range history.Epochs {
		x := float64(e.Batches)
		if rounds {
			x = float64(e.Epoch)
			for i, l := range e.LocalLoss {
				own.X, own.Y = append(own.X, x-1+float64(i+1)/float64(len(e.LocalLoss)+1)), append(own.Y, l)
			}
		}
		after.X, after.Y = append(after.X, x), append(after.Y, e.Train.Loss)
		test.X, test.Y = append(test.X, x), append(test.Y, e.Test.Loss)
	}
	lines, label, n := []widget.Series{test, each}, "batches", len(history.Batches)
	if v.scene.Test == 0 {
		lines[0] = after
	}
	if rounds {
		own.Name, own.Style = "own rows", v.theme.Series(2)
		after.Name, after.Dashed, after.Style = "all rows", false, v.theme.Series(0)
		lines, label, n = []widget.Series{after, own}, "server rounds", len(history.Epochs)-1
	} else if mode == engine.Federated {
		label = "visits"
	}
	if len(v.reference.losses) > 0 {
		lines = append(lines, v.reference.line(v))
	}
	last := v.scene.Losses() // how many there are when the run is over
	if rounds {
		last = v.scene.Epochs()
	}
	end := max(n, min(16, last)) // so that the first curves do not jump about
	guess := v.scene.Baseline.Loss
	if v.scene.Snapshot.Eyes == "" {
		lines = append(lines, widget.Series{Name: "guess", X: []float64{0, float64(end)}, Y: []float64{guess, guess},
			Dotted: true, Style: v.theme.Faint})
	} else {
		lines = []widget.Series{each} // no metrics are known to a party
		switch {
		case rounds:
			label = "own batches"
		case mode == engine.Federated:
			label = "own visits"
		} // else a batch has rows of all workers
	}
	c := widget.Chart{
		Series: lines, XLabel: label, Grows: true, XEnd: float64(max(end, last)),
		FormatX: func(x float64) string { return widget.Count(int(x + 0.5)) },
		FormatY: func(y float64) string { return strconv.FormatFloat(y, 'f', 2, 64) },
	}
	if _, clipped := highest(v); clipped {
		ceiling := steep * guess
		c.YMax = &ceiling
		for _, line := range lines {
			for i := range line.Y {
				line.Y[i] = min(line.Y[i], ceiling)
			}
		}
	}
	return c
}

// smooth is how many visits the curve of federated training is averaged over:
// single rows cost so differently that nothing else could be seen.
const smooth = 50

// visits names the curve of federated training after so many of them.
func visits(n int) string {
	if n == 1 {
		return "visit"
	}
	return "visits, mean of " + strconv.Itoa(min(n, smooth))
}

// running returns the mean of each number and the n − 1 before it.
func running(x []float64, n int) []float64 {
	out, sum := make([]float64, len(x)), 0.0
	for i, v := range x {
		sum += v
		if i >= n {
			sum -= x[i-n]
		}
		out[i] = sum / float64(min(i+1, n))
	}
	return out
}

func (*loss) handle(*view, key.Intent) bool { return false }
func (*loss) click(*view, int, int) bool    { return false }

func (p *loss) words() []screen.Word {
	return append(slices.Clip(p.more), []screen.Word{
		{Term: "batch", Meaning: "the mean loss of each batch, before its update: it jumps, since each batch has other rows"},
		{Term: "own rows", Meaning: "the mean loss of the workers’ local epochs, each on its own rows: it falls fast, since each worker fits only itself"},
		{Term: "all rows", Meaning: "the loss of the averaged model on all training rows: what training is for"},
		{Term: "test", Meaning: "the loss on rows the model never trained on, measured by the simulator after each epoch"},
		{Term: "central", Meaning: "beside a run on shares: what the same batches cost in central training, from the same weights, with nothing hidden"},
		{Term: "visits", Meaning: "of federated training: the mean loss of the last 50 visits, or of all as long as they are fewer, each before the worker’s step"},
		{Term: "guess", Meaning: "the constant guess: what it costs to give every row the class frequencies: a model that stays above has learnt nothing"},
	}...)
}
