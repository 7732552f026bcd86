package encrypted

import (
	"fmt"
	"math"
	"slices"

	"gorgonia.org/tensor"

	"unseen/engine/mode"
	"unseen/engine/mpc"
	"unseen/engine/nn"
	"unseen/engine/party"
	"unseen/engine/ring"
	"unseen/engine/trace"
)

// Number is a matrix of secret-shared fixed-point numbers. It may have more
// fraction bits than it is meant to have: then its truncation is still to come, with
// the operation that needs it or with [Shares.Settle]. So a sum of products is
// truncated once, and a ReLU includes its truncation.
type Number struct {
	*mpc.Shared
	bits  int         // fraction bits
	to    int         // fraction bits once truncated
	minus *mpc.Shared // if set, the number is minus (with to bits) − Shared: an update still to be truncated
	bit   *mpc.Bit    // of where a value was positive: carries over to other values
}

// Shares is the arithmetic of secret-shared numbers among the holders of a
// protocol. It implements nn.Arithmetic.
type Shares struct {
	p          *mpc.Protocol
	f          int       // fraction bits of what is shared and released
	precision  precision // of what is computed in between
	truncation string    // dealer, local or exact
	fourier    bool      // softmax by the one-round logistic function
	loss       bool      // the cross-entropy of each softmax is wanted
	coarse     bool      // the rate wants slopes truncated before it multiplies them

	// settled, if set, is told of each named number that was truncated, before the
	// truncation is over and while somebody watches.
	settled func(v *Number)

	logits       *Number           // of the last softmax
	distribution *mpc.Distribution // the last softmax, of these logits
}

// NewShares returns the arithmetic of a protocol.
func NewShares(p *mpc.Protocol, s Settings, l mode.Learning) *Shares {
	precision := s.precision()
	return &Shares{p: p, f: s.Fraction, precision: precision, truncation: s.Truncation, fourier: s.Softmax == "fourier",
		loss: s.crossEntropy(l), coarse: precision.coarse(l.Rate / float64(l.Batch))}
}

// number makes a number of so many fraction bits, which are going to be so many.
func number(x *mpc.Shared, bits, to int) *Number {
	x.Fraction = bits
	return &Number{Shared: x, bits: bits, to: to}
}

// named gives a sharing a name, for errors.
func named(x *mpc.Shared, name string) *mpc.Shared {
	x.Name = name
	return x
}

// whole makes a number of so many fraction bits that wants no truncation.
func whole(x *mpc.Shared, bits int) *Number { return number(x, bits, bits) }

// Settle truncates all numbers that have more fraction bits than they are meant to, in
// one round (with the dealer's truncation).
func (s *Shares) Settle(values ...*Number) {
	var late []*Number
	for _, v := range values {
		if v.bits > v.to {
			late = append(late, v)
		}
	}
	if len(late) > 0 {
		s.truncate(late)
	}
}

// truncate truncates by the method that was chosen. The local way goes wrong with
// probability |x|/2^64, which products of numbers with f fraction bits keep small.
// Fine numbers have more bits than these: updates, with all bits of the learning rate,
// and rows being standardised. They would ruin a run every few steps, and take the
// dealer's way in any case.
func (s *Shares) truncate(late []*Number) {
	fine := slices.ContainsFunc(late, func(v *Number) bool { return v.bits-v.to > s.f || v.minus != nil })
	if s.truncation == "dealer" || s.truncation == "local" && fine {
		s.cut("truncate", late, s.p.TruncateEach)
		return
	}
	for i := range late {
		if s.truncation == "local" {
			s.cut("truncate locally", late[i:i+1], func(bits []int, x ...*mpc.Shared) []*mpc.Shared {
				return []*mpc.Shared{s.p.TruncateLocal(x[0], bits[0])}
			})
		} else {
			s.cut("truncate exactly", late[i:i+1], func(bits []int, x ...*mpc.Shared) []*mpc.Shared {
				return []*mpc.Shared{s.p.TruncateExact(x[0], bits[0])}
			})
		}
	}
}

// cut replaces numbers by what one operation of that name, f, makes of them. Where all
// have names, the operation is announced here: what goes in and what comes out are the
// numbers, although of an update still to be subtracted f sees no more than the update.
func (s *Shares) cut(operation string, late []*Number, f func(bits []int, x ...*mpc.Shared) []*mpc.Shared) {
	told := s.settled != nil && s.p.Tracer.Watched() && !slices.ContainsFunc(late, func(v *Number) bool { return v.name() == "" })
	var in []trace.Value
	if told {
		in = s.values(late)
		s.p.Tracer.Begin(trace.Scope{Level: trace.Operation, Name: operation})
	}
	bits, shared := make([]int, len(late)), make([]*mpc.Shared, len(late))
	for i, v := range late {
		bits[i], shared[i] = v.bits-v.to, v.Shared
	}
	for i, x := range f(bits, shared...) {
		v := late[i]
		name := v.name()
		if v.minus != nil {
			x, v.minus = s.p.Sub(v.minus, x), nil
		}
		x.Name, x.Known, x.Fraction = name, v.Known, v.to
		v.Shared, v.bits = x, v.to
	}
	if told {
		for _, v := range late {
			s.settled(v)
		}
		s.p.Tracer.EndLocal("holders", in, s.values(late))
	}
}

// name returns what a number is called; empty if nobody has named it.
func (v *Number) name() string {
	if v.minus != nil {
		return v.minus.Name
	}
	return v.Name
}

// values names numbers for an event.
func (s *Shares) values(list []*Number) []trace.Value {
	out := make([]trace.Value, len(list))
	for i, v := range list {
		out[i] = trace.Value{Name: v.name(), Form: trace.Share, Fraction: v.bits, Parts: s.Parts(v)}
	}
	return out
}

// MatMul returns a·b, to be truncated to a value's bits.
func (s *Shares) MatMul(a, b *Number) *Number {
	s.Settle(a, b)
	return number(s.p.MatMul(a.Shared, b.Shared), a.bits+b.bits, s.precision.value)
}

// MatMulNT returns a·bᵀ, to be truncated to a slope's bits.
func (s *Shares) MatMulNT(a, b *Number) *Number {
	s.Settle(a, b)
	return number(s.p.MatMulNT(a.Shared, b.Shared), a.bits+b.bits, s.precision.slope)
}

// MatMulTN returns aᵀ·b, to be truncated to a slope's bits.
func (s *Shares) MatMulTN(a, b *Number) *Number {
	s.Settle(a, b)
	return number(s.p.MatMulTN(a.Shared, b.Shared), a.bits+b.bits, s.precision.slope)
}

// Mul returns a ⊙ b, to be truncated.
func (s *Shares) Mul(a, b *Number) *Number {
	s.Settle(a, b)
	if a == b {
		return s.product(number(s.p.Square(a.Shared), 2*a.bits, a.to), a, b)
	}
	return s.product(number(s.p.Mul(a.Shared, b.Shared), a.bits+b.bits, max(a.to, b.to)), a, b)
}

// product keeps the product of a and b until the learner, if it does, gives it a name.
func (s *Shares) product(z, a, b *Number) *Number {
	if s.p.Tracer.Watched() {
		s.p.Keep(a.Word()+" ⊙ "+b.Word(), z.Shared, "%s · %s by c = a·b", a.Word(), b.Word())
	}
	return z
}

// as notes, where somebody watches, what a number is in a formula.
func (s *Shares) as(z *Number, formula string, of ...any) *Number {
	if s.p.Tracer.Watched() {
		z.Known = fmt.Sprintf(formula, of...)
	}
	return z
}

// aligned brings two numbers to the larger number of fraction bits of both.
func (s *Shares) aligned(a, b *Number) (x, y *mpc.Shared, bits int) {
	if a.minus != nil || b.minus != nil {
		s.Settle(a, b)
	}
	bits = max(a.bits, b.bits)
	return s.raised(a, bits), s.raised(b, bits), bits
}

func (s *Shares) raised(a *Number, bits int) *mpc.Shared {
	if a.bits == bits {
		return a.Shared
	}
	return s.p.Scale(1<<(bits-a.bits), a.Shared)
}

// Add returns a + b.
func (s *Shares) Add(a, b *Number) *Number {
	x, y, bits := s.aligned(a, b)
	return number(s.p.Add(x, y), bits, max(a.to, b.to))
}

// Sub returns a − b.
func (s *Shares) Sub(a, b *Number) *Number {
	x, y, bits := s.aligned(a, b)
	return s.as(number(s.p.Sub(x, y), bits, max(a.to, b.to)), "(%s − %s)", a.Word(), b.Word())
}

// AddRow returns a with the row added to each of its rows.
func (s *Shares) AddRow(a, row *Number) *Number {
	x, y, bits := s.aligned(a, row)
	sum := s.p.AddRow(x, y)
	s.p.Look("bias", sum) // the last layer's is nowhere truncated
	return number(sum, bits, a.to)
}

// SubColumn returns a with the column subtracted from each of its columns.
func (s *Shares) SubColumn(a, column *Number) *Number {
	x, y, bits := s.aligned(a, column)
	return s.as(number(s.p.SubColumn(x, y), bits, a.to), "(%s − %s)", a.Word(), column.Word())
}

// SumRows returns the sum of all rows, 1 × n.
func (s *Shares) SumRows(a *Number) *Number {
	return s.as(number(s.p.SumRows(a.Shared), a.bits, a.to), "Σ rows of %s", a.Word())
}

// SumColumns returns the sum of all columns, m × 1.
func (s *Shares) SumColumns(a *Number) *Number {
	return s.as(number(s.p.SumColumns(a.Shared), a.bits, a.to), "Σ columns of %s", a.Word())
}

// Scale returns c·a for a public c: exact for whole numbers, to be truncated for
// others.
func (s *Shares) Scale(a *Number, c float64) *Number {
	if c == math.Trunc(c) && math.Abs(c) < 1<<16 {
		return s.as(number(s.p.Scale(s.p.Ring.Element(int64(c)), a.Shared), a.bits, a.to), "%g·%s", c, a.Word())
	}
	s.Settle(a)
	e, err := ring.Fixed{Bits: s.f, Ring: s.p.Ring}.Encode(c)
	if err != nil {
		panic(abort(err))
	}
	return s.as(number(s.p.Scale(e, a.Shared), a.bits+s.f, a.to), "%g·%s", c, a.Word())
}

// Mask returns k ⊙ a for a public matrix k, to be truncated.
func (s *Shares) Mask(a *Number, k *tensor.Dense) *Number {
	s.Settle(a)
	encoded := ring.New(k.Shape()[0], k.Shape()[1])
	if err := (ring.Fixed{Bits: s.f, Ring: s.p.Ring}).EncodeMatrix(encoded, k); err != nil {
		panic(abort(err))
	}
	return number(s.p.MulPublic(encoded, a.Shared), a.bits+s.f, a.to)
}

// ReLU returns max(0, a), truncated, and where a is positive.
func (s *Shares) ReLU(a *Number) (y, positive *Number) {
	var out *mpc.Shared
	var bit *mpc.Bit
	if s.truncation == "dealer" && a.bits > a.to {
		out, bit = s.p.ReLUTruncate(a.Shared, a.bits-a.to)
	} else {
		s.Settle(a)
		out, bit = s.p.ReLU(a.Shared)
	}
	positive = &Number{Shared: s.p.Arithmetic(bit), bit: bit}
	if s.truncation != "dealer" { // the way back multiplies by it
		s.p.Keep(a.Word()+" > 0", positive.Shared, "m ⊕ ρ")
	}
	return whole(out, a.to), positive
}

// Keep returns a, truncated, where positive is 1 and 0 elsewhere.
func (s *Shares) Keep(a, positive *Number) *Number {
	if s.truncation == "dealer" && a.bits > a.to {
		return whole(s.p.TruncateKeep(a.Shared, a.bits-a.to, positive.bit), a.to)
	}
	s.Settle(a)
	return whole(s.p.Mul(a.Shared, positive.Shared), a.to)
}

// Softmax returns exp(z) / Σ exp(z) of each row, with a slope's bits: a slope is made of it.
func (s *Shares) Softmax(z *Number) *Number {
	softmax := s.p.Softmax
	if s.fourier {
		softmax = s.p.SoftmaxFourier
	}
	s.logits, s.distribution = z, softmax(z.Shared, z.bits, s.precision.slope, s.loss)
	return whole(s.distribution.Probability, s.precision.slope)
}

// CrossEntropy returns the 1×1 sum over rows of log Σ exp(z) − z·y, from the softmax
// of the same z, to be truncated.
func (s *Shares) CrossEntropy(z, y *Number) *Number {
	if s.logits != z {
		panic("encrypted: the cross-entropy of logits whose softmax is not at hand")
	}
	sum := named(s.p.CrossEntropy(s.distribution, y.Shared, y.bits), "loss")
	sum.Label = sum.Name
	return number(sum, s.distribution.Bits+y.bits, s.f)
}

// SquaredError returns the 1×1 sum of all (p − y)², to be truncated, like any loss, to the
// bits with which it is released.
func (s *Shares) SquaredError(p, y *Number) *Number {
	d := s.Sub(p, y)
	sum := s.SumRows(s.SumColumns(s.Mul(d, d)))
	sum.Name, sum.Label, sum.to = "loss", "loss", s.f
	return sum
}

// Descend returns w − rate·g, whose one truncation takes care of the product of g,
// too, and of the fraction bits that the rate needs: a rate such as 0.1/32 has as
// many as there is room for. Rates so small that they would be coarse ones there
// make g be truncated first.
func (s *Shares) Descend(w, g *Number, rate float64) *Number {
	s.Settle(w)
	if s.coarse {
		s.Settle(g)
	}
	_, bits, err := ring.Fixed{Bits: g.bits, Ring: s.p.Ring}.Constant(rate, steepest)
	if err != nil {
		panic(abort(err))
	}
	bits = min(bits, wide-g.bits)
	update := number(s.p.Scale(uint64(math.RoundToEven(math.Ldexp(rate, bits))), g.Shared), g.bits+bits, w.to)
	if update.bits <= w.to {
		return whole(named(s.p.Sub(w.Shared, s.raised(update, w.to)), w.Name), w.to)
	}
	update.Name, update.Label = "the update of "+w.Name, w.Name
	update.minus = w.Shared
	return update
}

// Parts returns each holder's share.
func (s *Shares) Parts(v *Number) []trace.Part {
	x := v.Shared
	if v.minus != nil { // the number, not its update
		x = s.p.Sub(s.p.Scale(1<<(v.bits-v.to), v.minus), x)
	}
	return s.p.Value("", x).Parts
}

// Form is always share.
func (s *Shares) Form(*Number) trace.Form { return trace.Share }

// Fraction returns the fraction bits of a number.
func (s *Shares) Fraction(v *Number) int { return v.bits }

var _ nn.Arithmetic[*Number] = (*Shares)(nil)

// decode reconstructs a number: what only the simulator can do. base is what an update
// still to be truncated is subtracted from, or nil.
func (s *Shares) decode(v *Number) (number, base *tensor.Dense) {
	number = s.reconstruct(v.Shared, v.bits)
	if v.minus == nil {
		return number, nil
	}
	base = s.reconstruct(v.minus, v.to)
	for i, b := range base.Float64s() {
		number.Float64s()[i] = b - number.Float64s()[i]
	}
	return number, base
}

// reconstruct adds up the shares of numbers with so many fraction bits.
func (s *Shares) reconstruct(x *mpc.Shared, bits int) *tensor.Dense {
	rows, columns := x.Shape()
	sum, out := ring.New(rows, columns), nn.New(rows, columns)
	for _, share := range x.Share {
		s.p.Ring.Add(sum, sum, share)
	}
	ring.Fixed{Bits: bits, Ring: s.p.Ring}.DecodeMatrix(out, sum)
	return out
}

// abort ends the run with a cause.
func abort(err error) *party.Abort { return &party.Abort{Party: "holders", Cause: err} }
