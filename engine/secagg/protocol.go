package secagg

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"gorgonia.org/tensor"

	"unseen/engine/local"
	"unseen/engine/nn"
	"unseen/engine/party"
	"unseen/engine/rng"
	"unseen/engine/trace"
)

// Names of objects in the parties' memories.
const (
	Update     = "update"      // at a worker: how its training moved the model, 1 × weights
	channelKey = "c secret"    // private half of the key under which shares travel; kept over rounds
	maskKey    = "s secret"    // private half of the mask key, fresh every round
	selfSeed   = "b"           // from which the self-mask is expanded
	pairSeeds  = "s pairs"     // what the worker has in common with each neighbour, k × 4
	neighbours = "neighbours"  // numbers of the neighbours, 1 × k
	theirC     = "their c"     // the neighbours' public channel keys, k × 4
	theirS     = "their s"     // their public mask keys, k × 4
	shared     = "shared"      // 1 for each neighbour that shared its secrets, 1 × k
	sealedFrom = "sealed"      // what the neighbours sealed for this worker
	held       = "shares held" // a share of s and one of b of each neighbour, k × 10
	Encoded    = "x_u"         // the update in steps, and the rows it stands for
	masked     = "y_u"         // x_u and all masks
	delivered  = "delivered"   // 1 for each neighbour whose b is to be recovered, 1 × k
	gone       = "gone"        // 1 for each neighbour whose s is to be recovered, 1 × k
	Sum        = "sum"         // at the server: Σ x over those who delivered, in steps
	Average    = "average"     // the mean update, weighted by rows
)

// Of names the object in which the server holds something of a worker's.
func of(p *party.Party, what string) string { return p.ID + " " + what }

// Stage is one of the stages of a round of secure aggregation.
type Stage int

// The stages of aggregation with masks. A worker that leaves at a stage still computes
// what it would send, and sends nothing from there on.
const (
	Advertise   Stage = iota // advertise keys
	ShareKeys                // share keys
	MaskedInput              // masked input
	Unmask                   // unmask
	Stays                    // does not leave
)

var stageNames = [...]string{"advertise keys", "share keys", "masked input", "unmask", "stays"}

// String names the stage by what workers send in it.
func (s Stage) String() string { return stageNames[s] }

// Round says what is special about a server round.
type Round struct {
	Number uint64  // counted from 0
	Branch uint32  // enters all labels, so that no mask ever meets two values
	Leave  []Stage // by worker; nil: everybody stays
}

// leaves returns the stage from which a worker is absent.
func (r Round) leaves(u int) Stage {
	if r.Leave == nil {
		return Stays
	}
	return r.Leave[u]
}

// Protocol is what a round of secure aggregation needs to know. Everything but the
// parties' memories is public.
type Protocol struct {
	Size      Size
	Quantiser Quantiser
	Committee bool // by a committee of share holders; else with masks
	Server    *party.Party
	Workers   []*party.Party
	Rows      []int // of each worker: its weight in the average; only the worker knows it
	Values    int   // in an update
	Link      *party.Link
	Root      rng.Key

	// For differential privacy; all may be nil or 0. Shape may change a worker's
	// update, weighted by its rows, before it is rounded to steps. Noise may change
	// it then, in steps, before it is masked; the last element of x counts rows and
	// is not there with a Divisor. A Divisor takes the place of the sum of rows.
	Shape   func(worker string, round Round, v []float64)
	Noise   func(worker string, round Round, x []int64)
	Divisor float64
	Least   int // how many must deliver, so that the noise of all is enough; fewer abort the round

	Often int // after how many turns of an exchange the round can be entered again; 0: after as many as take some milliseconds

	// Redraw may change the mask that two workers, the earlier one first, expand in a
	// round from what they have in common: its first words, as many as are asked for. It
	// is for experiments that ask what others would have seen had chance gone another way,
	// and must change equal masks equally; nil: nobody does.
	Redraw func(one, other string, round uint64, words []uint64)

	released         []released                 // by worker, for those who look on; nil without privacy
	channels         found[uint64, seed]        // the keys under which shares travel between every two workers that met, by [ends]
	sources          found[source, rng.Streams] // what parties drew from, in all rounds
	steps, expanders sync.Pool                  // of buffers: an update in steps, *[]int64; *expander

	keys, rounds *recall // the simulator's: of keys, and of all else; nil: nothing is remembered

	lie func(u int, delivered, gone []uint64) // tests let the server lie to a worker
}

// Outcome is how a round of secure aggregation went. Clipped is known to nobody in
// full: it is the simulator's view.
type Outcome struct {
	Delivered []int          // workers whose update is in the sum
	Gone      [Stays]int     // how many were lost at each stage
	Aborted   error          // why there is no sum; a *ThresholdError
	Clipped   int            // values that met the clip
	Sum       []int64        // opened: Σ x, the rows last unless there is a Divisor
	Mean      *tensor.Dense  // the mean update, 1 × values
	Took      map[string]int // how many secrets of each kind the server recovered
}

// ThresholdError says why a round was aborted: too few were left. Worker is empty
// where there are too few altogether.
type ThresholdError struct {
	Stage      string
	Worker     string // whose neighbours are too few
	Left, Need int
}

// Error says after which stage too few were left, and how many are needed.
func (e *ThresholdError) Error() string {
	if e.Worker == "" {
		others := "others"
		if e.Left == 1 {
			others = "other"
		}
		return fmt.Sprintf("too few are left after the stage %s: %d %s, and %d are needed", e.Stage, e.Left, others, e.Need)
	}
	return fmt.Sprintf("too few of those who hold shares of %s are left after the stage %s: %d, and %d are needed", e.Worker, e.Stage, e.Left, e.Need)
}

// ListsOverlapError says that the server asked a worker for both secrets of a peer:
// with both it could unmask what the peer sent.
type ListsOverlapError struct{ Peer string }

// Error names the peer whose secrets were both asked for.
func (e *ListsOverlapError) Error() string {
	return fmt.Sprintf("the server asks for both secrets of %s, as of one who delivered and as of one who did not: this is an attack", e.Peer)
}

// length is how many elements a vector x has.
func (p *Protocol) length() int {
	if p.Divisor > 0 {
		return p.Values
	}
	return p.Values + 1
}

// stream draws for a party; the branch and the round are in its label.
func (p *Protocol) stream(who *party.Party, label string, r Round) *rng.Stream {
	streams := p.sources.get(source{who.ID, label, r.Branch}, func() rng.Streams {
		return p.Root.Party(who.ID).Streams("secagg "+label, r.Branch)
	})
	return streams.At(r.Number)
}

// draw draws 32 secret bytes for a party.
func (p *Protocol) draw(who *party.Party, label string, r Round) (b seed) {
	p.stream(who, label, r).Read(b[:])
	return b
}

// public is public for a private key of which the simulator may know it already.
func (p *Protocol) public(t *trace.Tracer, own seed) seed {
	memo := p.keys.while(t)
	return take(memo.get(memo.of("public").seeds(own), func() []uint64 {
		out := make([]uint64, seedWords)
		put(out, public(own))
		return out
	}))
}

// SetUp draws the workers' channel keys, which they keep over rounds: they follow from
// the root key, so that setting up again, on the way back to the beginning, draws the
// same ones, and what any two of them have in common stays known.
func (p *Protocol) SetUp(t *trace.Tracer) {
	t.Begin(trace.Scope{Level: trace.Operation, Name: "channel keys"})
	var out []trace.Value
	for i, w := range p.Workers {
		w.Store.PutFrozen(channelKey, trace.Plain, word(p.draw(w, "channel key", Round{})), t.Step()+1, "drawn: the private half of the channel key")
		if t.Watched() && i < shown {
			out = append(out, values(w, channelKey)...)
		}
	}
	t.EndLocal("", nil, out)
}

// shown is how many workers' values an event lists where all are alike.
const shown = 3

// encode turns a worker's update into steps, with its rows as the last element.
func (p *Protocol) encode(u int, r Round) (x []uint64, clipped int, err error) {
	w := p.Workers[u]
	update := w.Store.Need(w.ID, Update).Float64s()
	weight := float64(p.Rows[u])
	if p.Shape != nil {
		update = slices.Clone(update)
		for i := range update {
			update[i] *= weight
		}
		p.Shape(w.ID, r, update)
		weight = 1
	}
	buffer, _ := p.steps.Get().(*[]int64)
	if buffer == nil || len(*buffer) != p.length() {
		buffer = new(make([]int64, p.length()))
	}
	defer p.steps.Put(buffer)
	steps := *buffer
	if clipped, err = p.Quantiser.Encode(steps[:p.Values], update, weight); err != nil {
		return nil, 0, err
	}
	if p.Divisor == 0 {
		steps[p.Values] = int64(p.Rows[u])
	}
	if p.Noise != nil {
		p.Noise(w.ID, r, steps)
	}
	x = make([]uint64, len(steps))
	p.Quantiser.reduce(x, steps)
	return x, clipped, nil
}

// inSteps encodes a worker's update, and notes how many values met the clip.
func (c *course) inSteps(u int) []uint64 {
	x, clipped, err := c.encode(u, c.Round)
	if err != nil {
		panic(&party.Abort{Party: c.Workers[u].ID, Cause: err})
	}
	c.clipped[u] = clipped
	return x
}

// tellEncoded tells that a worker has encoded its update.
func (c *course) tellEncoded(u int, x []uint64) {
	w := c.Workers[u]
	c.t.Begin(trace.Scope{Level: trace.Operation, Name: "encode"})
	w.Store.PutFrozen(Encoded, trace.Plain, row(x), c.t.Step()+1, c.encoding())
	if c.t.Watched() {
		c.t.EndLocal(w.ID, values(w, Update), append(values(w, Encoded), c.revealed(u, c.t.Step()+1)...))
	}
}

// encoding says how the vectors that are added up are made.
func (p *Protocol) encoding() string {
	if p.Divisor > 0 {
		return fmt.Sprintf("clipped update · 2^%d + own share of the noise, mod 2^%d", p.Quantiser.Fraction, p.Quantiser.Bits)
	}
	return fmt.Sprintf("round(rows · update · 2^%d) mod 2^%d, and the rows", p.Quantiser.Fraction, p.Quantiser.Bits)
}

// open notes the sum as signed numbers.
func (o *Outcome) open(p *Protocol, sum []uint64) {
	o.Sum = make([]int64, len(sum))
	for i, x := range sum {
		o.Sum[i] = p.Quantiser.lift(x)
	}
}

// decode turns the opened sum into the mean update.
func (p *Protocol) decode(t *trace.Tracer, o *Outcome) {
	t.Begin(trace.Scope{Level: trace.Operation, Name: "decode"})
	total, by := p.Divisor, strconv.FormatFloat(p.Divisor, 'g', -1, 64)
	if total == 0 {
		total, by = float64(o.Sum[p.Values]), "rows"
	}
	o.Mean = nn.New(1, p.Values)
	for i := range o.Mean.Size() {
		o.Mean.Float64s()[i] = p.Quantiser.Decode(o.Sum[i]) / total
	}
	p.Server.Store.Put(Average, trace.Plain, o.Mean, t.Step()+1, fmt.Sprintf("sum · 2^−%d / %s", p.Quantiser.Fraction, by))
	if t.Watched() {
		t.EndLocal(p.Server.ID, values(p.Server, Sum), values(p.Server, Average))
	}
}

// abort tells that a round ends without a sum.
func (p *Protocol) abort(t *trace.Tracer, o *Outcome) {
	t.Begin(trace.Scope{Level: trace.Operation, Name: "abort"})
	e := o.Aborted.(*ThresholdError)
	counts := nn.New(1, 2)
	copy(counts.Float64s(), []float64{float64(e.Left), float64(e.Need)})
	p.Server.Store.Put(counted, trace.Plain, counts, t.Step()+1, o.Aborted.Error())
	if t.Watched() {
		t.EndLocal(p.Server.ID, nil, values(p.Server, counted))
	}
	o.Delivered = nil
}

// counted is what the server knows of an aborted round: how many are left, and how
// many are needed.
const counted = "left and needed"

// forget removes from all memories what belongs to the round that is over. The sum,
// the average and the counts stay until the next one.
func (p *Protocol) forget() {
	for _, w := range p.Workers {
		w.Store.RemoveFunc(func(name string) bool {
			switch name {
			case local.Norms, local.Noise, maskKey, selfSeed, pairSeeds, neighbours, theirC, theirS, shared, sealedFrom, held, Encoded, masked, delivered, gone, Update, SumShare, holders, everyC:
				return true
			}
			return false
		})
	}
	own := map[string]bool{recoveredB: true, recoveredS: true, offMasks: true, holders: true, neighbours: true}
	for _, w := range p.Workers {
		for _, what := range []string{"c", "s", "sealed", "y", "shares", "sum share"} {
			own[of(w, what)] = true
		}
	}
	p.Server.Store.RemoveFunc(func(name string) bool { return own[name] })
}

// values names objects of a party's memory for an event.
func values(p *party.Party, names ...string) []trace.Value {
	out := make([]trace.Value, len(names))
	for i, name := range names {
		data := p.Store.Need(p.ID, name)
		o, _ := p.Store.Get(name)
		out[i] = trace.Value{Name: name, Form: o.Form, Parts: []trace.Part{{Party: p.ID, Data: data}}}
	}
	return out
}

// each calls f for 0 … n−1, on all cores. The parties of a stage compute nothing
// that another one waits for: the order does not matter to the result. Before each the
// run may be ended. A panic in f goes on in the caller.
func (p *Protocol) each(t *trace.Tracer, n int, f func(i int)) {
	cores := min(runtime.GOMAXPROCS(0), n)
	if cores < 2 {
		for i := range n {
			t.Breathe()
			f(i)
		}
		return
	}
	var next atomic.Int64
	var group sync.WaitGroup
	failed := make([]any, cores)
	for c := range cores {
		group.Go(func() {
			defer func() { failed[c] = recover() }()
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				t.Breathe()
				f(i)
			}
		})
	}
	group.Wait()
	for _, r := range failed {
		if r != nil {
			panic(r)
		}
	}
}

// Departures draws who leaves in a server round, and at which of so many stages: the
// share of all workers that leaves, rounded down.
func Departures(root rng.Key, workers int, share float64, round uint64, stages int) []Stage {
	leave := make([]Stage, workers)
	for u := range leave {
		leave[u] = Stays
	}
	count := int(share * float64(workers))
	if count == 0 {
		return leave
	}
	r := rand.New(root.Party("simulator").Stream("secagg departures", 0, round))
	for _, u := range r.Perm(workers)[:count] {
		leave[u] = Stage(r.IntN(stages))
	}
	return leave
}
