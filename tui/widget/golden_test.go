package widget

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"

	"unseen/tui/theme"
)

// requireText compares what is seen, without colour, with a golden file.
func requireText(t *testing.T, lines ...string) {
	t.Helper()
	text := ansi.Strip(strings.Join(lines, "\n")) + "\n"
	golden.RequireEqual(t, text)
}

func TestGoldenPanes(t *testing.T) {
	th := theme.New(true)
	body := Wrap("d = x − a and e = y − b are opened: a and b are uniform, so they say nothing of x and y.", 36)
	a := Pane{Title: "Multiply without looking", Right: "step 3", W: 40, H: 6}
	b := Pane{Title: "2 ■ David", Right: "9 objects", Focused: true, W: 30, H: 6, Offset: 4, Total: 12}
	c := Pane{Title: "A title that is much too long", Number: "3", Right: "gone", W: 18, H: 6, Flush: true}
	requireText(t, JoinH(1, a.Render(th, body), b.Render(th, []string{"x  share", "w1 share"}), c.Render(th, []string{"flush"}))...)
}

func goldenMatrix() Matrix {
	return Matrix{
		Rows: 42, Cols: 30, CursorR: 3, CursorC: 2, MarkRow: 3, MarkCol: 2, Heat: true,
		At: func(r, c int) float64 { return math.Sin(float64(r*7+c*3)) * math.Pow(10, float64((r*c)%5-2)) },
	}
}

func TestGoldenMatrix(t *testing.T) {
	requireText(t, goldenMatrix().Render(theme.New(true), 60, 10)...)
}

func TestGoldenMatrixLabels(t *testing.T) {
	names := []string{"age", "income", "debt", "ÄÖÜ", "漢字"}
	m := goldenMatrix()
	m.Rows, m.Cols, m.MarkRow, m.MarkCol, m.CursorR = 5, 3, -1, -1, -1
	m.RowLabel = func(i int) string { return names[i] }
	m.ColLabel = func(i int) string { return fmt.Sprintf("h%d", i+1) }
	m.Cell = func(r, c int) string { return fmt.Sprintf("%04x…", r*4096+c) }
	requireText(t, m.Render(theme.New(true), 44, 7)...)
}

func goldenChart() Chart {
	var train, test, guess []float64
	for i := range 170 {
		train = append(train, 0.28+0.42*math.Exp(-float64(i)/50)+0.02*math.Sin(float64(i*i)))
		test = append(test, 0.34+0.36*math.Exp(-float64(i)/45))
		guess = append(guess, 0.687)
	}
	at := 105.0
	return Chart{
		Series: []Series{{Name: "train", Y: train}, {Name: "test", Y: test, Dashed: true}, {Name: "constant guess", Y: guess, Dotted: true}},
		XLabel: "batch", YLabel: "loss", Marker: &at,
	}
}

func TestGoldenChart(t *testing.T) {
	requireText(t, goldenChart().Render(theme.New(true), 80, 14)...)
}

func TestGoldenChartSmall(t *testing.T) {
	th, c := theme.New(true), goldenChart()
	var lines []string
	for _, size := range [][2]int{{40, 6}, {40, 4}, {40, 2}, {20, 1}, {9, 1}} {
		lines = append(lines, fmt.Sprintf("%d by %d", size[0], size[1]))
		lines = append(lines, c.Render(th, size[0], size[1])...)
	}
	lines = append(lines, "no data")
	lines = append(lines, Chart{Series: []Series{{Y: []float64{math.NaN()}}}}.Render(th, 40, 3)...)
	requireText(t, lines...)
}

func TestGoldenLines(t *testing.T) {
	th := theme.New(true)
	modes := []string{"central", "federated", "aggregated", "secure aggregation", "encrypted"}
	where := []string{"epoch 1/10", "batch 3/17", "layer 1 forward", "matmul", "open d, e"}
	keys := [][2]string{{"←/→", "step"}, {"[ ]", "zoom"}, {"space", "play"}, {"tab", "pane"}, {"q", "back"}}
	signed := []float64{.1, -.2, .3, -.9, 0, .8, -.4, 1, -1, .5}
	p := Progress{Label: "Training", Done: 371, Total: 1700, Left: 83 * time.Second, W: 76}
	lines := []string{
		Segmented(th, modes, 2), Breadcrumb(th, 76, where), Breadcrumb(th, 40, where), Breadcrumb(th, 8, where),
		Footer(th, 76, keys), Footer(th, 30, keys), Tabs(th, 50, modes[:3], 1), p.Render(th),
	}
	p.W = 55
	lines = append(lines, p.Render(th))
	p.W = 20
	lines = append(lines, p.Render(th), Bars(th, []float64{0, 1, 2, 3, 4, 5, 6, 7, math.NaN(), 7}, 12), HeatStrip(th, signed, 12),
		Gauge(th, 0, 10), Gauge(th, 0.55, 10), Gauge(th, 1, 10))
	for i := range lines {
		lines[i] += "|"
	}
	requireText(t, lines...)
}

func TestGoldenTableAndDialog(t *testing.T) {
	th := theme.New(true)
	tb := Table{
		Head: []string{"step", "what", "to whom", "why", "bytes"}, Right: []bool{true, false, false, false, true}, Selected: 1,
		Rows: [][]string{
			{"8,412", "d = x − a", "everyone", "a is uniform and used once", Bytes(10752)},
			{"8,433", "loss", "server", "the task asks for it", Bytes(8)},
			{"9,001", "weights", "server", "the result of the training", Bytes(1_300_000)},
		},
	}
	l := List{Selected: 1, Items: []ListItem{{"Step forward", "do the next operation", "→"}, {"Ledger", "every value that was opened", "L"}, {"Quit", "", "q"}}}
	base := append(tb.Render(th, 76, 5), tb.Render(th, 50, 5)...)
	base = append(base, tb.Render(th, 20, 5)...)
	base = Block(base, 76, 22)
	box := Box(th, "Commands", 50, append([]string{"› st", ""}, l.Render(th, 46, 4)...))
	requireText(t, Dialog(th, base, box)...)
}

func TestGoldenConfusion(t *testing.T) {
	th := theme.New(true)
	c := Confusion{TP: 54, FP: 9, FN: 8, TN: 60, Positive: "approved", Negative: "denied"}
	requireText(t, append(c.Render(th, 64, 6), c.Render(th, 30, 6)...)...)
}
