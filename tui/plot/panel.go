package plot

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// scale is how an axis is divided.
type scale interface {
	plot.Ticker
	// ends returns where an axis that shows these values begins and ends.
	ends(least, most float64) (from, to float64)
}

// panel is one of the plots of a figure.
type panel struct {
	title    string
	x        passScale
	y        scale
	of       func(Curve) plotter.XYs // against passes
	baseline float64
}

// most is the most points of a curve that are marked.
const most = 12

// plot lays out the panel; it is drawn later, when its place is known.
func (n panel) plot(curves []Curve) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Label.TextStyle = words(textSize, draw.XCenter)
		axis.Tick.Label = words(textSize-1, axis.Tick.Label.XAlign)
		axis.Tick.Label.YAlign = draw.YCenter
		axis.LineStyle.Color, axis.Tick.LineStyle.Color = color.Gray{Y: 0x80}, color.Gray{Y: 0x80}
		axis.Padding, axis.Tick.Length = 0, 4
	}
	p.X.Tick.Label.XAlign, p.X.Tick.Label.YAlign = draw.XCenter, draw.YTop
	p.Y.Tick.Label.XAlign = draw.XRight
	p.X.Label.Text, p.X.Tick.Marker = n.x.label(), n.x
	p.Y.Tick.Marker = n.y
	addGrid(p)

	low, high, any := 0.0, 0.0, false
	take := func(v float64) {
		if !any {
			low, high, any = v, v, true
		}
		low, high = min(low, v), max(high, v)
	}
	if finite(n.baseline) {
		take(n.baseline)
		addLine(p, plotter.XYs{{X: 0, Y: n.baseline}, {X: n.x.at(n.x.most), Y: n.baseline}}, baselineStyle(), nil)
	}
	lines := linesOf(curves)
	for i, c := range curves {
		var at plotter.XYs
		for _, xy := range n.of(c) {
			at = append(at, plotter.XY{X: n.x.at(xy.X), Y: xy.Y})
			take(xy.Y)
		}
		glyph := glyphOf(i)
		addLine(p, at, lines[i], &glyph)
	}
	p.X.Min, p.X.Max = 0, n.x.at(n.x.most)
	p.Y.Min, p.Y.Max = n.y.ends(low, high)
	return p
}

// addGrid draws a faint line at each tick of the upright axis.
func addGrid(p *plot.Plot) {
	grid := plotter.NewGrid()
	grid.Horizontal.Color, grid.Vertical.Color = color.Gray{Y: 0xE4}, nil
	p.Add(grid)
}

// addLine draws a line through the points and marks some of them, the last one
// always.
func addLine(p *plot.Plot, at plotter.XYs, style draw.LineStyle, glyph *draw.GlyphStyle) {
	if len(at) == 0 {
		return
	}
	line, err := plotter.NewLine(at)
	if err != nil {
		return // only of points that are not finite, and there are none
	}
	line.LineStyle = style
	p.Add(line)
	if glyph == nil {
		return
	}
	m := marksAt{style: *glyph}
	every := (len(at) + most - 1) / most
	for i := (len(at) - 1) % every; i < len(at); i += every {
		m.at = append(m.at, at[i])
	}
	p.Add(m)
}

// marksAt draws marks. Unlike those of package plotter they may hang over the
// edge and take no room there, so that panels side by side stay level.
type marksAt struct {
	at    plotter.XYs
	style draw.GlyphStyle
}

// Plot draws the marks.
func (m marksAt) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for _, xy := range m.at {
		c.DrawGlyph(m.style, vg.Point{X: x(xy.X), Y: y(xy.Y)})
	}
}
