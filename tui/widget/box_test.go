package widget

import (
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"unseen/tui/theme"
)

func floats() *rapid.Generator[float64] {
	return rapid.OneOf(
		rapid.Float64Range(-3, 3), rapid.Float64(),
		rapid.SampledFrom([]float64{0, 1, -1, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, -math.MaxFloat64, 5e-324}),
	)
}

func someFloats() *rapid.Generator[[]float64] { return rapid.SliceOfN(floats(), 0, 60) }

func TestPaneIsExact(t *testing.T) {
	th := theme.New(true)
	rapid.Check(t, func(t *rapid.T) {
		p := Pane{
			Title: texts().Draw(t, "title"), Right: texts().Draw(t, "right"), Number: texts().Draw(t, "number"),
			Focused: rapid.Bool().Draw(t, "focused"), Flush: rapid.Bool().Draw(t, "flush"),
			W: sizes().Draw(t, "w"), H: rapid.IntRange(-1, 20).Draw(t, "h"),
			Offset: rapid.IntRange(-5, 50).Draw(t, "offset"), Total: rapid.IntRange(-5, 50).Draw(t, "total"),
		}
		body := rapid.SliceOfN(texts(), 0, 9).Draw(t, "body")
		checkBox(t, p.Render(th, body), p.W, p.H)
		w, h := p.Inner()
		if w < 0 || h < 0 {
			t.Fatalf("inner size %d by %d", w, h)
		}
		checkBox(t, Box(th, p.Title, p.W, body), p.W, len(body)+2)
	})
}

func TestPaneShowsItsWholeBody(t *testing.T) {
	th := theme.New(false)
	rapid.Check(t, func(t *rapid.T) {
		p := Pane{W: rapid.IntRange(0, 40).Draw(t, "w"), H: rapid.IntRange(0, 9).Draw(t, "h"), Flush: rapid.Bool().Draw(t, "flush")}
		w, h := p.Inner()
		body := make([]string, h)
		for i := range body {
			body[i] = strings.Repeat("x", w)
		}
		if got := strings.Count(strings.Join(p.Render(th, body), ""), "x"); got != w*h {
			t.Fatalf("%d cells of the body are visible, want %d by %d", got, w, h)
		}
	})
}

func TestMatrixIsExact(t *testing.T) {
	th := theme.New(true)
	rapid.Check(t, func(t *rapid.T) {
		vals := append(someFloats().Draw(t, "vals"), 1)
		names := append(rapid.SliceOfN(texts(), 0, 9).Draw(t, "names"), "x")
		small := rapid.IntRange(-2, 40)
		m := Matrix{
			Rows: small.Draw(t, "rows"), Cols: small.Draw(t, "cols"),
			Top: small.Draw(t, "top"), Left: small.Draw(t, "left"),
			CursorR: small.Draw(t, "cr"), CursorC: small.Draw(t, "cc"),
			MarkRow: small.Draw(t, "mr"), MarkCol: small.Draw(t, "mc"),
			CellW: rapid.IntRange(-1, 14).Draw(t, "cellw"), Heat: rapid.Bool().Draw(t, "heat"),
			At: func(r, c int) float64 { return vals[(r*7+c)%len(vals)] },
		}
		if rapid.Bool().Draw(t, "labels") {
			m.RowLabel = func(i int) string { return names[i%len(names)] }
			m.ColLabel = m.RowLabel
		}
		if rapid.Bool().Draw(t, "cells") {
			m.Cell = func(r, c int) string { return names[(r+c)%len(names)] }
			if rapid.Bool().Draw(t, "no numbers") {
				m.At = nil
			}
		}
		w, h := sizes().Draw(t, "w"), rapid.IntRange(-1, 24).Draw(t, "h")
		checkBox(t, m.Render(th, w, h), w, h)
		rows, cols := m.Visible(w, h)
		if rows < 0 || cols < 0 || rows > max(m.Rows, 0) || cols > max(m.Cols, 0) {
			t.Fatalf("visible %d by %d of %d by %d", rows, cols, m.Rows, m.Cols)
		}
	})
}

func TestMatrixShowsTheCursor(t *testing.T) {
	th := theme.New(true)
	cursor := inkOf(th.Cursor).pre
	rapid.Check(t, func(t *rapid.T) {
		m := Matrix{Rows: 50, Cols: 30, MarkRow: -1, MarkCol: -1, At: func(r, c int) float64 { return float64(r - c) }}
		m.CursorR, m.CursorC = rapid.IntRange(0, 49).Draw(t, "r"), rapid.IntRange(0, 29).Draw(t, "c")
		m.Top, m.Left = rapid.IntRange(0, 60).Draw(t, "top"), rapid.IntRange(0, 60).Draw(t, "left")
		w, h := rapid.IntRange(14, 90).Draw(t, "w"), rapid.IntRange(2, 30).Draw(t, "h")
		if got := strings.Join(m.Render(th, w, h), "\n"); !strings.Contains(got, cursor+Num(m.At(m.CursorR, m.CursorC), 8)) {
			t.Fatalf("cursor is not visible:\n%s", ansi.Strip(got))
		}
	})
}

func TestChartIsExact(t *testing.T) {
	th := theme.New(true)
	rapid.Check(t, func(t *rapid.T) {
		c := Chart{XLabel: texts().Draw(t, "x"), YLabel: texts().Draw(t, "y")}
		for range rapid.IntRange(0, 4).Draw(t, "series") {
			s := Series{
				Name: texts().Draw(t, "name"), Y: someFloats().Draw(t, "Y"),
				Dashed: rapid.Bool().Draw(t, "dashed"), Dotted: rapid.Bool().Draw(t, "dotted"),
			}
			if rapid.Bool().Draw(t, "has x") {
				s.X = someFloats().Draw(t, "X")
			}
			c.Series = append(c.Series, s)
		}
		for _, p := range []**float64{&c.YMin, &c.YMax, &c.Marker} {
			if rapid.Bool().Draw(t, "set") {
				v := floats().Draw(t, "v")
				*p = &v
			}
		}
		if rapid.Bool().Draw(t, "formats") {
			text := texts().Draw(t, "text")
			c.FormatX = func(float64) string { return text }
			c.FormatY = c.FormatX
		}
		w, h := sizes().Draw(t, "w"), rapid.IntRange(-1, 24).Draw(t, "h")
		checkBox(t, c.Render(th, w, h), w, h)
	})
}

func TestChartKeepsSpikes(t *testing.T) {
	y := make([]float64, 50_000)
	y[31_234] = 1
	for _, dashed := range []bool{false, true} {
		c := Chart{Series: []Series{{Y: y, Dashed: dashed}}}
		lines := c.Render(theme.New(true), 60, 14)
		high := ansi.Strip(lines[2])
		if !strings.ContainsFunc(high, func(r rune) bool { return r > brailleBlank && r <= '\u28ff' }) {
			t.Errorf("the spike is lost:\n%s", ansi.Strip(strings.Join(lines, "\n")))
		}
	}
}

func TestLinesAreExact(t *testing.T) {
	th := theme.New(true)
	rapid.Check(t, func(t *rapid.T) {
		w := sizes().Draw(t, "w")
		vals := someFloats().Draw(t, "vals")
		some := rapid.SliceOfN(texts(), 0, 8).Draw(t, "texts")
		checkLine(t, Bars(th, vals, w), w)
		checkLine(t, HeatStrip(th, vals, w), w)
		checkLine(t, Gauge(th, floats().Draw(t, "frac"), w), w)
		checkLine(t, Hidden(th, w), w)
		checkLine(t, Breadcrumb(th, w, some), w)
		checkLine(t, Tabs(th, w, some, 1), w)
		pairs := make([][2]string, len(some))
		for i, s := range some {
			pairs[i] = [2]string{s, texts().Draw(t, "word")}
		}
		checkLine(t, Footer(th, w, pairs), w)
		p := Progress{
			Label: texts().Draw(t, "label"), Done: rapid.IntRange(-5, 200).Draw(t, "done"),
			Total: rapid.IntRange(-5, 100).Draw(t, "total"), Left: time.Duration(rapid.Int64().Draw(t, "left")), W: w,
		}
		checkLine(t, p.Render(th), w)
		if n := len(some); n > 0 {
			want := Width(Segmented(th, some, 0))
			if got := Width(Segmented(th, some, rapid.IntRange(0, n-1).Draw(t, "sel"))); got != want {
				t.Fatalf("Segmented jumps from %d to %d cells", want, got)
			}
		}
	})
}

// However narrow a footer, the way out and help are the last to go, in that order.
func TestFootersKeepTheWayOut(t *testing.T) {
	entries := [][2]string{{"tab", "next view"}, {"?", "help"}, {"q", "back"}, {"↑↓", "run"}, {"E", "export"}}
	before := 0
	for w := 80; w >= 7; w-- {
		line := ansi.Strip(Footer(theme.New(true), w, entries))
		if !strings.Contains(line, "q back") {
			t.Errorf("%d cells: no way out in %q", w, line)
		}
		shown := 0
		for _, e := range entries {
			if strings.Contains(line, e[0]+" "+e[1]) {
				shown++
			}
		}
		if shown > 1 && !strings.Contains(line, "? help") {
			t.Errorf("%d cells: no help in %q", w, line)
		}
		if w < 80 && shown > before {
			t.Errorf("%d cells: more than with one more: %q", w, line)
		}
		before = shown
	}
}

// At every height the ticks of the y axis are 1, 2 or 5 times a power of ten apart, as
// many rows from one to the next, on the row on which their values lie, and written
// apart; all that is shown lies within the axis, and not much of it is left empty.
func TestTicksFallEvenly(t *testing.T) {
	th := theme.New(true)
	for _, format := range []func(float64) string{nil, Percent, func(x float64) string { return strconv.FormatFloat(x, 'f', 2, 64) }} {
		rapid.Check(t, func(t *rapid.T) {
			low := rapid.OneOf(rapid.Just(0.0), rapid.Float64Range(-1000, 1000), rapid.Float64Range(0, 1)).Draw(t, "low")
			high := low + math.Exp2(rapid.Float64Range(-4, 12).Draw(t, "width"))
			c := Chart{Series: []Series{{Y: []float64{low, high}}}, FormatY: format}
			if rapid.Bool().Draw(t, "fixed") {
				c.YMin, c.YMax = &low, &high
			}
			raw, ok := c.frame()
			if !ok {
				t.Fatal("there is nothing to draw")
			}
			h := rapid.IntRange(1, 60).Draw(t, "h")
			f, ticks := c.level(raw, h)
			slack := 1e-5*(f.y1-f.y0)/float64(dots*h-1) + 1e-12*math.Abs(low) // of a dot
			times := 1.6                                                      // what is shown, at most; few rows leave little choice
			if h < 8 {
				times = 2.6
			}
			if f.y0 > raw.y0+slack || f.y1 < raw.y1-slack || h > 2 && f.y1-f.y0 > times*(raw.y1-raw.y0) {
				t.Fatalf("%v to %v in %d rows: the axis is from %v to %v", raw.y0, raw.y1, h, f.y0, f.y1)
			}
			if low >= 0 && f.y0 < -slack {
				t.Fatalf("the axis of what is never negative begins at %v", f.y0)
			}
			if h > 1 && len(ticks) < 2 || len(ticks) > 1+h {
				t.Fatalf("%v to %v in %d rows has the ticks %v", raw.y0, raw.y1, h, ticks)
			}
			step := (f.y1 - f.y0) / float64(dots*h-1) * dots // of a row
			for i := 1; i < len(ticks); i++ {
				apart := ticks[i].at - ticks[i-1].at
				if apart < 1 || apart != ticks[1].at-ticks[0].at || ticks[i].text == ticks[i-1].text {
					t.Fatalf("%v to %v in %d rows has the ticks %v", low, high, h, ticks)
				}
				digits := float64(apart) * step
				for digits < 0.999999 {
					digits *= 10
				}
				for digits > 9.99999 {
					digits /= 10
				}
				if d := min(math.Abs(digits-1), math.Abs(digits-2), math.Abs(digits-5)); d > 1e-4 {
					t.Fatalf("ticks of %v to %v are %v apart", low, high, float64(apart)*step)
				}
			}
			for _, tk := range ticks {
				if format != nil || tk.at < 0 || tk.at >= h {
					continue
				}
				v, err := strconv.ParseFloat(strings.ReplaceAll(tk.text, ",", ""), 64)
				if err != nil || f.row(v, h) != tk.at {
					t.Fatalf("%q stands on row %d of %d, not %d: %v", tk.text, tk.at, h, f.row(v, h), err)
				}
			}
			lines := c.Render(th, 60, h+3)
			checkBox(t, lines, 60, h+3)
		})
	}
}

// An axis that grows ends less than one tick behind the data; another one where the data
// do. The ticks are even up to a cell, and written apart.
func TestTheEndOfTheAxis(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := float64(rapid.IntRange(1, 100_000).Draw(t, "n"))
		w := rapid.IntRange(20, 200).Draw(t, "w")
		c := Chart{Series: []Series{{X: []float64{0, n}, Y: []float64{0, 1}}}, XLabel: "visits", FormatX: func(x float64) string { return Count(int(x + 0.5)) }}
		raw, _ := c.frame()
		if raw.x1 != n {
			t.Fatalf("the axis of %v visits ends at %v", n, raw.x1)
		}
		f := c.grown(raw, w)
		values := roundNumbers(f.x0, f.x1, xLabelsIn(w), c.FormatX)
		if len(values) > 1 {
			step := values[1].value - values[0].value
			if last := values[len(values)-1].value; f.x1 < n || f.x1-n >= step || f.x1-last >= step {
				t.Fatalf("the axis of %v visits ends at %v, with ticks %v", n, f.x1, values)
			}
		}
		for _, f := range []frame{raw, f} {
			for n := xLabelsIn(w); n > 0; n-- {
				labels, columns, all := c.xLabels(f, w, n)
				if !all {
					continue
				}
				for i := 1; i < len(columns); i++ {
					if d := columns[i] - columns[i-1] - (columns[1] - columns[0]); d < -1 || d > 1 || labels[i].at < labels[i-1].at+labels[i-1].width+2 {
						t.Fatalf("the ticks stand at %v, the labels are %v", columns, labels)
					}
				}
				break
			}
		}
	})
}

// Labels of an axis are apart and different, whatever is drawn; and there are at least
// two where the box is not tiny.
func TestAxisLabelsDiffer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		low := rapid.Float64Range(-1000, 1000).Draw(t, "low")
		high := low + math.Exp2(rapid.Float64Range(-12, 12).Draw(t, "width"))
		format := rapid.SampledFrom([]func(float64) string{nil, func(x float64) string { return strconv.Itoa(int(x + 0.5)) }, Percent}).Draw(t, "format")
		n := rapid.IntRange(1, 20).Draw(t, "n")
		labels := roundNumbers(low, high, n, format)
		for i := 1; i < len(labels); i++ {
			if labels[i].text == labels[i-1].text || labels[i].value <= labels[i-1].value {
				t.Fatalf("%v", labels)
			}
		}
		if format == nil && n >= 2 && len(labels) < 2 {
			t.Fatalf("%v for %v to %v", labels, low, high)
		}
	})
}

func TestTablesAndListsAreExact(t *testing.T) {
	th := theme.New(false)
	rapid.Check(t, func(t *rapid.T) {
		cells := rapid.SliceOfN(texts(), 0, 6)
		tb := Table{
			Head: cells.Draw(t, "head"), Rows: rapid.SliceOfN(cells, 0, 9).Draw(t, "rows"),
			Right:    rapid.SliceOfN(rapid.Bool(), 0, 6).Draw(t, "right"),
			Selected: rapid.IntRange(-2, 12).Draw(t, "sel"), Top: rapid.IntRange(-2, 12).Draw(t, "top"),
		}
		w, h := sizes().Draw(t, "w"), rapid.IntRange(-1, 14).Draw(t, "h")
		checkBox(t, tb.Render(th, w, h), w, h)
		l := List{Selected: tb.Selected, Top: tb.Top, Filter: rapid.SampledFrom([]string{"", "w", "o r", "zzz"}).Draw(t, "filter")}
		for _, r := range tb.Rows {
			l.Items = append(l.Items, ListItem{strings.Join(r, ""), texts().Draw(t, "detail"), texts().Draw(t, "key")})
		}
		checkBox(t, l.Render(th, w, h), w, h)
		n := rapid.IntRange(0, 100_000)
		c := Confusion{TP: n.Draw(t, "tp"), FP: n.Draw(t, "fp"), FN: n.Draw(t, "fn"), TN: n.Draw(t, "tn"), Positive: texts().Draw(t, "pos")}
		checkBox(t, c.Render(th, w, h), w, h)
	})
}

func TestDialogsKeepTheSize(t *testing.T) {
	th := theme.New(true)
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(0, 60).Draw(t, "w"), rapid.IntRange(0, 12).Draw(t, "h")
		base := Block(rapid.SliceOfN(texts(), 0, 12).Draw(t, "base"), w, h)
		box := Box(th, texts().Draw(t, "title"), rapid.IntRange(0, 70).Draw(t, "bw"), rapid.SliceOfN(texts(), 0, 9).Draw(t, "body"))
		checkBox(t, Dialog(th, base, box), w, h)
	})
}

// The screen under a dialog is faint, with no colour of its own; the dialog keeps its.
func TestDialogsStandOut(t *testing.T) {
	th := theme.New(true)
	faint := inkOf(th.Faint)
	got := Dialog(th, []string{"\x1b[1mabcdefgh\x1b[m", "漢字漢字"}, []string{"\x1b[3mXX\x1b[m", "YY"})
	if want := faint.on("abc") + "\x1b[3mXX\x1b[m" + faint.on("fgh"); got[0] != want {
		t.Errorf("got %q, want %q", got[0], want)
	}
	if want := "漢 YY 字"; ansi.Strip(got[1]) != want {
		t.Errorf("got %q, want %q", ansi.Strip(got[1]), want)
	}
}

// Cutting where every character takes a cell is the same as cutting anywhere.
func TestCutsAgree(t *testing.T) {
	pieces := rapid.SampledFrom([]string{"a", "word ", "é", "★", "▒", "→", "⁶", "✓", "漢", "\x1b[1m", "\x1b[38;2;1;2;3m", "\x1b[m", "\x1b[0m"})
	rapid.Check(t, func(t *rapid.T) {
		s := clean(strings.Join(rapid.SliceOfN(pieces, 1, 12).Draw(t, "pieces"), ""))
		n := rapid.IntRange(0, Width(s)).Draw(t, "n")
		if got, want := bare(head(s, n, "")), ansi.Strip(ansi.Truncate(s, n, "")); got != want {
			t.Fatalf("the first %d cells of %q are %q, not %q", n, s, got, want)
		}
		if got, want := tail(s, n), ansi.TruncateLeft(s, n, ""); bare(got) != ansi.Strip(want) {
			t.Fatalf("%q without %d cells is %q, not %q", s, n, got, want)
		}
	})
}

func TestListFilter(t *testing.T) {
	l := List{Items: []ListItem{{"Step forward", "one operation", "→"}, {"Ledger", "every value that was opened", "L"}}}
	for filter, want := range map[string]int{"": 2, "STEP": 1, "value led": 1, "value step": 0, "  ": 2, "→": 1} {
		l.Filter = filter
		if got := len(l.Filtered()); got != want {
			t.Errorf("%q finds %d items, want %d", filter, got, want)
		}
	}
}
