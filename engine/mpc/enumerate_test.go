package mpc

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
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
	rows    int            // see enoughRows
	across  bool           // runs are columns, not rows, of the matrices within a protocol
	wide    map[uint64]int // by counter: for how many elements of a run bits are drawn, if not for one
	inputs  func(v, row int) uint64
	value   func(draw, row int) uint64
	draws   []draw
	at      map[draw]int
}

// enoughRows returns a number of rows that is at least n and a multiple of 64, and so
// large that packed bits, rows/64 words wide, do not look like a matrix of a few
// columns.
func enoughRows(n int) int { return max(256, (n+63)/64*64) }

// draw is one random number of a run: a ring element or a bit.
type draw struct {
	holder  int    // who draws it, from the key shared with the dealer or with whoever shares an input
	counter uint64 // of the dealer; inputs are numbered downwards
	vector  int    // of a bit, and 1000 more for each further element of the run; of elements −1, −2, …
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
// is asked for one word a row, or for several, which are ring elements, or for packed
// bits: so many vectors of one bit for each element. (No protocol here draws 64 vectors of a
// column at once, which would look like elements.)
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
	each := max(1, o.w.wide[o.counter])
	if wide := len(words) / o.w.rows; wide > 0 && (each == 1 || each == wide) {
		for j := range wide {
			d := o.w.number(draw{o.holder, o.counter, -1 - j, o.w.ring.Modulus()})
			for row := range o.w.rows {
				words[o.w.place(row, j, wide)] = o.w.value(d, row)
			}
		}
		return
	}
	clear(words)
	vector := o.w.rows * each / 64 // its words
	for j := range each {
		for v := range len(words) / vector {
			d := o.w.number(draw{o.holder, o.counter, v + 1000*j, 2})
			for row := range o.w.rows {
				bit := row*each + j
				words[v*vector+bit/64] |= o.w.value(d, row) << (bit % 64)
			}
		}
	}
}

// learn finds out for how many elements of a run bits are drawn, by a look at what the
// dealer sends after it has drawn them.
func (w *world) learn(t *testing.T, inputs int, f protocolUnderTest) {
	t.Helper()
	x := make([]*tensor.Dense, inputs)
	for v := range x {
		x[v] = ring.New(enoughRows(0), 1)
	}
	var drawn []uint64
	next := 0
	w.wide = map[uint64]int{}
	zero := &world{ring: w.ring, rows: enoughRows(0), at: map[draw]int{}, value: func(draw, row int) uint64 { return 0 }}
	run(t, w.ring, w.holders, ^uint(0), func(holder int, counter uint64) rand.Source {
		drawn = append(drawn, counter)
		return &odometer{w: zero, holder: holder, counter: counter}
	}, x, f, hooks{look: func(sent []message) {
		for ; next < len(sent); next++ {
			if m := sent[next]; m.from == "dealer" && m.packed {
				for _, counter := range drawn {
					w.wide[counter] = m.shape[1] * 64 / zero.rows
				}
			}
		}
		drawn = nil
	}})
}

// place returns where number j of a run is in a matrix with so many for each.
func (w *world) place(row, j, wide int) int {
	if w.across {
		return j*w.rows + row
	}
	return row*wide + j
}

// message is what somebody gets: from another, from the dealer, or at the beginning, as
// its own share of an input.
type message struct {
	from   string // a party; empty for own shares of inputs, "opened" for what messages add up to
	by     uint   // a bit for the holder who sent it, or none
	to     uint   // a bit for each who got it
	name   string
	packed bool // bits, 64 to a word, a row for each vector; else ring elements
	shape  [2]int
	data   []uint64
}

// outsider is somebody to whom the holders reveal a result, in place of a holder.
const outsider = 15

// alone says, in place of the holder outside a coalition, that the outsider is alone.
const alone = -1

// coalition has a bit for each member: all holders but one, or the outsider alone.
func coalition(holders, without int) uint {
	if without == alone {
		return 1 << outsider
	}
	return (1<<holders - 1) &^ (1 << without)
}

// tells reports whether a message belongs to the view of a coalition: what its members
// get, and what they send. The latter, and what they send to each other, follows from
// the rest if each computes from what it knows: that it does is compared, too.
func (m message) tells(coalition uint) bool { return (m.by|m.to)&coalition != 0 }

// column is one number of a message, row by row.
type column struct {
	message
	vector int // as that of a [draw]
	base   uint64
	values []uint64
}

// columns takes messages apart into numbers: matrices of elements into their columns,
// packed bits into their vectors. What is sent once for all runs is left out.
func (w *world) columns(messages []message) (out []column) {
	for _, m := range messages {
		if m.packed {
			wide := m.shape[1] * 64 / w.rows
			for j := range wide {
				for v := range m.shape[0] {
					c := column{m, v + 1000*j, 2, make([]uint64, w.rows)}
					for row := range c.values {
						bit := row*wide + j
						c.values[row] = m.data[v*m.shape[1]+bit/64] >> (bit % 64) & 1
					}
					out = append(out, c)
				}
			}
			continue
		}
		wide := len(m.data) / w.rows
		for j := range wide {
			c := column{m, -1 - j, w.ring.Modulus(), make([]uint64, w.rows)}
			for row := range c.values {
				c.values[row] = m.data[w.place(row, j, wide)]
			}
			out = append(out, c)
		}
	}
	return out
}

// protocolUnderTest is what the holders run on their inputs. It returns a result.
type protocolUnderTest func(p *Protocol, x []*Shared) *Shared

// run runs a protocol once, on all rows. It returns the protocol's result and the view
// of a coalition.
func (w *world) run(t *testing.T, members uint, inputs int, f protocolUnderTest) (*tensor.Dense, []message) {
	t.Helper()
	if w.at == nil {
		w.at = map[draw]int{}
	}
	x := make([]*tensor.Dense, inputs)
	for v := range x {
		x[v] = ring.New(w.rows, 1)
		for row := range w.rows {
			x[v].Uint64s()[row] = w.inputs(v, row)
		}
	}
	return run(t, w.ring, w.holders, members, func(holder int, counter uint64) rand.Source { return &odometer{w: w, holder: holder, counter: counter} }, x, f, hooks{})
}

// hooks are what somebody does while a protocol runs.
type hooks struct {
	look   func(sent []message) // sees, after each event, the messages so far
	tamper func(Flight)         // changes what is on its way
	memory *ring.Buffers        // where everything lies until the next run; may be nil
}

// run runs a protocol on inputs that are shared among so many holders. All random
// numbers come from draw: the dealer's, by its counter, and those that share input v, by
// ^v. It returns the result and, in their order, the messages to and from a coalition:
// what the last holder is left of each input, what the dealer sends, what the holders
// send, as the protocol tells the tracer. That nothing is sent without being told is
// checked by counting bytes.
func run(t *testing.T, r ring.Ring, holders int, members uint, draw prep.Draw, inputs []*tensor.Dense, f protocolUnderTest, h hooks) (result *tensor.Dense, sent []message) {
	t.Helper()
	dealer, err := prep.NewDealerFrom(r, holders, draw)
	if err != nil {
		t.Fatal(err)
	}
	dealer.Buffers = h.memory
	h.memory.Reset(0)
	p, err := New(r, holders, dealer)
	if err != nil {
		t.Fatal(err)
	}
	x := make([]*Shared, len(inputs))
	for v, last := range inputs {
		x[v] = &Shared{Share: make([]*tensor.Dense, holders)}
		last = last.Clone().(*tensor.Dense)
		rows, columns := last.Shape()[0], last.Shape()[1]
		for i := range holders - 1 {
			x[v].Share[i] = ring.New(rows, columns)
			r.Uniform(x[v].Share[i], draw(i, ^uint64(v)))
			r.Sub(last, last, x[v].Share[i])
		}
		x[v].Share[holders-1] = last
		if m := (message{to: 1 << (holders - 1), name: "own input", shape: [2]int{rows, columns}, data: last.Uint64s()}); m.tells(members) {
			sent = append(sent, m)
		}
	}
	told, seat := int64(0), map[string]int{somebody().ID: outsider}
	for i, holder := range p.Holders {
		seat[holder.ID] = i
	}
	places := map[*tensor.Dense]int{} // of what is sent to several
	p.Tracer = trace.NewTracer(func(e *trace.Event) {
		m := message{from: e.Party}
		if i, ok := seat[e.Party]; ok {
			m.by = 1 << i
		}
		switch e.Kind {
		case trace.Open:
			m.from = "opened"
		case trace.Sent:
			told += int64(e.Bytes)
		default:
			return
		}
		for _, v := range e.Outputs {
			for _, part := range v.Parts {
				i, ok := seat[part.Party]
				if !ok || (m.by|1<<i)&members == 0 {
					continue
				}
				place, known := places[part.Data]
				if !known {
					place, places[part.Data] = len(sent), len(sent)
					m.name, m.packed, m.shape, m.data = v.Name, v.Packed > 0, [2]int(part.Data.Shape()), slices.Clone(part.Data.Uint64s())
					sent = append(sent, m)
				}
				sent[place].to |= 1 << i
			}
		}
		if h.look != nil {
			h.look(sent)
		}
	}, 0)
	p.Tamper(h.tamper)
	z := f(p, x)
	if sent := p.Cost().Bytes; sent != told {
		t.Fatalf("%d bytes were sent, %d told", sent, told)
	}
	return reconstruct(t, p, z), sent
}

// allRuns is how many combinations of all randomness are enumerated at most. Runs with
// the race detector do less.
const allRuns = 1 << 20 >> halvings

// allRunsAtMost is as many where there is time. With 2^21, ReLU, less-than, exact truncation
// and products among two are enumerated in Z_2^3; with 2^24, which takes five minutes,
// equality and the maximum, too, and products among three in Z_2^2.
func allRunsAtMost() int {
	switch os.Getenv("UNSEEN_LONG") {
	case "":
		return allRuns
	case "most":
		return 16 * allRuns
	}
	return 2 * allRuns
}

// agreement is the result of comparing views.
type agreement struct {
	draws  []draw // random numbers of a run: ring elements and bits
	runs   int    // combinations of all of them, if they were enumerated; else 0
	differ string // what the views differ in; empty if in nothing
}

// compareViews compares what all holders but one see of a protocol for several secrets,
// or, without none, what an outsider does. Where all randomness has at most most
// combinations, each is run, and the exact number of times that each view occurs must be
// the same for each secret. Else the pads in the views are counted: see [onePadEach].
func compareViews(t *testing.T, r ring.Ring, holders, without int, secrets [][]uint64, f protocolUnderTest, most int) agreement {
	t.Helper()
	inputs := len(secrets[0])
	plan := &world{ring: r, holders: holders, rows: enoughRows(0), value: func(draw, row int) uint64 { return 0 }, inputs: func(v, row int) uint64 { return secrets[0][v] }}
	plan.run(t, 0, inputs, f)
	runs := combinations(plan.draws)
	if runs > most {
		return agreement{draws: plan.draws, differ: onePadEach(t, r, holders, coalition(holders, without), secrets, f, manyRuns(r))}
	}
	members := coalition(holders, without)
	stride, piece := strides(plan.draws, members)
	result := agreement{draws: plan.draws, runs: runs}
	for from := 0; from < runs && result.differ == ""; from += piece {
		w := &world{ring: r, holders: holders, rows: enoughRows(len(secrets) * piece), draws: plan.draws, at: plan.at}
		w.inputs = func(v, row int) uint64 { return secrets[row/piece%len(secrets)][v] }
		w.value = func(draw, row int) uint64 {
			return uint64((from+row%piece)/stride[draw]) % plan.draws[draw].base
		}
		_, sent := w.run(t, members, inputs, f)
		if i := different(w, sent, without, piece, len(secrets)); i > 0 {
			result.differ = fmt.Sprintf("views of %v and %v", secrets[0], secrets[i])
		}
	}
	return result
}

// onePiece is how many combinations are run side by side, if it can be helped: memory
// bounds them.
const onePiece = 1 << 19

// strides says after how many combinations each draw changes, and how many make a piece.
// Within a piece the last draws stay the same. They are the coalition's, which sees them:
// so no view occurs in two pieces, and pieces can be compared one by one.
func strides(draws []draw, members uint) (stride []int, piece int) {
	stride, piece = make([]int, len(draws)), 1
	own := func(d draw) bool { return members&(1<<d.holder) != 0 }
	n := 1
	for _, members := range []bool{false, true} {
		for i, d := range draws {
			if own(d) != members {
				continue
			}
			stride[i] = n
			n *= int(d.base)
			if !members || n <= onePiece {
				piece = n
			}
		}
	}
	return stride, piece
}

// combinations returns in how many ways all draws can come out, at most 2^40.
func combinations(draws []draw) int {
	n := 1
	for _, d := range draws {
		n = min(n*int(d.base), 1<<40)
	}
	return n
}

// different counts every view of every secret and returns the first secret whose
// counts are not those of secret 0, or 0 if there is none. A view is what is sent to and
// from a coalition, and its own draws.
func different(w *world, sent []message, without, runs, secrets int) int {
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
	members := coalition(w.holders, without)
	for i, d := range w.draws {
		if members&(1<<d.holder) != 0 {
			add(d.base, func(row int) uint64 { return w.value(i, row) })
		}
	}
	view := slices.DeleteFunc(sent, func(m message) bool { return m.from == "opened" })
	for _, c := range w.columns(view) { // what is opened is the sum of the rest
		add(c.base, func(row int) uint64 { return c.values[row] })
	}
	if len(words) == 1 {
		return unequal(words[0], runs, cmp.Compare)
	}
	keys := make([][16]uint64, secrets*runs)
	for row := range keys {
		for i, w := range words {
			keys[row][i] = w[row]
		}
	}
	return unequal(keys, runs, func(a, b [16]uint64) int { return slices.Compare(a[:], b[:]) })
}

// unequal returns the first stretch of so many keys that has not the same keys as
// stretch 0, each as often, or 0 if there is none. It sorts them.
func unequal[K comparable](keys []K, runs int, compare func(a, b K) int) int {
	slices.SortFunc(keys[:runs], compare)
	for s := 1; s*runs < len(keys); s++ {
		stretch := keys[s*runs : (s+1)*runs]
		if slices.SortFunc(stretch, compare); !slices.Equal(stretch, keys[:runs]) {
			return s
		}
	}
	return 0
}

// logCombinations is log₂ of the ways in which all draws can come out.
func logCombinations(draws []draw) (bits float64) {
	for _, d := range draws {
		bits += math.Log2(float64(d.base))
	}
	return bits
}
