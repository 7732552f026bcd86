package engine

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"unseen/engine/encrypted"
	"unseen/engine/mpc"
	"unseen/engine/trace"
)

// Overflow is an element of a value that has left its range, or has wrapped around it.
// Rows and columns count from 0.
type Overflow struct {
	Operation, Value string
	Row, Column      int
	Plain            float64 // what the operation comes to on the numbers that went in, without a ring
	Shared           float64 // what the shares stand for, or the number itself where nothing is shared
	Room             int     // numbers below 2^Room in size fit; 0 where nothing is shared
}

// String says in a line what did not fit, where, and into how much room.
func (o *Overflow) String() string {
	at := fmt.Sprintf("%s: %s[%d,%d]", o.Operation, o.Value, o.Row, o.Column)
	if o.Room == 0 {
		return fmt.Sprintf("%s is %g", at, o.Shared)
	}
	return fmt.Sprintf("%s is %.6g in plaintext, the shares stand for %.6g, and there is room below 2^%d", at, o.Plain, o.Shared, o.Room)
}

// overflow finds the first output of an operation that has left its range, as the
// overflow watcher sees it (a shared number of f fraction bits must stay below
// 2^(62−f), before its truncation), or that has wrapped: then the shares stand for a
// harmless number, and only the product in plaintext tells. A number that is none, in
// plaintext training, has left every range. size, if it is not 0, is another bound.
func overflow(e *trace.Event, size float64) *Overflow {
	for _, v := range e.Outputs {
		if v.Form == trace.Share && len(v.Parts) < 2 {
			continue // one share by itself is any number
		}
		got := Decode(v)
		if got.Ring() && v.Fraction == 0 {
			continue // keys, seeds, bits and what is masked stand for no size
		}
		_, columns := got.Shape()
		o := &Overflow{Operation: e.Name(), Value: v.Name}
		bound, want := math.Inf(1), func(i int) float64 { return got.At(i) }
		// A weight being updated need not fit: what is truncated is the update beside it.
		if got.Ring() && v.Form == trace.Share && v.Fraction > 0 && e.Name() != "sgd" {
			o.Room = 62 - v.Fraction
			bound = math.Ldexp(1, o.Room)
			if product := multiplied(e, v.Name); product != nil && len(product) == got.Len() {
				want = func(i int) float64 { return product[i] }
			}
		}
		if size > 0 {
			bound = min(bound, size)
		}
		for i := range got.Len() {
			if math.Abs(got.At(i)) < bound && math.Abs(want(i)) < bound {
				continue
			}
			o.Row, o.Column, o.Plain, o.Shared = i/columns, i%columns, want(i), got.At(i)
			return o
		}
	}
	return nil
}

// multiplied is the product of an event's two inputs on plaintext numbers, row by row;
// nil if the event is of another operation. The network names the gradients of its
// weights dw and those of its activations da: these are aᵀ·dz and dz·wᵀ.
func multiplied(e *trace.Event, result string) []float64 {
	if e.Name() != "matmul" || len(e.Inputs) != 2 {
		return nil
	}
	a, b := Decode(e.Inputs[0]), Decode(e.Inputs[1])
	rows, inner := a.Shape()
	other, columns := b.Shape()
	left := func(i, k int) float64 { return a.At(i*inner + k) }
	right := func(k, j int) float64 { return b.At(k*columns + j) }
	switch {
	case strings.HasPrefix(result, "dw"):
		width := inner
		rows, inner = inner, rows
		left = func(i, k int) float64 { return a.At(k*width + i) }
	case strings.HasPrefix(result, "da"):
		width := columns
		other, columns = columns, other
		right = func(k, j int) float64 { return b.At(j*width + k) }
	}
	if inner != other {
		return nil
	}
	out := make([]float64, rows*columns)
	for i := range rows {
		for k := range inner {
			x := left(i, k)
			for j := range columns {
				out[i*columns+j] += x * right(k, j)
			}
		}
	}
	return out
}

// watched reports whether a run has ended because the overflow watcher, or the
// plaintext twin, saw a value leave its range.
func watched(err error) bool {
	var byWatcher *mpc.WatchError
	var byTwin *encrypted.WrapError
	return errors.As(err, &byWatcher) || errors.As(err, &byTwin)
}
