package plot

import (
	"bytes"
	"errors"
	"fmt"
	"image/color"
	"io"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"unseen/tui/theme"
)

// Point is how a model does after so many passes over the training rows.
type Point struct {
	Passes   float64
	Loss     float64
	Accuracy float64 // from 0 to 1
}

// Spent is what a training has cost of its privacy after so many passes.
type Spent struct{ Passes, Epsilon float64 }

// Curve is how one model does in the course of its training, and what that cost of
// privacy, where it is private. Points that are not finite are left out.
type Curve struct {
	Name   string
	Points []Point
	Spent  []Spent // nil without privacy
}

// Baseline is how the best constant guess does. A value that is not finite is not
// drawn.
type Baseline struct{ Loss, Accuracy float64 }

// Formats lists the formats in which [Write] draws.
func Formats() []string { return []string{"png", "svg"} }

// The size of a figure, and of what stands above its panels.
const (
	width     = 9 * vg.Inch
	widest    = 13 * vg.Inch // with the panel of privacy
	height    = 4.4 * vg.Inch
	margin    = 12 * vg.Length(1)
	titleSize = 13 * vg.Length(1)
	textSize  = 10 * vg.Length(1)
	legendRow = 18 * vg.Length(1)
	headRow   = 20 * vg.Length(1)
	between   = 22 * vg.Length(1) // the panels
	dpi       = 150
)

// Write draws the curves and the baseline into w, in one of the [Formats].
func Write(w io.Writer, format, title string, curves []Curve, b Baseline) error {
	if len(curves) == 0 {
		return errors.New("there are no curves to draw")
	}
	across := width
	if private(curves) {
		across = widest
	}
	s, err := newSheet(format, across, height)
	if err != nil {
		return err
	}
	drawFigure(s.head(title, legend(curves, b)), curves, b)
	return write(w, s.file, format)
}

// sheet is a white picture.
type sheet struct {
	draw.Canvas
	file vg.CanvasWriterTo
}

// newSheet returns a sheet of this size for one of the [Formats].
func newSheet(format string, w, h vg.Length) (s sheet, err error) {
	switch format {
	case "png":
		s.file = vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(w, h), vgimg.UseDPI(dpi))}
	case "svg":
		s.file = vgsvg.New(w, h)
	default:
		return s, fmt.Errorf("%q is not a format to draw in; choose %s", format, strings.Join(Formats(), " or "))
	}
	s.Canvas = draw.New(s.file)
	s.SetColor(color.White)
	s.Fill(s.Rectangle.Path())
	return s, nil
}

// head draws title and legend, and returns what is left below them.
func (s sheet) head(title string, entries []entry) draw.Canvas {
	c := draw.Crop(s.Canvas, margin, -margin, margin, -margin)
	c.FillText(words(titleSize, draw.XLeft), vg.Point{X: c.Min.X, Y: c.Max.Y}, title)
	c.Max.Y -= titleSize + 10
	for _, row := range rows(entries, c.Size().X) {
		drawRow(c, row)
		c.Max.Y -= legendRow
	}
	c.Max.Y -= 8
	return c
}

// write encodes the picture. An SVG names its font only: where it is not
// installed, others of the same widths take its place.
func write(w io.Writer, canvas io.WriterTo, format string) error {
	if format != "svg" {
		_, err := canvas.WriteTo(w)
		return err
	}
	var b bytes.Buffer
	if _, err := canvas.WriteTo(&b); err != nil {
		return err
	}
	named := []byte("font-family:Liberation Sans;")
	others := []byte("font-family:Liberation Sans,Arimo,Helvetica,Arial,sans-serif;")
	_, err := w.Write(bytes.ReplaceAll(b.Bytes(), named, others))
	return err
}

// drawFigure draws the panels side by side.
func drawFigure(c draw.Canvas, curves []Curve, b Baseline) {
	x := newPassScale(curves)
	panels := []panel{
		{title: "loss", x: x, y: &lossScale{}, of: lossOf, baseline: b.Loss},
		{title: "accuracy", x: x, y: &percentScale{}, of: accuracyOf, baseline: 100 * b.Accuracy},
	}
	if private(curves) {
		panels = append(panels, panel{title: "epsilon spent", x: x, y: &lossScale{}, of: spentOf, baseline: math.NaN()})
	}
	plots := [][]*plot.Plot{nil}
	for _, n := range panels {
		plots[0] = append(plots[0], n.plot(curves))
	}
	head := c.Max.Y
	c.Max.Y -= headRow
	tiles := draw.Tiles{Rows: 1, Cols: len(panels), PadX: between, PadRight: 6}
	for i, place := range plot.Align(plots, tiles, c)[0] {
		p := plots[0][i]
		p.Draw(place)
		inside := p.DataCanvas(place)
		c.FillText(words(textSize+1, draw.XCenter), vg.Point{X: inside.Center().X, Y: head}, panels[i].title)
	}
}

// entry is one name in the legend.
type entry struct {
	name  string
	style draw.LineStyle
	glyph *draw.GlyphStyle
}

func legend(curves []Curve, b Baseline) []entry {
	var list []entry
	lines := linesOf(curves)
	for i, c := range curves {
		glyph := glyphOf(i)
		list = append(list, entry{c.Name, lines[i], &glyph})
	}
	if finite(b.Loss) || finite(b.Accuracy) {
		list = append(list, entry{"baseline: the best constant guess", baselineStyle(), nil})
	}
	return list
}

const (
	sample = 26 * vg.Length(1) // of a line, in the legend
	gap    = 6 * vg.Length(1)  // between sample and name
	apart  = 20 * vg.Length(1) // entries
)

func (e entry) width() vg.Length {
	style := words(textSize, draw.XLeft)
	return sample + gap + style.Width(e.name)
}

// rows breaks the legend into rows that are not wider than the figure.
func rows(entries []entry, width vg.Length) [][]entry {
	var list [][]entry
	var used vg.Length
	for _, e := range entries {
		if len(list) == 0 || used+apart+e.width() > width {
			list, used = append(list, nil), -apart
		}
		last := len(list) - 1
		list[last] = append(list[last], e)
		used += apart + e.width()
	}
	return list
}

// drawRow draws a row of the legend at the top of the canvas.
func drawRow(c draw.Canvas, row []entry) {
	x, y := c.Min.X, c.Max.Y-legendRow/2
	for _, e := range row {
		c.StrokeLine2(e.style, x, y, x+sample, y)
		if e.glyph != nil {
			c.DrawGlyph(*e.glyph, vg.Point{X: x + sample/2, Y: y})
		}
		style := words(textSize, draw.XLeft)
		style.YAlign = draw.YCenter
		c.FillText(style, vg.Point{X: x + sample + gap, Y: y + 1.2}, e.name) // letters reach up more than down
		x += e.width() + apart
	}
}

// ink is the colour of words and axes.
func ink() color.Color { return color.Gray{Y: 0x26} }

// words returns the style of text of a size.
func words(size vg.Length, align text.XAlignment) text.Style {
	return text.Style{
		Color: ink(), Font: font.Font{Typeface: "Liberation", Variant: "Sans", Size: size},
		XAlign: align, YAlign: draw.YTop, Handler: plot.DefaultTextHandler,
	}
}

// lineOf returns the style of the i-th curve, in the colours of a terminal that is as
// white as the sheet.
func lineOf(i int) draw.LineStyle {
	return draw.LineStyle{Color: theme.New(false).Series(i).GetForeground(), Width: 1.6}
}

// linesOf returns the styles of curves: one that lies on another is dashed, so that both
// can be seen.
func linesOf(curves []Curve) []draw.LineStyle {
	list := make([]draw.LineStyle, len(curves))
	for i := range curves {
		list[i] = lineOf(i)
		for j := range i {
			if coincide(lossOf(curves[i]), lossOf(curves[j])) && coincide(accuracyOf(curves[i]), accuracyOf(curves[j])) {
				list[i].Dashes = []vg.Length{6, 6}
			}
		}
	}
	return list
}

// coincide reports whether two lines of more than two points are one to the eye.
func coincide(a, b plotter.XYs) bool {
	const nearby = 0.02 // of the height
	if len(a) != len(b) || len(a) < 3 {
		return false
	}
	_, _, low, high := plotter.XYRange(a)
	for k := range a {
		if a[k].X != b[k].X || math.Abs(a[k].Y-b[k].Y) > nearby*(high-low) {
			return false
		}
	}
	return true
}

// glyphOf returns the mark of the i-th curve, which tells curves apart where
// colours do not.
func glyphOf(i int) draw.GlyphStyle {
	shapes := []draw.GlyphDrawer{draw.CircleGlyph{}, draw.SquareGlyph{}, draw.PyramidGlyph{}, draw.RingGlyph{}, draw.CrossGlyph{}}
	return draw.GlyphStyle{Color: lineOf(i).Color, Radius: 2.6, Shape: shapes[i%len(shapes)]}
}

func baselineStyle() draw.LineStyle {
	return draw.LineStyle{Color: color.Gray{Y: 0x70}, Width: 1.2, Dashes: []vg.Length{5, 3}}
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
