package plot

import (
	"image/color"
	"io"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Line is a line from point to point.
type Line struct {
	Name string
	X, Y []float64 // of equal length; points that are not finite are left out
}

// side is the length of a square figure.
const side = 5.2 * vg.Inch

// WriteLines draws lines in the unit square, with the diagonal, into w, in one of
// the [Formats].
func WriteLines(w io.Writer, format, title, x, y string, lines []Line) error {
	s, err := newSheet(format, side, side)
	if err != nil {
		return err
	}
	p := plot.New()
	p.BackgroundColor = nil
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Label.TextStyle = words(textSize, draw.XCenter)
		axis.Tick.Label = words(textSize-1, axis.Tick.Label.XAlign)
		axis.LineStyle.Color, axis.Tick.LineStyle.Color = color.Gray{Y: 0x80}, color.Gray{Y: 0x80}
		axis.Min, axis.Max = 0, 1
		axis.Tick.Marker = unitScale{}
	}
	p.X.Tick.Label.XAlign, p.Y.Tick.Label.XAlign = draw.XCenter, draw.XRight
	p.Y.Tick.Label.YAlign = draw.YCenter
	p.Y.Label.TextStyle.YAlign = draw.YBottom // it is turned: its foot is towards the ticks
	p.X.Label.Text, p.Y.Label.Text = x, y
	p.X.Label.Padding, p.Y.Label.Padding = 2, 6 // the longest label of a tick does not touch it
	addGrid(p)
	addLine(p, plotter.XYs{{X: 0, Y: 0}, {X: 1, Y: 1}}, baselineStyle(), nil)
	var entries []entry
	for i, l := range lines {
		var at plotter.XYs
		for k := range l.X {
			if finite(l.X[k]) && finite(l.Y[k]) {
				at = append(at, plotter.XY{X: l.X[k], Y: l.Y[k]})
			}
		}
		glyph := glyphOf(i)
		addLine(p, at, lineOf(i), &glyph)
		entries = append(entries, entry{l.Name, lineOf(i), &glyph})
	}
	p.Draw(s.head(title, append(entries, entry{"chance", baselineStyle(), nil})))
	return write(w, s.file, format)
}
