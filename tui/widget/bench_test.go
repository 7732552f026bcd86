package widget

import (
	"math"
	"testing"

	"unseen/tui/theme"
)

func BenchmarkInk(b *testing.B) {
	t := theme.New(true)
	for b.Loop() {
		inkOf(t.Cursor)
	}
}

func BenchmarkPane(b *testing.B) {
	t := theme.New(true)
	body := Wrap(t.Good.Render("d")+" = x − a and e = y − b are opened: a and b are uniform, so they say nothing of x and y.", 40)
	p := Pane{Title: "Messages", Right: "21 kB", W: 60, H: 30, Total: 90}
	for b.Loop() {
		p.Render(t, body)
	}
}

func benchMatrix() Matrix {
	return Matrix{
		Rows: 653, Cols: 42, CursorR: 3, CursorC: 4, MarkRow: 3, MarkCol: 4, Heat: true,
		At: func(r, c int) float64 { return math.Sin(float64(r*42 + c)) },
	}
}

func BenchmarkMatrix(b *testing.B) {
	t := theme.New(true)
	m := benchMatrix()
	for b.Loop() {
		m.Render(t, 100, 30)
	}
}

func benchChart(n int) Chart {
	x, y, z := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range x {
		x[i], y[i], z[i] = float64(i), math.Sin(float64(i)/40)+math.Sin(float64(i)*7)/9, math.Cos(float64(i)/50)
	}
	return Chart{Series: []Series{{Name: "train", X: x, Y: y}, {Name: "test", X: x, Y: z, Dashed: true}}, XLabel: "step"}
}

func BenchmarkChart(b *testing.B) {
	t := theme.New(true)
	c := benchChart(1700)
	for b.Loop() {
		c.Render(t, 100, 20)
	}
}

func BenchmarkChart100k(b *testing.B) {
	t := theme.New(true)
	c := benchChart(100_000)
	for b.Loop() {
		c.Render(t, 100, 20)
	}
}

// BenchmarkScreen draws a whole screen of 200 by 60 cells.
func BenchmarkScreen(b *testing.B) {
	t := theme.New(true)
	m, c := benchMatrix(), benchChart(1700)
	rows := make([][]string, 60)
	for i := range rows {
		rows[i] = []string{Count(i * 977), "d = x − a", "1 → 2", Bytes(int64(i) * 12345)}
	}
	tb := Table{Head: []string{"step", "what", "who", "bytes"}, Rows: rows, Right: []bool{true, false, false, true}, Selected: 4}
	keys := [][2]string{{"←/→", "step"}, {"space", "play"}, {"tab", "pane"}, {"?", "help"}, {"q", "back"}}
	for b.Loop() {
		a := Pane{Title: "x", W: 100, H: 29}
		w, h := a.Inner()
		top := JoinH(0, a.Render(t, m.Render(t, w, h)), a.Render(t, m.Render(t, w, h)))
		low := JoinH(0, a.Render(t, c.Render(t, w, h)), a.Render(t, tb.Render(t, w, h)))
		Breadcrumb(t, 200, []string{"epoch 1/10", "batch 3/17", "matmul"})
		Footer(t, 200, keys)
		Dialog(t, append(top, low...), Box(t, "Go to", 60, []string{"step 8,412"}))
	}
}
