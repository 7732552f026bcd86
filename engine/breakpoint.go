package engine

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"

	"unseen/engine/local"
	"unseen/engine/secagg"
	"unseen/engine/trace"
)

// Cause says what a breakpoint waits for.
type Cause string

// The causes, as they are written.
const (
	AtOperation Cause = "operation"  // an operation of this name is done
	AtSending   Cause = "sends"      // this party has sent a message
	AtOpening   Cause = "opening"    // a shared value was opened, or put together by who was sent its shares
	AtOverflow  Cause = "overflow"   // a value has left its range, wrapped, reached 2^bits in size, or is not a number
	AtRise      Cause = "loss rises" // the loss of a batch is higher than that of the one before: met where it is a number, or is opened
	AtRound     Cause = "round"      // so many rounds of messages are over
	AtEpoch     Cause = "epoch"      // this epoch, or server round, is over
)

// Breakpoint says where a run that goes forth should stop.
type Breakpoint struct {
	On   Cause
	Name string // of the operation or the party
	N    int    // of the round or epoch, or the bits of an overflow; 0: of its range
}

// Examples lists a breakpoint of each kind; of an overflow both kinds.
func Examples() []Breakpoint {
	return []Breakpoint{{On: AtOperation, Name: "matmul"}, {On: AtSending, Name: "server"}, {On: AtOpening}, {On: AtOverflow}, {On: AtOverflow, N: 31},
		{On: AtRise}, {On: AtRound, N: 12}, {On: AtEpoch, N: 3}}
}

// HowToBreak lists breakpoints of all kinds in writing: "operation matmul, …, or epoch 3".
func HowToBreak() string {
	var all []string
	for _, b := range Examples() {
		all = append(all, b.String())
	}
	last := len(all) - 1
	return strings.Join(all[:last], ", ") + " or " + all[last]
}

// ParseBreakpoint reads a breakpoint as [Breakpoint.String] writes it: "operation
// matmul", "sends server", "opening", "overflow", "overflow 20", "loss rises",
// "round 12", "epoch 3". A *[SettingError] says what is wrong.
func ParseBreakpoint(text string) (Breakpoint, error) {
	bad := func(what, mend string) (Breakpoint, error) {
		return Breakpoint{}, &SettingError{"breakpoint", strconv.Quote(text), what, mend}
	}
	words := strings.Join(strings.Fields(text), " ")
	if words == string(AtRise) || words == string(AtOpening) {
		return Breakpoint{On: Cause(words)}, nil
	}
	first, rest, _ := strings.Cut(words, " ")
	b := Breakpoint{On: Cause(first)}
	switch b.On {
	case AtOperation, AtSending:
		if b.Name = rest; rest == "" {
			return bad("a name is missing", "write as in operation matmul, or sends server")
		}
		return b, nil
	case AtOverflow:
		if rest == "" {
			return b, nil
		}
	case AtRound, AtEpoch:
	default:
		return bad("not known", "write as in "+HowToBreak())
	}
	n, err := strconv.Atoi(rest)
	if err != nil || n < 0 || b.On == AtOverflow && (n < 1 || n > 1023) {
		return bad("a whole number is missing", "write as in "+string(b.On)+" 12")
	}
	b.N = n
	return b, nil
}

// String writes the breakpoint as [ParseBreakpoint] reads it.
func (b Breakpoint) String() string {
	if b.On == AtOverflow && b.N == 0 {
		return string(b.On)
	}
	switch b.On {
	case AtOperation, AtSending:
		return string(b.On) + " " + b.Name
	case AtOverflow, AtRound, AtEpoch:
		return fmt.Sprintf("%s %d", b.On, b.N)
	}
	return string(b.On)
}

// Watch goes forth through a run and stops at breakpoints. It belongs to one way
// forth, which may be interrupted and go on. Through a party's eyes it meets what that
// party has a part in, and the ends of epochs: where a run stops, and how often, would tell
// what the party does not know.
type Watch struct {
	Points []Breakpoint
	Eyes   string // whose; empty: everything is met
	Hits   []int  // of each point: how often it was met on this way
	Hit    int    // the first point that was met at the place where the run stopped; −1: none
	// Overflow is what a point on overflow stopped at; nil if none did, or if the run
	// has ended there: then its error says what.
	Overflow *Overflow

	rounds int     // over so far, of those that the eyes took part in
	took   bool    // the eyes took part in the round under way
	last   float64 // mean loss of the last batch; NaN before the first
	rows   int     // of the batch under way, where its loss is going to be opened; 0: not known
}

// NewWatch watches for points on the way forth from a place, through the eyes of its
// snapshot.
func NewWatch(points []Breakpoint, from *Snapshot) *Watch {
	w := &Watch{Points: points, Eyes: from.Eyes, Hits: make([]int, len(points)), Hit: -1, rounds: int(from.Cost.Rounds), last: math.NaN()}
	if n := len(from.History.Batches); n > 0 {
		w.last = from.History.Batches[n-1].Loss
	}
	for _, p := range from.Parties { // within a batch, the history does not have its loss yet
		rows, ok := p.Memory.Object(local.Batch)
		if !ok || !from.Knows(p.ID) {
			continue
		}
		w.rows = rows.Data.Size()
		if sum, ok := p.Memory.Object("loss"); ok && sum.Form == trace.Opened {
			w.last = DecodePart(sum.Data, sum.Fraction).At(0) / float64(w.rows)
		}
		break
	}
	return w
}

// Next is [StepOn] that stops at breakpoints.
func (w *Watch) Next(ctx context.Context, s Stepper, level trace.Level) error {
	return w.until(ctx, s, func(e *trace.Event) bool { return stops(e, level) })
}

// Run runs to the end, or to a breakpoint.
func (w *Watch) Run(ctx context.Context, s Stepper) error {
	return w.until(ctx, s, func(*trace.Event) bool { return false })
}

func (w *Watch) until(ctx context.Context, s Stepper, stop func(*trace.Event) bool) error {
	w.Hit, w.Overflow = -1, nil
	err := s.Each(ctx, func(e *trace.Event) bool {
		return !w.met(e) && !stop(e)
	})
	if w.Eyes == "" && watched(err) { // inside an operation: no event tells of it
		for i, b := range w.Points {
			if b.On == AtOverflow {
				w.hit(i)
			}
		}
	}
	return err
}

func (w *Watch) hit(i int) {
	w.Hits[i]++
	if w.Hit < 0 {
		w.Hit = i
	}
}

// met counts which points the event meets.
func (w *Watch) met(e *trace.Event) bool {
	own := w.seen(e)
	loss := math.NaN()
	if own != nil {
		if own.Kind == trace.Span && own.Level() == trace.Round {
			w.rounds++
		}
		loss = w.loss(own)
	}
	for i, b := range w.Points {
		if b.On == AtEpoch && w.meets(b, e, loss) || b.On != AtEpoch && own != nil && w.meets(b, own, loss) {
			w.hit(i)
		}
	}
	if !math.IsNaN(loss) {
		w.last = loss
	}
	return w.Hit >= 0
}

// seen is an event as the eyes know it, nil if they had no part in it: of a round they
// have one in which they sent or received something, or something was opened to them.
func (w *Watch) seen(e *trace.Event) *trace.Event {
	if w.Eyes == "" {
		return e
	}
	own := EventAs(e, w.Eyes)
	switch {
	case e.Kind == trace.Sent || e.Kind == trace.Open:
		w.took = w.took || own != nil
	case e.Kind == trace.Span && e.Level() == trace.Round:
		if own == nil && w.took {
			own, _ = project(e, w.Eyes)
		}
		w.took = false
	}
	return own
}

func (w *Watch) meets(b Breakpoint, e *trace.Event, loss float64) bool {
	switch b.On {
	case AtOperation:
		return e.Level() == trace.Operation && e.Name() == b.Name
	case AtSending:
		return e.Kind == trace.Sent && e.Party == b.Name
	case AtOpening:
		_, _, joined := secagg.Opens(e)
		return e.Kind == trace.Open || joined
	case AtOverflow:
		return e.Level() == trace.Operation && w.overflows(e, b.N)
	case AtRise:
		return loss > w.last
	case AtRound:
		return e.Kind == trace.Span && e.Level() == trace.Round && w.rounds == b.N
	case AtEpoch:
		return e.Level() == trace.Epoch && e.Scope().Index == b.N
	}
	return false
}

// loss returns the mean loss of a batch that has ended, or of the visit to a worker, or
// of a batch whose loss on shares has just been opened; NaN where there is none, or where
// it stays shared. An opening tells the sum over the rows of the batch, which the holders
// have counted when they took them.
func (w *Watch) loss(e *trace.Event) float64 {
	if taken, ok := e.Input(local.Batch); ok && taken.Shape() != nil {
		w.rows = taken.Shape()[1]
	}
	sum, ok := e.Output("loss")
	if !ok || sum.Form == trace.Share || len(sum.Parts) == 0 {
		return math.NaN()
	}
	rows := 1
	switch {
	case e.Kind == trace.Open && w.rows > 0:
		rows = w.rows
	case e.Level() != trace.Batch:
		return math.NaN()
	default:
		if y, ok := e.Input("y"); ok && y.Shape() != nil {
			rows = y.Shape()[0]
		}
	}
	return Decode(sum).At(0) / float64(rows)
}

// overflows reports whether an operation's result has left its range, or has reached
// 2^bits if these are not 0, and notes where.
func (w *Watch) overflows(e *trace.Event, bits int) bool {
	size := 0.0
	if bits > 0 {
		size = math.Ldexp(1, bits)
	}
	o := overflow(e, size)
	if o != nil && w.Overflow == nil {
		w.Overflow = o
	}
	return o != nil
}
