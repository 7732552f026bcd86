package stage

import (
	"strconv"

	"unseen/tui/key"
	"unseen/tui/screen"
	"unseen/tui/widget"
)

// loss draws the course of the loss: each batch, the test rows after each epoch,
// and the best constant guess, which a model must beat.
type loss struct {
	key   lossKey // what was drawn last: charts are dear
	lines []string
}

// lossKey is all that the chart depends on.
type lossKey struct {
	batches, epochs, w, h int
	dark                  bool
	last                  float64
}

func (*loss) name() string { return "Loss" }

func (*loss) head(v *view) (title, right string) {
	h := v.scene.Snapshot.History
	if top, clipped := highest(v); clipped {
		return "Loss", "higher peaks, up to " + strconv.FormatFloat(top, 'g', 3, 64) + ", are cut"
	}
	last := h.Epochs[len(h.Epochs)-1]
	if v.scene.Test > 0 {
		return "Loss", "test accuracy " + widget.Percent(last.Test.Accuracy)
	}
	return "Loss", "accuracy " + widget.Percent(last.Train.Accuracy)
}

func (p *loss) body(v *view, w, h int) ([]string, int) {
	history := v.scene.Snapshot.History
	k := lossKey{batches: len(history.Batches), epochs: len(history.Epochs), w: w, h: h, dark: v.theme.IsDark}
	if k.batches > 0 {
		k.last = history.Batches[k.batches-1].Loss
	}
	if k == p.key {
		return p.lines, 0
	}
	p.key = k
	p.lines = chart(v).Render(v.theme, w, h)
	return p.lines, 0
}

// steep is how many times the loss of a constant guess the axis goes up to:
// single rows on raw features cost so much that nothing else could be seen.
const steep = 4

// highest returns the highest loss of a batch, and whether the axis ends below it.
func highest(v *view) (top float64, clipped bool) {
	for _, b := range v.scene.Snapshot.History.Batches {
		top = max(top, b.Loss)
	}
	return top, top > steep*v.scene.Baseline.Loss
}

func chart(v *view) widget.Chart {
	history := v.scene.Snapshot.History
	batch := widget.Series{Name: "batch"}
	for _, b := range history.Batches {
		batch.X, batch.Y = append(batch.X, float64(b.Batch)), append(batch.Y, b.Loss)
	}
	after := widget.Series{Name: "train", Dashed: true}
	test := widget.Series{Name: "test", Dashed: true}
	for _, e := range history.Epochs {
		x := float64(e.Batches)
		after.X, after.Y = append(after.X, x), append(after.Y, e.Train.Loss)
		test.X, test.Y = append(test.X, x), append(test.Y, e.Test.Loss)
	}
	// The axis grows in jumps, so that the curve stands still between them.
	end := 16
	for end < len(history.Batches) {
		end *= 2
	}
	guess := widget.Series{Name: "constant guess", X: []float64{0, float64(end)}, Y: []float64{v.scene.Baseline.Loss, v.scene.Baseline.Loss}, Dotted: true}
	second := after
	if v.scene.Test > 0 {
		second = test
	}
	batch.Style, second.Style, guess.Style = v.theme.Series(0), v.theme.Series(1), v.theme.Faint
	var ceiling *float64
	if _, clipped := highest(v); clipped {
		y := steep * v.scene.Baseline.Loss
		ceiling = &y
		for _, line := range []*widget.Series{&batch, &second} {
			for i := range line.Y {
				line.Y[i] = min(line.Y[i], y)
			}
		}
	}
	return widget.Chart{
		YMax:   ceiling,
		Series: []widget.Series{second, batch, guess}, XLabel: "batches",
		FormatX: func(x float64) string { return widget.Count(int(x + 0.5)) },
		FormatY: func(y float64) string { return strconv.FormatFloat(y, 'f', 2, 64) },
	}
}

func (*loss) handle(*view, key.Intent) bool { return false }
func (*loss) click(*view, int) bool         { return false }

func (*loss) words() []screen.Word {
	return []screen.Word{
		{Term: "batch", Meaning: "the mean loss of each batch, before its update: it jumps, since each batch has other rows"},
		{Term: "test", Meaning: "the loss on rows the model never trained on, measured by the simulator after each epoch"},
		{Term: "constant guess", Meaning: "what it costs to give every row the class frequencies: a model that stays above has learnt nothing"},
	}
}
