package engine

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"gorgonia.org/tensor"

	"unseen/engine/mpc"
	"unseen/engine/party"
	"unseen/engine/prep"
	"unseen/engine/ring"
	"unseen/engine/rng"
	"unseen/engine/share"
	"unseen/engine/trace"
)

// WalkSettings say which protocol is walked through, with which numbers.
type WalkSettings struct {
	Protocol     string
	Values       [][]float64 // of each input: a row of numbers
	Holders      int
	FractionBits int
	Seed         uint64
	Fixed        bool // Seed was given; without it one is drawn
}

// Walk is one run of one protocol on a few numbers, with all that happened and all
// that each party had.
type Walk struct {
	WalkSettings
	Info   ProtocolInfo
	Inputs []Quantity
	Steps  []WalkStep
	Result *Quantity // nil where the result is what was opened
	Plain  []float64 // what the same protocol yields on plaintext, from the inputs as they are encoded
	Stated []float64 // how far each result may be from Plain; 0 where it is exact
	Cost   trace.Cost
	Busy   int64 // bytes sent by the busiest holder
}

// WalkStep is one event, and what the dealer dealt right before it.
type WalkStep struct {
	Event   *trace.Event
	Dealt   []Quantity
	Inputs  []Quantity // of the event
	Outputs []Quantity
	Formula string // of an opening: "c = x + r"
}

// Quantity is a value in all its forms: what each party has of it, and what that
// comes to.
type Quantity struct {
	Name          string
	Form          trace.Form
	Rows, Columns int
	Fraction      int // fraction bits
	Packed        int // of packed bits: how many a row has; 0 for numbers
	Parts         []QuantityPart
	// Sum is what the shares add up to, or what everybody has if it was opened. nil
	// where the parts are not all shares. Unless the value was opened, nobody but the
	// simulator and, of what it dealt, the dealer sees it.
	Sum  []uint64
	Real []float64 // Sum as real numbers; nil for packed bits and for random numbers
}

// QuantityPart is what one party has of a value.
type QuantityPart struct {
	Party string
	Words []uint64
}

// maxWalkValues is how many numbers an input of a walk has at most.
const maxWalkValues = 8

// WalkThrough runs a protocol on a few numbers and keeps everything that happens. A
// *[SettingError] says what cannot be used; then nothing was run.
func WalkThrough(s WalkSettings) (w *Walk, err error) {
	named, err := s.check()
	if err != nil {
		return nil, err
	}
	if !s.Fixed {
		s.Seed = rng.Seed()
	}
	w = &Walk{WalkSettings: s, Info: info(named)}
	in, err := s.encode(named)
	if err != nil {
		return nil, err
	}
	if w.Plain, err = s.plain(named, in); err != nil {
		return nil, err
	}
	w.Stated = make([]float64, len(w.Plain))
	for i, y := range w.Plain {
		if named.Error != nil {
			w.Stated[i] = named.Error(y, s.FractionBits)
		}
	}
	root := rng.Seeded(s.Seed)
	dealer, err := prep.NewDealer(ring.Ring{}, s.Holders, root.Party("dealer"))
	if err != nil {
		return nil, err
	}
	p, err := mpc.New(ring.Ring{}, s.Holders, dealer)
	if err != nil {
		return nil, err
	}
	defer func() {
		if stopped := recovered(recover(), p.Tracer.Path()); stopped != nil {
			w, err = nil, stopped
		}
	}()
	w.run(p, named, root, in)
	return w, nil
}

// run splits the inputs, runs the protocol and records it.
func (w *Walk) run(p *mpc.Protocol, named mpc.Named, root rng.Key, in []*tensor.Dense) {
	shared := make([]*mpc.Shared, len(in))
	for i, x := range in {
		shares, err := share.Split(p.Ring, x, w.Holders, root.Party("owner").Stream("split", 0, uint64(i)))
		if err == nil {
			shared[i], err = p.NewShared(shares)
		}
		if err != nil {
			panic(&party.Abort{Party: "owner", Cause: err})
		}
		shared[i].Fraction = named.In * w.FractionBits
		w.Inputs = append(w.Inputs, quantity(p.Value("xy"[i:i+1], shared[i])))
	}
	record := recorder{walk: w, protocol: p}
	p.Tracer = trace.NewTracer(record.observe, 0)
	if z := named.Run(p, w.FractionBits, shared...); z != nil {
		result := quantity(p.Value("z", z))
		w.Result = &result
	}
	w.Cost = p.Cost()
	for _, h := range p.Holders {
		w.Busy = max(w.Busy, w.Cost.Sent[h.ID])
	}
}

// recorder keeps events, and what was dealt between them.
type recorder struct {
	walk     *Walk
	protocol *mpc.Protocol
	seen     int // the last event
}

func (r *recorder) observe(e *trace.Event) {
	step := WalkStep{Event: e.Clone(), Dealt: r.dealt(e)}
	for _, v := range e.Inputs {
		step.Inputs = append(step.Inputs, quantity(v))
	}
	for _, v := range e.Outputs {
		q := quantity(v)
		if e.Kind == trace.Open && r.masked(e) {
			q.Real = nil // random numbers
		}
		step.Outputs = append(step.Outputs, q)
	}
	if e.Kind == trace.Open {
		if o, ok := r.protocol.Holders[0].Store.Get(e.Name()); ok && strings.Contains(o.Origin, " = ") {
			step.Formula = strings.TrimSuffix(o.Origin, ", opened")
		}
	}
	r.seen = e.Step
	r.walk.Steps = append(r.walk.Steps, step)
}

// masked reports whether an opening is of a masked value: all are but those that
// open and reveal are for.
func (*recorder) masked(e *trace.Event) bool {
	for _, s := range e.Path {
		if s.Level == trace.Operation && (s.Name == "open" || s.Name == "reveal") {
			return false
		}
	}
	return true
}

// dealt returns what came into the holders' memories from the dealer since the last
// event: what they expanded from their keys is in no message.
func (r *recorder) dealt(e *trace.Event) []Quantity {
	var out []Quantity
	p := r.protocol
	for _, o := range p.Holders[0].Store.Image(nil).Objects {
		if o.Step <= r.seen || !strings.HasPrefix(o.Origin, "dealt for ") {
			continue
		}
		v := trace.Value{Name: o.Name, Form: trace.Share}
		if sent, ok := e.Output(o.Name); ok {
			v.Packed = sent.Packed
		}
		for _, h := range p.Holders {
			if mine, ok := h.Store.Get(o.Name); ok {
				v.Parts = append(v.Parts, trace.Part{Party: h.ID, Data: mine.Data})
			}
		}
		q := quantity(v)
		q.Real = nil // random numbers
		out = append(out, q)
	}
	return out
}

// quantity reads a value: shares of all holders add up, or are XORed if they are
// bits; what was opened is what anybody has.
func quantity(v trace.Value) Quantity {
	q := Quantity{Name: v.Name, Form: v.Form, Fraction: v.Fraction, Packed: v.Packed}
	if s := v.Shape(); len(s) == 2 {
		q.Rows, q.Columns = s[0], s[1]
	}
	for _, p := range v.Parts {
		q.Parts = append(q.Parts, QuantityPart{p.Party, append([]uint64(nil), p.Data.Uint64s()...)})
	}
	switch {
	case len(q.Parts) == 0 || v.Form == trace.Share && len(q.Parts) == 1:
		return q // a message: one share says nothing
	case v.Form != trace.Share:
		q.Sum = q.Parts[0].Words
	default:
		q.Sum = make([]uint64, len(q.Parts[0].Words))
		for _, p := range q.Parts {
			for i, w := range p.Words {
				if v.Packed > 0 {
					q.Sum[i] ^= w
				} else {
					q.Sum[i] += w
				}
			}
		}
	}
	if v.Packed == 0 {
		for _, x := range q.Sum {
			q.Real = append(q.Real, ring.Fixed{Bits: v.Fraction}.Decode(x))
		}
	}
	return q
}

// check refuses what cannot be run.
func (s WalkSettings) check() (mpc.Named, error) {
	named, err := findProtocol("--protocol", s.Protocol)
	if err != nil {
		return named, err
	}
	switch {
	case s.Holders < 2 || s.Holders > 10:
		return named, &SettingError{"--holders", fmt.Sprint(s.Holders), "protocols run among 2 to 10", "give a number from 2 to 10"}
	case named.Holders > 0 && s.Holders != named.Holders:
		return named, &SettingError{"--holders", fmt.Sprint(s.Holders), fmt.Sprintf("%s is for %d", named.Name, named.Holders), fmt.Sprintf("give %d, or take another protocol", named.Holders)}
	}
	if _, err := ring.NewFixed(s.FractionBits); err != nil {
		return named, &SettingError{"--fraction-bits", fmt.Sprint(s.FractionBits), "out of range", fmt.Sprintf("give a number from %d to %d", ring.MinBits, ring.MaxBits)}
	}
	for i := range 2 {
		name := valueFlags[i]
		switch {
		case i < named.Inputs && (i >= len(s.Values) || len(s.Values[i]) == 0):
			return named, &SettingError{name, `""`, fmt.Sprintf("%s takes %s", named.Name, [...]string{"", "a value", "two values"}[named.Inputs]), "give it as in " + name + " 1.5"}
		case i >= named.Inputs && i < len(s.Values) && len(s.Values[i]) > 0:
			return named, &SettingError{name, numbers(s.Values[i]), named.Name + " takes one value", "leave it out"}
		case i >= named.Inputs:
			continue
		case len(s.Values[i]) < named.Columns || len(s.Values[i]) > maxWalkValues:
			return named, &SettingError{name, numbers(s.Values[i]), fmt.Sprintf("%s takes %d to %d numbers", named.Name, named.Columns, maxWalkValues), "give them with commas between, as in " + name + " 1.5,-0.25"}
		case i == 1 && len(s.Values[1]) != len(s.Values[0]):
			return named, &SettingError{name, numbers(s.Values[1]), fmt.Sprintf("--value has %d, this %d", len(s.Values[0]), len(s.Values[1])), "give both as many numbers"}
		}
	}
	return named, nil
}

var valueFlags = [...]string{"--value", "--value2"}

// encode makes fixed-point numbers of the values: rows, but for the second factor of
// a matrix product, which is a column.
func (s WalkSettings) encode(named mpc.Named) ([]*tensor.Dense, error) {
	in := make([]*tensor.Dense, named.Inputs)
	fixed := ring.Fixed{Bits: named.In * s.FractionBits}
	for i := range in {
		words := make([]uint64, len(s.Values[i]))
		for j, v := range s.Values[i] {
			var err error
			if words[j], err = fixed.Encode(v); err != nil {
				return nil, s.tooLarge(i, fmt.Sprint(v), 62-fixed.Bits, err)
			}
		}
		in[i] = ring.From(1, len(words), words)
		if i == 1 && named.Name == "matmul" {
			in[i] = ring.From(len(words), 1, words)
		}
	}
	return in, nil
}

// tooLarge says that a number is not finite, or does not fit below 2^bits.
func (s WalkSettings) tooLarge(input int, value string, bits int, err error) error {
	var wrong *ring.RangeError
	if errors.As(err, &wrong) && (math.IsNaN(wrong.Value) || math.IsInf(wrong.Value, 0)) {
		return &SettingError{valueFlags[input], value, "not a finite number", "write it as in " + valueFlags[input] + " -1.25"}
	}
	return &SettingError{valueFlags[input], value, fmt.Sprintf("too large for %s with %d fraction bits", s.Protocol, s.FractionBits), fmt.Sprintf("give a number below 2^%d in absolute value, or fewer fraction bits", bits)}
}

// plain computes the protocol on the numbers as they are encoded, and refuses what is
// outside its domain or has no room: results, and what is summed up on the way, must
// stay below 2^62 in the ring.
func (s WalkSettings) plain(named mpc.Named, in []*tensor.Dense) ([]float64, error) {
	fixed := ring.Fixed{Bits: named.In * s.FractionBits}
	reals := make([][]float64, len(in))
	for i, x := range in {
		for _, w := range x.Uint64s() {
			reals[i] = append(reals[i], fixed.Decode(w))
		}
	}
	if err := s.inDomain(named, reals); err != nil {
		return nil, err
	}
	last := len(in) - 1
	noRoom := func(what string, z float64, bits int) error {
		return &SettingError{valueFlags[last], numbers(s.Values[last]), fmt.Sprintf("%s of %s would be %v", what, named.Name, z),
			fmt.Sprintf("it must stay below 2^%d in absolute value: give smaller numbers, or fewer fraction bits", bits)}
	}
	if named.Product != nil {
		if z, limit := named.Product(reals...), 62-2*s.FractionBits; !(z < math.Exp2(float64(limit))) {
			return nil, noRoom("the products", z, limit)
		}
	}
	out := named.Plain(reals...)
	for _, z := range out {
		if limit := 62 - named.Out*s.FractionBits; !(math.Abs(z) < math.Exp2(float64(limit))) {
			return nil, noRoom("the result", z, limit)
		}
	}
	return out, nil
}

// inDomain refuses a number of the first input that the protocol is not for: it would
// answer with the value at the nearer end, or with nonsense.
func (s WalkSettings) inDomain(named mpc.Named, reals [][]float64) error {
	if named.Domain == nil {
		return nil
	}
	domain := named.Domain(s.FractionBits)
	for j, x := range reals[0] {
		if domain.Contains(x) {
			continue
		}
		value := s.Values[0][j]
		what := fmt.Sprintf("%s is for numbers from %s to %s", named.Name, bound(domain.Low), bound(domain.High))
		if domain.Contains(value) { // what is left of it after rounding is not
			what += fmt.Sprintf("; with %d fraction bits this is %v", s.FractionBits*named.In, x)
		} else if s.FractionBits != 16 {
			what += fmt.Sprintf(" with %d fraction bits", s.FractionBits)
		}
		return &SettingError{valueFlags[0], fmt.Sprint(value), what, "give a number between the two"}
	}
	return nil
}

// bound writes an end of a domain: powers of two that are long as such.
func bound(x float64) string {
	sign := ""
	if x < 0 {
		sign = "-"
	}
	abs := math.Abs(x)
	power := math.Round(math.Log2(abs))
	if near := math.Exp2(power); math.Abs(power) >= 8 && near-abs < 1e-9*near {
		return fmt.Sprintf("%s2^%v", sign, power)
	}
	return fmt.Sprintf("%.6g", x)
}

func numbers(values []float64) string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = fmt.Sprint(v)
	}
	return strings.Join(words, ",")
}
