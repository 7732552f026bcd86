package cli

import (
	"bufio"
	"encoding/json"
	"fmt"

	"unseen/engine"
	"unseen/engine/trace"
)

// walkLine is an event of one protocol as JSON: an event of a run, and the numbers.
type walkLine struct {
	eventDocument
	Why    *string            `json:"why"`
	Dealt  []quantityDocument `json:"dealt"`
	Inputs []quantityDocument `json:"inputs"`
	Values []quantityDocument `json:"values"`
}

// quantityDocument is a value in all its forms. Sum is what the shares come to, and
// SeenBy who sees that: simulator means that no party does.
type quantityDocument struct {
	Name     string              `json:"name"`
	Form     string              `json:"form"`
	Shape    []int               `json:"shape"`
	Fraction int                 `json:"fraction_bits"`
	Packed   int                 `json:"packed_bits"`
	Parts    map[string][]string `json:"parts"`
	Sum      []string            `json:"sum"`
	Real     []number            `json:"real"`
	SeenBy   *string             `json:"seen_by"`
}

// walkEnd is the last line: the result and the cost.
type walkEnd struct {
	Protocol string      `json:"protocol"`
	Holders  int         `json:"holders"`
	Fraction int         `json:"fraction_bits"`
	Seed     uint64      `json:"seed"`
	Result   []number    `json:"result"`
	Plain    []number    `json:"plaintext"`
	Stated   []number    `json:"stated_error"`
	Cost     walkExpense `json:"cost"`
}

type walkExpense struct {
	Rounds         int64 `json:"rounds"`
	Messages       int64 `json:"messages"`
	Bytes          int64 `json:"bytes"`
	BytesPerHolder int64 `json:"bytes_per_holder"`
	DealerBytes    int64 `json:"dealer_bytes"`
}

// writeWalkLines writes one object a line: the inputs as step 0, every event, and
// the result with the cost.
func writeWalkLines(b *bufio.Writer, w *engine.Walk) error {
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	owner, split := "owner", walkLine{eventDocument: eventDocument{Span: []string{}, Kind: trace.Local.String(), Name: "split"}}
	split.From, split.Shape = &owner, []int{w.Inputs[0].Rows, w.Inputs[0].Columns}
	split.Dealt, split.Inputs, split.Values = quantities(nil, ""), quantities(nil, ""), quantities(w.Inputs, "simulator")
	if err := enc.Encode(split); err != nil {
		return err
	}
	for _, s := range w.Steps {
		if err := enc.Encode(walkEvent(s)); err != nil {
			return err
		}
	}
	end := walkEnd{Protocol: w.Protocol, Holders: w.Holders, Fraction: w.FractionBits, Seed: w.Seed, Plain: finite(w.Plain), Stated: finite(w.Stated),
		Cost: walkExpense{w.Cost.Rounds, w.Cost.Messages, w.Cost.Bytes, w.Busy, w.Cost.Sent[dealer]}}
	if w.Result != nil {
		end.Result = finite(w.Result.Real)
	}
	return enc.Encode(end)
}

func walkEvent(s engine.WalkStep) walkLine {
	e := s.Event
	l := walkLine{eventDocument: eventDocument{Step: e.Step, Span: []string{}, Kind: e.Kind.String(), From: present(e.Party), To: present(e.To), Name: e.Scope().Label(), Bytes: e.Bytes},
		Why: present(e.Why)}
	for _, scope := range e.Path[:len(e.Path)-1] {
		l.Span = append(l.Span, scope.Label())
	}
	if len(e.Outputs) > 0 {
		l.Shape = e.Outputs[0].Shape()
	}
	seen := "simulator"
	if e.Kind == trace.Open {
		if seen = e.To; seen == "" {
			seen = "holders"
		}
	}
	l.Dealt, l.Inputs, l.Values = quantities(s.Dealt, dealer), quantities(s.Inputs, seen), quantities(s.Outputs, seen)
	return l
}

// quantities are values as JSON; seen says who sees what their shares come to.
func quantities(list []engine.Quantity, seen string) []quantityDocument {
	out := make([]quantityDocument, len(list))
	for i, q := range list {
		d := quantityDocument{Name: q.Name, Form: q.Form.String(), Shape: []int{q.Rows, q.Columns}, Fraction: q.Fraction, Packed: q.Packed,
			Parts: map[string][]string{}, Sum: hexWords(q.Sum), Real: finite(q.Real)}
		for _, p := range q.Parts {
			d.Parts[p.Party] = hexWords(p.Words)
		}
		if q.Sum != nil {
			d.SeenBy = &seen
		}
		out[i] = d
	}
	return out
}

// hexWords writes ring elements as 16 hexadecimal digits: as JSON numbers they would
// lose bits in many readers.
func hexWords(words []uint64) []string {
	if words == nil {
		return nil
	}
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = fmt.Sprintf("%016x", w)
	}
	return out
}

func finite(values []float64) []number {
	if values == nil {
		return nil
	}
	out := make([]number, len(values))
	for i, v := range values {
		out[i] = number(v)
	}
	return out
}
