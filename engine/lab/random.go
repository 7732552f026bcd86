package lab

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/stat/distuv"
	"gorgonia.org/tensor"

	"unseen/engine/mpc"
	"unseen/engine/party"
	"unseen/engine/prep"
	"unseen/engine/ring"
	"unseen/engine/rng"
	"unseen/engine/share"
)

// The protocols whose view is looked at; the last three are broken on purpose.
var viewed = []protocolViewed{
	{"split", "a secret is split, nothing more"},
	{"square", "the secret is squared: d = x − a is opened"},
	{"truncate", "the secret is halved: c = x + 2^(k−2) + r is opened"},
	{"compare", "the sign of the secret is found: c = x + r and m = b ⊕ ρ are opened"},
	{"reused-mask", "broken: x and 2x are opened under one mask"},
	{"narrow-mask", "broken: the dealer draws masks from half of the ring"},
	{"bare-bit", "broken: the sign of the secret is opened without ρ"},
}

// protocolViewed is a protocol, with a sentence about it.
type protocolViewed struct{ name, about string }

func viewNames() []string {
	names := make([]string, len(viewed))
	for i, v := range viewed {
		names[i] = v.name
	}
	return names
}

func randomness() Plain {
	return Plain{Name: "randomness", Title: "Is it really random?",
		About: "Two secrets, many runs: whether all that one holder sees tells them apart.",
		Controls: []Control{
			{Name: "protocol", Usage: "what is run; three are broken on purpose", Kind: Choice, Default: "square", Choices: viewNames()},
			{Name: "first", Usage: "one secret", Kind: Whole, Default: "3", Min: -8, Max: 7},
			{Name: "second", Usage: "the other secret", Kind: Whole, Default: "-2", Min: -8, Max: 7},
			{Name: "runs", Usage: "with each of them", Kind: Whole, Default: "2000", Min: 100, Max: 100_000},
			{Name: "holders", Usage: "how many hold shares", Kind: Whole, Default: "3", Min: 2, Max: 10},
			{Name: "holder", Usage: "whose view is looked at, from 1", Kind: Whole, Default: "1", Min: 1, Max: 10},
			{Name: "ring-bits", Usage: "k, of the ring of 2^k elements", Kind: Whole, Default: "4", Min: 3, Max: 4},
		},
		Run: compareViews,
	}
}

// wrongly is how often the verdict may be wrong about a sound protocol, whatever
// the number of tests (Bonferroni).
const wrongly = 1e-4

// series is what a holder sees of one number in every run.
type series struct {
	name   string
	cells  int // its possible values
	values []uint64
}

// test is a chi-square test of whether two views differ in one number, or in the
// pair of two.
type test struct {
	name  string
	parts []int // of the view
	cells int
	chi   float64
	p     float64
}

func compareViews(_ context.Context, v Values, key rng.Key) (*Report, error) {
	n, who, runs := v.Whole("holders"), v.Whole("holder"), v.Whole("runs")
	if who > n {
		return nil, cannot("holder", v, fmt.Sprintf("there are only %d", n), "give a smaller number, or more --holders")
	}
	r, err := ring.PowerOfTwo(v.Whole("ring-bits"))
	if err != nil {
		return nil, because("ring-bits", v, err, "give 3 or 4")
	}
	if v.Whole("first") == v.Whole("second") {
		return nil, cannot("second", v, "the same as the first", "give two secrets to tell apart")
	}
	var views [2][]series
	for i, secret := range []string{"first", "second"} {
		if x := v.Whole(secret); !r.InRange(r.Element(int64(x))) || r.Signed(r.Element(int64(x))) != int64(x) {
			q := int64(r.Quarter())
			return nil, cannot(secret, v, fmt.Sprintf("too large for %v", r), fmt.Sprintf("give one from %d to %d", -q, q-1))
		}
		views[i], err = viewOf(r, n, who-1, v["protocol"], int64(v.Whole(secret)), runs, key.Party(secret))
		if err != nil {
			return nil, err
		}
	}
	tests := testAll(views[0], views[1])
	threshold := wrongly / float64(len(tests))
	worst := mostTelling(tests, threshold)
	tells := worst.p < threshold
	report := &Report{
		Notes:     []Note{{Name: "run", Text: describe(v["protocol"])}},
		Adversary: fmt.Sprintf("holder %d of %d, which follows the protocol and keeps all it sees", who, n),
		Saw:       []string{seen(views[0])},
		Facts: []Fact{
			{Name: "protocol", Label: "protocol", Value: v["protocol"]}, {Name: "runs", Label: "runs with each secret", Value: runs},
			{Name: "numbers", Label: "numbers seen in a run", Value: len(views[0])}, {Name: "tests", Label: "tests, of each and of each pair", Value: len(tests)},
			{Name: "smallest_p", Label: "smallest p", Value: worst.p}, {Name: "threshold", Label: "random if p is at least", Value: threshold},
			{Name: "told_apart", Label: "the secrets are told apart", Value: tells},
		},
		Tables: []Table{testTable(tests)},
		Bars:   histograms(r, views, worst, [2]int{v.Whole("first"), v.Whole("second")}),
	}
	report.Finding = fmt.Sprintf("Sound: by chi-square nothing that this holder sees, alone or in pairs, tells %s from %s.", v["first"], v["second"])
	if tells {
		report.Finding = fmt.Sprintf("Broken: by chi-square %s tells %s from %s.", worst.name, v["first"], v["second"])
	}
	return report, nil
}

// mostTelling returns the test that found most; where one number is enough, it is
// not a pair of two.
func mostTelling(tests []test, threshold float64) test {
	worst := tests[0]
	for _, t := range tests {
		if t.p < worst.p && !(worst.p < threshold && len(t.parts) > len(worst.parts)) {
			worst = t
		}
	}
	return worst
}

// describe says what a protocol does with the secret.
func describe(protocol string) string {
	i := slices.IndexFunc(viewed, func(v protocolViewed) bool { return v.name == protocol })
	return viewed[i].about
}

// seen lists what is in a view; several bits of one name are counted.
func seen(view []series) string {
	var names []string
	count := map[string]int{}
	for _, s := range view {
		name, _, _ := strings.Cut(s.name, " (")
		if count[name]++; count[name] == 1 {
			names = append(names, name)
		}
	}
	for i, name := range names {
		if n := count[name]; n > 1 {
			names[i] = fmt.Sprintf("%s (%d bits)", name, n)
		}
	}
	return strings.Join(names, ", ")
}

// half is a source whose words have only the bits that leave an element in the
// lower half of a ring.
type half struct {
	rand.Source
	bits int
}

// Uint64 returns a word below half of the ring.
func (h half) Uint64() uint64 { return h.Source.Uint64() & (1<<(h.bits-1) - 1) }

// viewOf runs a protocol on one secret, all runs side by side, and returns what is
// in a holder's memory afterwards: its share, what it was dealt, what it received,
// and what was opened. Nothing else is looked at.
func viewOf(r ring.Ring, n, who int, what string, secret int64, runs int, key rng.Key) (view []series, err error) {
	defer caught(&err)
	streams := make([]rng.Streams, n)
	for i := range streams {
		streams[i] = key.Party(fmt.Sprint("holder ", i)).Streams("prep", 0)
	}
	d, err := prep.NewDealerFrom(r, n, func(holder int, counter uint64) rand.Source {
		if what == "narrow-mask" {
			return half{streams[holder].At(counter), r.Width()}
		}
		return streams[holder].At(counter)
	})
	if err != nil {
		return nil, err
	}
	p, err := bench(r, n, d)
	if err != nil {
		return nil, err
	}
	value := ring.New(1, runs)
	for i := range runs {
		value.Uint64s()[i] = r.Element(secret)
	}
	shares, err := share.Split(r, value, n, key.Party("owner").Stream("split", 0, 0))
	if err != nil {
		return nil, err
	}
	x, err := p.NewShared(shares)
	if err != nil {
		return nil, err
	}
	switch what {
	case "square", "narrow-mask":
		p.Square(x)
	case "truncate":
		p.Truncate(x, 1)
	case "compare":
		p.Msb(x)
	case "bare-bit":
		p.Release([]string{"the bare sign"}, "no reason: this is the mistake", p.Msb(x))
	case "reused-mask":
		a := &mpc.Shared{Share: d.Mask(1, runs).Share}
		p.Release([]string{"x − a", "2x − a"}, "no reason: this is the mistake", p.Sub(x, a), p.Sub(p.Scale(2, x), a))
	}
	own := series{"own share of x", int(r.Modulus()), shares[who].Uint64s()}
	return append([]series{own}, memory(r, p.Holders[who], runs)...), nil
}

// memory lists what a holder has in memory: an element for each run, or packed bits.
func memory(r ring.Ring, holder *party.Party, runs int) []series {
	var out []series
	for _, o := range holder.Store.Image(nil).Objects {
		shape := o.Data.Shape()
		switch {
		case shape[0] == 1 && shape[1] == runs:
			out = append(out, series{o.Name, int(r.Modulus()), o.Data.Uint64s()})
		case shape[1] == ring.Words(runs):
			for i := range shape[0] {
				name := o.Name
				if shape[0] > 1 {
					name += fmt.Sprintf(" (%d)", i+1)
				}
				bits := ring.New(1, runs)
				ring.Unpack(bits, rowOf(o.Data, i))
				out = append(out, series{name, 2, bits.Uint64s()})
			}
		}
	}
	return out
}

func rowOf(x *tensor.Dense, i int) []uint64 {
	n := x.Shape()[1]
	return x.Uint64s()[i*n : (i+1)*n]
}

// testAll compares two views in every number and every pair of numbers.
func testAll(a, b []series) []test {
	var tests []test
	for i := range a {
		tests = append(tests, newTest(a, b, i))
	}
	for i := range a {
		for j := range i {
			tests = append(tests, newTest(a, b, j, i))
		}
	}
	return tests
}

func newTest(a, b []series, parts ...int) test {
	t := test{parts: parts, cells: 1}
	for k, i := range parts {
		if k > 0 {
			t.name += " with "
		}
		t.name += a[i].name
		t.cells *= a[i].cells
	}
	counts := func(view []series) []float64 {
		c := make([]float64, t.cells)
		for run := range view[parts[0]].values {
			at := 0
			for _, i := range parts {
				at = at*view[i].cells + int(view[i].values[run])
			}
			c[at]++
		}
		return c
	}
	t.chi, t.p = ChiSquare(counts(a), counts(b))
	return t
}

// ChiSquare compares two samples of one size, counted in cells: how far they are
// apart, and how probable it is that samples of one distribution are as far apart
// or further. Cells that are empty in both do not count.
func ChiSquare(a, b []float64) (chi, p float64) {
	cells := 0
	for i := range a {
		if n := a[i] + b[i]; n > 0 {
			chi += (a[i] - b[i]) * (a[i] - b[i]) / n
			cells++
		}
	}
	if cells < 2 {
		return chi, 1
	}
	return chi, distuv.ChiSquared{K: float64(cells - 1)}.Survival(chi)
}

// shownTests is how many tests a report lists, those that found most.
const shownTests = 6

func testTable(tests []test) Table {
	t := Table{Name: "most_telling", Title: "The tests that found most",
		Columns: []Column{{Name: "seen", Head: "seen"}, {Name: "cells", Head: "cells"}, {Name: "chi_square", Head: "chi-square"}, {Name: "p", Head: "p"}}}
	used := make([]bool, len(tests))
	for range min(shownTests, len(tests)) {
		best := -1
		for i, x := range tests {
			if !used[i] && (best < 0 || x.p < tests[best].p) {
				best = i
			}
		}
		used[best] = true
		x := tests[best]
		t.Rows = append(t.Rows, []any{x.name, x.cells, x.chi, x.p})
	}
	return t
}

// histograms count what a test looked at, for either secret: a number, two numbers where
// one of them is a bit, or else the difference of two.
func histograms(r ring.Ring, views [2][]series, t test, secrets [2]int) []Histogram {
	out := make([]Histogram, 2)
	for k, view := range views {
		h := Histogram{Name: "histogram_" + []string{"first", "second"}[k]}
		first, second := view[t.parts[0]], view[t.parts[len(t.parts)-1]]
		what, cell := first.name, func(run int) uint64 { return first.values[run] }
		switch {
		case len(t.parts) == 1:
			h.number(first.cells)
		case t.cells < int(r.Modulus()*r.Modulus()):
			what = t.name
			for i := range t.cells {
				h.Labels = append(h.Labels, fmt.Sprintf("%d with %d", i/second.cells, i%second.cells))
			}
			cell = func(run int) uint64 { return first.values[run]*uint64(second.cells) + second.values[run] }
		default:
			what = term(second.name) + " − " + term(first.name)
			h.number(first.cells)
			cell = func(run int) uint64 { return r.Difference(second.values[run], first.values[run]) }
		}
		h.Title, h.Counts = fmt.Sprintf("%s, when the secret is %d", what, secrets[k]), make([]int, len(h.Labels))
		for run := range first.values {
			h.Counts[cell(run)]++
		}
		out[k] = h
	}
	return seenOnly(out)
}

// seenOnly leaves out the values that came up in none of the histograms.
func seenOnly(list []Histogram) []Histogram {
	out := slices.Clone(list)
	for k := range out {
		out[k].Labels, out[k].Counts = nil, nil
	}
	for i, label := range list[0].Labels {
		if !slices.ContainsFunc(list, func(h Histogram) bool { return h.Counts[i] > 0 }) {
			continue
		}
		for k, h := range list {
			out[k].Labels, out[k].Counts = append(out[k].Labels, label), append(out[k].Counts, h.Counts[i])
		}
	}
	return out
}

// number labels the bars with so many numbers from 0.
func (h *Histogram) number(cells int) {
	for i := range cells {
		h.Labels = append(h.Labels, strconv.Itoa(i))
	}
}

// term writes a name as a term of a difference: of one with a formula, such as c = a·b,
// the letter; a difference itself in brackets.
func term(name string) string {
	letter, _, _ := strings.Cut(name, " = ")
	if strings.Contains(letter, " − ") {
		return "(" + letter + ")"
	}
	return letter
}
