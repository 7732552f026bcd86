package mpc

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"unseen/engine/prep"
	"unseen/engine/ring"
	"unseen/engine/trace"
)

// A world runs a protocol on many elements at once, each an independent run with
// inputs and randomness of its own: rows of N×1 matrices. All random numbers, the
// dealer's and those that share the inputs, are asked of value.
type world struct {
	ring    ring.Ring
	holders int
	rows    int // see enoughRows
	inputs  func(v, row int) uint64
	value   func(draw, row int) uint64
	draws   []draw
	at      map[draw]int
}

// enoughRows returns a number of rows that is at least n and a multiple of 64, and so
// large that packed bits, rows/64 words wide, do not look like a matrix of a few
// columns.
func enoughRows(n int) int { return max(256, (n+63)/64*64) }

// draw is one random number of a run: a ring element (vector −1) or a bit.
type draw struct {
	holder  int    // who draws it, from the key shared with the dealer or with whoever shares an input
	counter uint64 // of the dealer; inputs are numbered downwards
	vector  int
	base    uint64
}

// number finds a draw by what it is; one that is seen for the first time is added.
func (w *world) number(d draw) int {
	i, ok := w.at[d]
	if !ok {
		i = len(w.draws)
		w.draws, w.at[d] = append(w.draws, d), i
	}
	return i
}

// odometer is the source of what a holder draws at one position of the dealer. It
// is asked for one word a row, which is a ring element, or for packed bits: so many
// vectors of one bit a row. (No protocol here draws 64 vectors at once, which would
// look like elements.)
type odometer struct {
	w       *world
	holder  int
	counter uint64
	row     int
}

// Uint64 serves rings that are no power of two, element by element.
func (o *odometer) Uint64() uint64 {
	o.row++
	return o.w.value(o.w.number(draw{o.holder, o.counter, -1, o.w.ring.Modulus()}), o.row-1)
}

// Fill serves all others.
func (o *odometer) Fill(words []uint64) {
	if len(words) == o.w.rows {
		d := o.w.number(draw{o.holder, o.counter, -1, o.w.ring.Modulus()})
		for row := range words {
			words[row] = o.w.value(d, row)
		}
		return
	}
	clear(words)
	each := o.w.rows / 64
	for v := range len(words) / each {
		d := o.w.number(draw{o.holder, o.counter, v, 2})
		for row := range o.w.rows {
			words[v*each+row/64] |= o.w.value(d, row) << (row % 64)
		}
	}
}

// column is one number that holders see, row by row.
type column struct {
	seenBy uint   // a bit for each holder
	from   string // who sent it; empty for own shares of inputs
	last   bool   // it is the last holder's message
	name   string
	vector int // of packed bits; else −1
	base   uint64
	values []uint64
}

// outsider is somebody to whom the holders reveal a result, in place of a holder.
const outsider = 15

// alone says, in place of the holder outside a coalition, that the outsider is alone.
const alone = -1

// member reports whether a holder belongs to a coalition: to all holders but one,
// or to none.
func member(holder, without int) bool { return without != alone && holder != without }

// tells reports whether a column belongs to the view of all holders but one, or of
// the outsider alone. What holders send to each other inside a coalition follows
// from what each of them sees; so do opened values, which are the sums of messages
// and own shares.
func (c column) tells(without int) bool {
	if without == alone {
		return c.seenBy&(1<<outsider) != 0 && !c.last // it follows from the result and the others
	}
	return c.seenBy&^(1<<without|1<<outsider) != 0 && (c.from == "" || c.from == "dealer" || c.from == fmt.Sprint("holder ", without))
}

// columns takes a message apart into numbers: a matrix of elements into its
// columns, packed bits into their vectors.
func (w *world) columns(from, name string, x *tensor.Dense) (out []column) {
	data, shape := x.Uint64s(), x.Shape()
	if shape[0] == w.rows && shape[1] != w.rows/64 {
		for j := range shape[1] {
			c := column{0, from, false, name, -1, w.ring.Modulus(), make([]uint64, w.rows)}
			for row := range c.values {
				c.values[row] = data[row*shape[1]+j]
			}
			out = append(out, c)
		}
		return out
	}
	for v := range shape[0] {
		c := column{0, from, false, name, v, 2, make([]uint64, w.rows)}
		for row := range c.values {
			c.values[row] = data[v*shape[1]+row/64] >> (row % 64) & 1
		}
		out = append(out, c)
	}
	return out
}

// protocolUnderTest is what the holders run on their inputs. It returns a result.
type protocolUnderTest func(p *Protocol, x []*Shared) *Shared

// run runs a protocol once, on all rows. It returns the protocol's result and what
// each holder sees beside its own draws: its share of each input and each message
// it gets, the dealer's included, as the protocol tells the tracer. That nothing is
// sent without being told is checked by counting bytes.
func (w *world) run(t *testing.T, inputs int, f protocolUnderTest) (*tensor.Dense, []column) {
	t.Helper()
	if w.at == nil {
		w.at = map[draw]int{}
	}
	places := map[*tensor.Dense][2]int{} // of messages that are sent to several holders
	dealer, err := prep.NewDealerFrom(w.ring, w.holders, func(holder int, counter uint64) rand.Source { return &odometer{w: w, holder: holder, counter: counter} })
	if err != nil {
		t.Fatal(err)
	}
	p, err := New(w.ring, w.holders, dealer)
	if err != nil {
		t.Fatal(err)
	}
	var seen []column
	see := func(from, name string, data *tensor.Dense, holder int) {
		place, known := places[data]
		if !known {
			place[0] = len(seen)
			seen = append(seen, w.columns(from, name, data)...)
			place[1] = len(seen)
			places[data] = place
		}
		for j := place[0]; j < place[1]; j++ {
			seen[j].seenBy |= 1 << holder
			seen[j].last = from == p.Holders[w.holders-1].ID
		}
	}
	x := make([]*Shared, inputs)
	for v := range x {
		x[v] = &Shared{Share: make([]*tensor.Dense, w.holders)}
		last := ring.New(w.rows, 1)
		for row := range w.rows {
			last.Uint64s()[row] = w.inputs(v, row)
		}
		for i := range w.holders - 1 {
			x[v].Share[i] = ring.New(w.rows, 1)
			w.ring.Uniform(x[v].Share[i], &odometer{w: w, holder: i, counter: ^uint64(v)})
			w.ring.Sub(last, last, x[v].Share[i])
		}
		x[v].Share[w.holders-1] = last
		see("", "own input", last, w.holders-1)
	}
	told, seat := int64(0), map[string]int{somebody().ID: outsider}
	for i, h := range p.Holders {
		seat[h.ID] = i
	}
	p.Tracer = trace.NewTracer(func(e *trace.Event) {
		from := e.Party
		switch e.Kind {
		case trace.Open:
			from = "opened"
		case trace.Sent:
			told += int64(e.Bytes)
		default:
			return
		}
		for _, v := range e.Outputs {
			for _, part := range v.Parts {
				if i, ok := seat[part.Party]; ok {
					see(from, v.Name, part.Data, i)
				}
			}
		}
	}, 0)
	z := f(p, x)
	if sent := p.Cost().Bytes; sent != told {
		t.Fatalf("%d bytes were sent, %d told", sent, told)
	}
	return reconstruct(t, p, z), seen
}

// scramble is a fixed function from numbers to numbers that look random: the settings
// of what is not enumerated.
func scramble(a, b int) uint64 {
	x := uint64(a)*0x9e3779b97f4a7c15 ^ uint64(b+1)*0xbf58476d1ce4e5b9
	for range 3 {
		x ^= x >> 31
		x *= 0x94d049bb133111eb
	}
	return x ^ x>>29
}

// What an exact comparison may enumerate. Runs with the race detector do less.
const (
	allRuns    = 1 << 18 >> halvings // all randomness, if so many combinations hold it
	honestRuns = 1 << 12 >> halvings // what the one holder outside the coalition draws
	conditions = 3                   // choices of what the coalition draws
	settings   = 64                  // at which a pad must be a pad
)

// agreement is the result of comparing views.
type agreement struct {
	all    bool     // all randomness was enumerated
	peeled []string // columns that are one-time padded, and left out for that
	differ string   // the secrets whose views differ; empty if none do
}

// compareViews compares what all holders but one see of a protocol for several secrets:
// the exact number of times that each view occurs.
//
// All randomness is enumerated where there are at most allRuns combinations. Else
// what the coalition draws, which it knows, is fixed in several ways, and the rest
// is enumerated: views must agree under each of these conditions, which is more than
// that they agree on average, but only some conditions are looked at. Where even
// that is too much, one-time pads are peeled off, one by one: a draw of the honest
// holder on which, at each of many settings of all others, one column of the view
// depends and no other, and that one takes each value once. Whatever the rest of the
// view, that column is uniform and independent of it. The rest is enumerated.
func compareViews(t *testing.T, r ring.Ring, holders, without int, secrets [][]uint64, f protocolUnderTest) agreement {
	t.Helper()
	inputs := len(secrets[0])
	plan := &world{ring: r, holders: holders, rows: enoughRows(0), value: func(draw, row int) uint64 { return 0 }, inputs: func(v, row int) uint64 { return secrets[0][v] }}
	plan.run(t, inputs, f)
	var all, honest []int
	for i, d := range plan.draws {
		all = append(all, i)
		if !member(d.holder, without) {
			honest = append(honest, i)
		}
	}
	result := agreement{all: combinations(plan.draws, all) <= allRuns}
	hidden := map[int]bool{} // columns, by their place
	if result.all {
		honest = all
	} else if combinations(plan.draws, honest) > honestRuns {
		honest = peel(t, plan, honest, without, secrets, f, hidden, &result)
	}
	runs := combinations(plan.draws, honest)
	stride := make([]int, len(plan.draws)) // of the enumerated draws; 0: fixed
	for i, s := 0, 1; i < len(honest); i++ {
		stride[honest[i]] = s
		s *= int(plan.draws[honest[i]].base)
	}
	for condition := range conditions {
		w := &world{ring: r, holders: holders, rows: enoughRows(len(secrets) * runs), draws: plan.draws, at: plan.at}
		w.inputs = func(v, row int) uint64 { return secrets[row/runs%len(secrets)][v] }
		w.value = func(draw, row int) uint64 {
			if s := stride[draw]; s > 0 {
				return uint64(row%runs/s) % plan.draws[draw].base
			}
			return scramble(condition, draw) % plan.draws[draw].base
		}
		_, seen := w.run(t, inputs, f)
		view := slices.DeleteFunc(numberAll(seen), func(c numbered) bool { return !c.tells(without) || hidden[c.number] })
		if s := different(w, view, honest, without, runs, len(secrets)); s > 0 {
			result.differ = fmt.Sprintf("%v and %v", secrets[0], secrets[s])
		}
		if result.all || result.differ != "" {
			break
		}
	}
	return result
}

// combinations returns in how many ways some draws can come out, at most 2^40.
func combinations(draws []draw, which []int) int {
	n := 1
	for _, i := range which {
		n = min(n*int(draws[i].base), 1<<40)
	}
	return n
}

// numbered is a column with its place among all.
type numbered struct {
	column
	number int
}

func numberAll(columns []column) []numbered {
	out := make([]numbered, len(columns))
	for i, c := range columns {
		out[i] = numbered{c, i}
	}
	return out
}

// peel peels off one-time pads until few enough draws are left. It returns these.
func peel(t *testing.T, plan *world, honest []int, without int, secrets [][]uint64, f protocolUnderTest, hidden map[int]bool, result *agreement) []int {
	t.Helper()
	// Rows: for each draw of the honest holder, each setting of all others, each value.
	from := make([]int, len(honest)+1)
	for i, d := range honest {
		from[i+1] = from[i] + settings*int(plan.draws[d].base)
	}
	rows := from[len(honest)]
	candidate, setting, value := make([]int, rows), make([]int, rows), make([]uint64, rows)
	for i, d := range honest {
		base := int(plan.draws[d].base)
		for row := from[i]; row < from[i+1]; row++ {
			candidate[row], setting[row], value[row] = d, (row-from[i])/base, uint64((row-from[i])%base)
		}
	}
	w := &world{ring: plan.ring, holders: plan.holders, rows: enoughRows(rows), draws: plan.draws, at: plan.at}
	w.inputs = func(v, row int) uint64 { return secrets[setting[row%rows]%len(secrets)][v] }
	w.value = func(draw, row int) uint64 {
		if row %= rows; draw == candidate[row] {
			return value[row]
		}
		return scramble(-1-setting[row], draw) % plan.draws[draw].base
	}
	_, seen := w.run(t, len(secrets[0]), f)
	depends := make([][]int, len(honest)) // the columns that depend on each draw
	pads := make([]map[int]bool, len(honest))
	for i, d := range honest {
		pads[i] = map[int]bool{}
		base := int(plan.draws[d].base)
		for j, c := range seen {
			if !c.tells(without) {
				continue
			}
			changes, onto := false, c.base == plan.draws[d].base
			for s := from[i]; s < from[i+1]; s += base {
				values := slices.Clone(c.values[s : s+base])
				slices.Sort(values)
				changes = changes || values[0] != values[base-1]
				onto = onto && len(slices.Compact(values)) == base
			}
			if changes {
				depends[i], pads[i][j] = append(depends[i], j), onto
			}
		}
	}
	left := slices.Clone(honest)
	for progress := true; progress && combinations(plan.draws, left) > honestRuns; {
		progress = false
		for i := len(honest) - 1; i >= 0; i-- { // the latest first: they depend on others, not others on them
			on := slices.DeleteFunc(slices.Clone(depends[i]), func(j int) bool { return hidden[j] })
			if !slices.Contains(left, honest[i]) || combinations(plan.draws, left) <= honestRuns || len(on) > 1 || len(on) == 1 && !pads[i][on[0]] {
				continue
			}
			for _, j := range on {
				hidden[j] = true
				result.peeled = append(result.peeled, seen[j].name+" from "+seen[j].from)
			}
			left = slices.DeleteFunc(left, func(d int) bool { return d == honest[i] })
			progress = true
		}
	}
	if n := combinations(plan.draws, left); n > 16*honestRuns {
		t.Fatalf("%d combinations are left to enumerate: too many; %v are peeled", n, result.peeled)
	}
	return left
}

// different counts every view of every secret and returns the first secret whose
// counts are not those of secret 0, or 0 if there is none. A view is the columns
// and, where they are enumerated, the coalition's own draws.
func different(w *world, view []numbered, enumerated []int, without, runs, secrets int) int {
	words := [][]uint64{make([]uint64, secrets*runs)} // of views, written as numbers of mixed radix
	room := uint64(1)
	add := func(base uint64, value func(row int) uint64) {
		if room > 1<<63/base {
			words, room = append(words, make([]uint64, secrets*runs)), 1
		}
		for row := range words[len(words)-1] {
			words[len(words)-1][row] += room * value(row)
		}
		room *= base
	}
	for _, d := range enumerated {
		if member(w.draws[d].holder, without) {
			add(w.draws[d].base, func(row int) uint64 { return w.value(d, row) })
		}
	}
	for _, c := range view {
		if slices.Max(c.values) > 0 {
			add(c.base, func(row int) uint64 { return c.values[row] })
		}
	}
	if len(words) == 1 {
		return unequal(words[0], runs)
	}
	keys := make([][8]uint64, secrets*runs)
	for row := range keys {
		for i, w := range words {
			keys[row][i] = w[row]
		}
	}
	return unequal(keys, runs)
}

// unequal returns the first stretch of so many keys that has not the same keys as
// stretch 0, each as often, or 0 if there is none.
func unequal[K comparable](keys []K, runs int) int {
	counts := make(map[K]int, runs)
	for _, k := range keys[:runs] {
		counts[k]++
	}
	for s := 1; s*runs < len(keys); s++ {
		left := make(map[K]int, len(counts))
		for _, k := range keys[s*runs : (s+1)*runs] {
			if left[k]++; left[k] > counts[k] {
				return s
			}
		}
	}
	return 0
}
