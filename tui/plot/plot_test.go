package plot

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/plot"

	"unseen/tui/theme"
)

// course is a curve that falls from ln 2 and rises to 90 %.
func course(name string, epochs int, passes float64) Curve {
	c := Curve{Name: name}
	for i := range epochs + 1 {
		left := math.Exp(-3 * float64(i) / float64(epochs))
		c.Points = append(c.Points, Point{Passes: float64(i) * passes, Loss: 0.25 + 0.44*left, Accuracy: 0.9 - 0.4*left})
	}
	return c
}

func draws(t *testing.T, format string, curves []Curve, b Baseline) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, format, "test: central, twin, seed 42", curves, b); err != nil {
		t.Fatal(err)
	}
	if dir := os.Getenv("UNSEEN_PLOTS"); dir != "" { // to look at
		name := strings.ReplaceAll(t.Name(), "/", "-") + "." + format
		if err := os.WriteFile(filepath.Join(dir, name), out.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}

// near counts pixels of about this colour.
func near(picture image.Image, want color.Color) int {
	r, g, b, _ := want.RGBA()
	n := 0
	for y := picture.Bounds().Min.Y; y < picture.Bounds().Max.Y; y++ {
		for x := picture.Bounds().Min.X; x < picture.Bounds().Max.X; x++ {
			pr, pg, pb, _ := picture.At(x, y).RGBA()
			if pr>>8 == r>>8 && pg>>8 == g>>8 && pb>>8 == b>>8 {
				n++
			}
		}
	}
	return n
}

func TestPNG(t *testing.T) {
	curves := []Curve{course("central", 10, 1), course("federated", 5, 1), course("aggregated", 40, 3)}
	picture, err := png.Decode(bytes.NewReader(draws(t, "png", curves, Baseline{0.69, 0.547})))
	if err != nil {
		t.Fatal(err)
	}
	if size := picture.Bounds().Size(); size.X != 1350 || size.Y != 660 {
		t.Errorf("the picture has %v pixels", size)
	}
	for i := range curves {
		if n := near(picture, lineOf(i).Color); n < 200 {
			t.Errorf("curve %d has %d pixels of its colour", i, n)
		}
	}
	if n := near(picture, baselineStyle().Color); n < 200 {
		t.Errorf("the baseline has %d pixels", n)
	}
	if n := near(picture, lineOf(3).Color); n > 0 {
		t.Errorf("a curve that is not there has %d pixels", n)
	}
	corner := picture.At(0, 0)
	if r, g, b, a := corner.RGBA(); r+g+b+a != 4*0xFFFF {
		t.Errorf("the corner is %v, not white", corner)
	}
}

// texts returns what is written in an SVG, which must be well-formed.
func texts(t *testing.T, svg []byte) []string {
	t.Helper()
	var list []string
	dec := xml.NewDecoder(bytes.NewReader(svg))
	dec.Strict = true
	inText := false
	for {
		tok, err := dec.Token()
		if err == io.EOF {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			inText = tok.Name.Local == "text"
		case xml.CharData:
			if s := strings.TrimSpace(string(tok)); inText && s != "" {
				list = append(list, s)
			}
		}
	}
}

func has(list []string, want ...string) string {
	all := "\n" + strings.Join(list, "\n") + "\n"
	for _, w := range want {
		if !strings.Contains(all, "\n"+w+"\n") {
			return w
		}
	}
	return ""
}

func TestSVG(t *testing.T) {
	list := texts(t, draws(t, "svg", []Curve{course("train", 5, 1), course("test <&> it", 5, 1)}, Baseline{0.69, 0.547}))
	if missing := has(list, "test: central, twin, seed 42", "loss", "accuracy", "train", "test <&> it", "baseline: the best constant guess",
		"0", "1", "5", "60 %", "0.2", "passes over the training rows"); missing != "" {
		t.Errorf("%q is not in the picture: %q", missing, list)
	}
}

// What private runs have spent is a third panel, in a wider figure; its scale of passes
// is that of the others.
func TestPrivateRunsHaveAThirdPanel(t *testing.T) {
	spent := Curve{Name: "epsilon"}
	for i := range 101 {
		spent.Spent = append(spent.Spent, Spent{Passes: float64(i) / 10, Epsilon: math.Sqrt(float64(i))})
	}
	curves := []Curve{course("train", 10, 1), spent}
	if list := texts(t, draws(t, "svg", curves, Baseline{0.69, 0.547})); has(list, "loss", "accuracy", "epsilon spent", "epsilon", "10", "8") != "" {
		t.Errorf("%q is not in the picture: %q", has(list, "loss", "accuracy", "epsilon spent", "epsilon", "10", "8"), list)
	}
	if list := texts(t, draws(t, "svg", curves[:1], Baseline{0.69, 0.547})); has(list, "epsilon spent") == "" {
		t.Error("a panel of privacy without privacy")
	}
	picture, err := png.Decode(bytes.NewReader(draws(t, "png", curves, Baseline{0.69, 0.547})))
	if err != nil {
		t.Fatal(err)
	}
	if size := picture.Bounds().Size(); size.X != 1950 || size.Y != 660 {
		t.Errorf("the picture has %v pixels", size)
	}
	if n := near(picture, lineOf(1).Color); n < 200 {
		t.Errorf("what was spent has %d pixels of its colour", n)
	}
}

func TestSameNumbersSamePicture(t *testing.T) {
	curves := []Curve{course("central", 10, 1)}
	for _, format := range Formats() {
		first := draws(t, format, curves, Baseline{1, 1})
		if !bytes.Equal(first, draws(t, format, curves, Baseline{1, 1})) {
			t.Errorf("two %s of the same numbers differ", format)
		}
	}
}

func TestOddNumbers(t *testing.T) {
	none := Baseline{math.NaN(), math.NaN()}
	for name, curves := range map[string][]Curve{
		"one point":   {{Name: "one", Points: []Point{{0, 0.5, 0.5}}}},
		"no point":    {{Name: "none", Points: nil}},
		"constant":    {{Name: "flat", Points: []Point{{0, 0, 1}, {1, 0, 1}}}},
		"zero":        {{Name: "flat", Points: []Point{{0, 0, 0}, {1, 0, 0}}}},
		"not finite":  {{Name: "nan", Points: []Point{{0, math.NaN(), 0.5}, {1, math.Inf(1), 0.5}, {2, 1, math.NaN()}, {3, 0.4, 0.6}}}},
		"huge":        {{Name: "huge", Points: []Point{{0, 1e300, 0.5}, {1, 1e-300, 0.6}}}},
		"not spent":   {{Name: "nan", Spent: []Spent{{0, math.NaN()}, {math.Inf(1), 1}}}},
		"tiny":        {{Name: "tiny", Points: []Point{{0, 1e-300, 0.5}, {1, 1e-301, 0.6}}}},
		"very long":   {course("long", 5000, 1), course("short", 1, 1)},
		"many curves": {course("a", 3, 1), course("b", 4, 1), course("c", 5, 1), course("d", 6, 1), course("e", 7, 1), course("f", 8, 1), course("g", 9, 1)},
	} {
		t.Run(name, func(t *testing.T) {
			if list := texts(t, draws(t, "svg", curves, none)); strings.Contains(strings.Join(list, " "), "baseline") {
				t.Error("a baseline that is none was drawn")
			}
		})
	}
}

func TestLegendBreaksIntoRows(t *testing.T) {
	var curves []Curve
	for range 5 {
		curves = append(curves, Curve{Name: "a name of some length"})
	}
	entries := legend(curves, Baseline{1, 1})
	list := rows(entries, width-2*margin)
	if len(list) != 2 || len(list[0])+len(list[1]) != 6 {
		t.Errorf("the legend has %d rows", len(list))
	}
	if long := rows([]entry{{name: strings.Repeat("long ", 100)}}, width); len(long) != 1 {
		t.Errorf("a name that is too long makes %d rows", len(long))
	}
}

func TestTicks(t *testing.T) {
	label := func(s plot.Ticker, from, to float64) string {
		var list []string
		for _, tick := range s.Ticks(from, to) {
			list = append(list, tick.Label)
		}
		return strings.Join(list, " ")
	}
	for _, c := range []struct{ got, want string }{
		{label(unitScale{}, 0, 1), "0.0 0.2 0.4 0.6 0.8 1.0"},
		{label(&percentScale{}, 47, 93), "50 % 60 % 70 % 80 % 90 %"},
		{label(&percentScale{}, 88, 93), "88 % 89 % 90 % 91 % 92 % 93 %"},
		{label(&lossScale{}, 0, 0.72), "0.0 0.2 0.4 0.6"},
		{label(&lossScale{}, 0, 12), "0 2 4 6 8 10 12"},
		{label(wholePasses{passScale{most: 1}}, 0, 1), "0 1"},
		{label(wholePasses{passScale{most: 5}}, 0, 5), "0 1 2 3 4 5"},
		{label(wholePasses{passScale{most: 40}}, 0, 40), "0 10 20 30 40"},
		{label(wholePasses{passScale{most: 120, log: true}}, 0, 120), "0 1 2 5 10 20 50 100"},
		{label(wholePasses{passScale{most: 20000, log: true}}, 0, 20000), "0 1 10 100 1000 10000"},
	} {
		if c.got != c.want {
			t.Errorf("the ticks are %q, want %q", c.got, c.want)
		}
	}
}

// Curves have the colours of the charts on a white terminal; one that lies on another is
// dashed, in the figure and in its legend, and leaves the other to be seen.
func TestCurvesOnEachOther(t *testing.T) {
	central, other, twin := course("central", 10, 1), course("federated", 10, 1), course("encrypted", 10, 1)
	for k := range other.Points {
		other.Points[k].Loss += 0.1 * float64(k)
	}
	twin.Points[3].Loss += 1e-3
	curves := []Curve{central, other, twin}
	for i, line := range linesOf(curves) {
		if dashed := len(line.Dashes) > 0; dashed != (i == 2) || line.Color != theme.New(false).Series(i).GetForeground() {
			t.Errorf("curve %d is drawn in %v, dashed: %v", i, line.Color, dashed)
		}
		if entry := legend(curves, Baseline{1, 1})[i]; len(entry.style.Dashes) != len(line.Dashes) {
			t.Errorf("the legend shows curve %d otherwise", i)
		}
	}
	picture, err := png.Decode(bytes.NewReader(draws(t, "png", curves, Baseline{0.69, 0.547})))
	if err != nil {
		t.Fatal(err)
	}
	for i := range curves {
		if n := near(picture, lineOf(i).Color); n < 500 { // of one that is hidden there are those of the legend
			t.Errorf("curve %d has %d pixels of its colour", i, n)
		}
	}
	if coincide(lossOf(course("a", 1, 1)), lossOf(course("b", 1, 1))) || coincide(lossOf(central), lossOf(course("longer", 11, 1))) || coincide(nil, nil) {
		t.Error("too few points, or not as many, are taken for one curve")
	}
}

// wholePasses makes a scale of a pass scale, whose ends are given.
type wholePasses struct{ passScale }

func (wholePasses) ends(least, most float64) (float64, float64) { return least, most }

func TestPassesAreLogarithmicWhenLengthsDiffer(t *testing.T) {
	if s := newPassScale([]Curve{course("a", 10, 1), course("b", 40, 1)}); s.log || s.most != 40 {
		t.Errorf("10 and 40 passes: %+v", s)
	}
	if s := newPassScale([]Curve{course("a", 1, 1), course("b", 12, 1)}); s.log {
		t.Errorf("1 and 12 passes: %+v", s)
	}
	s := newPassScale([]Curve{course("a", 10, 1), course("b", 41, 1)})
	if !s.log || s.at(0) != 0 || s.at(5) < 0.4*s.at(41) {
		t.Errorf("10 and 41 passes: %+v", s)
	}
}

func TestRefuses(t *testing.T) {
	curves := []Curve{course("a", 1, 1)}
	if err := Write(io.Discard, "gif", "", curves, Baseline{}); err == nil || !strings.Contains(err.Error(), "choose png or svg") {
		t.Errorf("gif: %v", err)
	}
	if err := Write(io.Discard, "png", "", nil, Baseline{}); err == nil {
		t.Error("no curves were drawn")
	}
	for _, format := range Formats() {
		if err := Write(full{}, format, "", curves, Baseline{}); !errors.Is(err, errFull) {
			t.Errorf("%s on a full disk: %v", format, err)
		}
	}
}

var errFull = errors.New("no space left")

// full is a writer that cannot write.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

// The label of the upright axis keeps its distance to the labels of the ticks.
func TestLabelsDoNotTouch(t *testing.T) {
	var b bytes.Buffer
	if err := WriteLines(&b, "svg", "ROC", "false positives", "true positives", []Line{{Name: "central", X: []float64{0, 0, 1}, Y: []float64{0, 1, 1}}}); err != nil {
		t.Fatal(err)
	}
	place := func(of, pattern string) float64 { // where a text begins
		found := regexp.MustCompile(`<text x="[-0-9.]+" y="[-0-9.]+"[^>]*>`+of+`</text>`).FindAllString(b.String(), -1)
		if len(found) == 0 {
			t.Fatalf("there is no %s in\n%s", of, b.String())
		}
		x, err := strconv.ParseFloat(regexp.MustCompile(pattern).FindStringSubmatch(found[len(found)-1])[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	foot := place("true positives", ` y="([-0-9.]+)"`) // the text is turned
	if tick := place("0.6", ` x="([-0-9.]+)"`); foot < 10 || tick-foot < 7 {
		t.Errorf("the label stands on %v, the ticks' labels begin at %v", foot, tick)
	}
	if svg := b.String(); !strings.Contains(svg, ">chance<") {
		t.Error("nothing says what the diagonal is")
	}
}
