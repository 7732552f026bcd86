package say

import (
	"fmt"
	"strconv"
	"strings"

	"unseen/engine/trace"
)

// moment is where in a protocol on shares an event stands.
type moment struct {
	*trace.Event
	layer        int    // 0 outside
	part         string // forward, backward; empty elsewhere
	outer, inner string // the outermost and the innermost operation; empty outside
	round        string // of a round or what is in it: what it opens; empty elsewhere
	within       string // the operations around the event, as "softmax › exp › square 3 of 10"
	formula      string // of what was opened, as the protocol writes it: "c = x + r"; empty: nobody remembers
}

// momentOf finds out where an event stands. The holders remember what they opened and
// by which formula.
func (s Scene) momentOf(e *trace.Event) moment {
	m := moment{Event: e}
	var within []string
	for _, s := range e.Path {
		switch s.Level {
		case trace.Layer:
			m.layer, m.part = s.Index, s.Part
		case trace.Operation:
			if m.inner = s.Name; m.outer == "" {
				m.outer = s.Name
			}
			if s.Index > 0 {
				within = append(within, s.Name+" "+of(s))
			} else {
				within = append(within, s.Name)
			}
		case trace.Round:
			m.round = s.Name
		}
	}
	m.within = strings.Join(within, " › ")
	if len(within) < 2 {
		m.within = ""
	}
	for _, p := range s.Snapshot.Parties {
		if o, ok := p.Memory.Object(m.opens()); ok && o.Form == trace.Opened && m.formula == "" {
			m.formula, _ = strings.CutSuffix(o.Origin, ", opened")
		}
	}
	return m
}

// opens names what a round opens: "d" of "open d", "δ" where digits are combined.
func (m moment) opens() string {
	switch {
	case m.Kind == trace.Open:
		return m.Name()
	case m.round == "combine digits":
		return "δ"
	}
	what, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(m.round, "open "), "reveal "), ", ")
	return what
}

// letter is a name without what tells it from others of its kind: "d" of "d w1", "c"
// of "c2". A mask has no number: "a1" and "b1" are of layer 1.
func letter(name string) string {
	short, _, _ := strings.Cut(name, " ")
	if stem := strings.TrimRight(short, "0123456789"); stem == "c" || stem == "d" || stem == "e" {
		return stem
	}
	return short
}

// opening tells of what a round opened, or of the opening itself.
func (m moment) opening() phrase {
	hidden := m.hides()
	of := hidden
	if of == "" {
		of = "x"
	}
	switch what := m.opens(); letter(what) {
	case "d", "e":
		mask := maskOf(what)
		if mask == "" {
			mask = "a"
		}
		formula := m.formula
		if formula == "" {
			formula = fmt.Sprintf("%s = %s − %s", what, of, mask)
		}
		return phrase{fmt.Sprintf("%s is known, %s is not", what, of),
			fmt.Sprintf("Every holder knows %s now. The mask %s is uniform and nobody among them has it: %s can still be any number.", what, mask, of),
			formula}
	case "c":
		formula := m.formula
		if m.compares() {
			if formula == "" {
				formula = "c = " + of + " + r"
			}
			return phrase{"First step of comparing: c is known",
				fmt.Sprintf("The dealer’s r hides %s. Of c the holders know every bit, of r they have shares of every bit: from both comes the sign, and no holder learns it.", of),
				formula}
		}
		if formula == "" {
			formula = "c = " + of + " + 2^62 + r"
		}
		return phrase{"First step of cutting: c is known",
			fmt.Sprintf("The dealer’s r hides %s. c is cut in public, and shares of the cut r are taken off again, each holder by itself.", of),
			formula}
	case "δ":
		return phrase{"Comparing digits, bit by masked bit",
			"Is c less than r? Blocks of digits are compared and joined four at a time; every bit is opened under a random bit of its own, so none says anything.",
			"(lt, eq) ∘ (lt’, eq’) = (lt ⊕ eq∧lt’, eq∧eq’)"}
	case "m":
		return phrase{"The sign, under a random bit",
			"The holders know m. Nobody knows ρ, so nobody knows the sign; yet from m and shares of ρ each computes its share of it.",
			"m = sign ⊕ ρ"}
	case "loss":
		return phrase{"The loss is released",
			"Every holder knows this one number of the batch: the losses of its rows, added up. The ledger says so; --reveal-loss=false keeps it hidden.",
			"loss, summed over the rows = Σ [loss]"}
	case "Σx", "Σx²":
		return phrase{"Two sums of each column are released",
			"The holders know the sum and the sum of squares of each column over all training rows, and nothing of a single row. Mean and deviation follow.",
			"mean = Σx / n,  σ² = Σx² / n − mean²"}
	case "probabilities":
		return phrase{"The answer is revealed to the applicant",
			"All holders sent their shares to the applicant: she alone adds them up, and she alone knows the answer.", "p = Σ [p]"}
	case "model":
		return phrase{"The model is revealed to its owner",
			"All holders sent their shares to the server: it alone adds them up, and it alone knows the model.", "model = Σ [model]"}
	}
	return phrase{}
}

// cuts reports whether c was opened to cut a fraction: 2^(k−2) keeps it positive then.
func (m moment) cuts() bool { return strings.Contains(m.formula, " + 2^") }

// compares reports whether c is opened to find a sign. The formula says so; a ReLU
// finds one on the opening of its truncation.
func (m moment) compares() bool {
	if m.formula == "" || m.cuts() {
		return m.inner == "relu"
	}
	return true
}

// hides names what is hidden under the mask of a round; empty where the place does
// not tell.
func (m moment) hides() string {
	what := m.opens()
	if _, of, ok := strings.Cut(what, " "); ok && (letter(what) == "d" || letter(what) == "e") {
		return of
	}
	l := strconv.Itoa(m.layer)
	switch {
	case m.named() != "":
		return m.named()
	case m.outer == "matmul" && m.part == "forward" && what == "d":
		if m.layer == 1 {
			return "x"
		}
		return "a" + strconv.Itoa(m.layer-1)
	case m.outer == "matmul" && m.part == "backward" && what == "e":
		return "dz" + l
	case m.outer == "relu" && m.part == "forward":
		return "z" + l
	case m.outer == "relu" && m.part == "backward":
		return "da" + strconv.Itoa(m.layer-1)
	}
	return ""
}

// named is what the formula of an opened c says that it hides; empty if it is but x.
func (m moment) named() string {
	if letter(m.opens()) != "c" {
		return ""
	}
	_, hidden, _ := strings.Cut(m.formula, " = ")
	if before, _, sum := strings.Cut(hidden, " + "); sum {
		hidden = before
	}
	if _, z, minus := strings.Cut(hidden, "r − "); minus { // a ReLU’s
		hidden = z
	}
	if hidden == "x" {
		return ""
	}
	return hidden
}

// maskOf names the mask of what is opened: a of d, b of e, r of c, and "r for c2" of the
// second of several c.
func maskOf(what string) string {
	short := letter(what)
	mask, rest := map[string]string{"d": "a", "e": "b", "c": "r"}[short], strings.TrimPrefix(what, short)
	switch {
	case mask == "":
		return ""
	case rest != "" && rest[0] != ' ': // one of several that are opened together
		return mask + " for " + what
	}
	return mask + rest
}

// around lists the values in the holders' memories that an event is told with, beside
// its own: what is hidden, its mask, what was opened.
func (m moment) around() (before, after []string) {
	switch {
	case m.opens() != "" && m.Level() >= trace.Round:
		return []string{m.hides(), maskOf(m.opens())}, nil
	case m.Level() != trace.Operation || m.inner != m.outer:
		if m.inner == "truncate" {
			return nil, []string{"r", "c"}
		}
		return nil, nil
	}
	switch m.inner {
	case "matmul":
		return nil, m.factors()
	case "square", "mul":
		return nil, []string{"a", "d", "b", "e", dealtProduct}
	case "truncate":
		return nil, []string{"r", "c"}
	case "relu":
		if m.part == "forward" {
			return nil, []string{"r", "c", "m", "ρ"}
		}
		return nil, []string{"r", "c"}
	case "mask":
		return nil, nil
	}
	return nil, nil
}

// dealtProduct is the dealt product of two masks, as memories have it.
const dealtProduct = "c = a·b"

// factors names the masks of a product's two factors and what was opened under them.
func (m moment) factors() []string {
	if len(m.Inputs) < 2 {
		return nil
	}
	x, y := m.Inputs[0].Name, m.Inputs[1].Name
	switch {
	case m.part == "forward" && m.layer == 1:
		return []string{"a " + y, "d " + y, dealtProduct} // the rows were masked once for all epochs
	case m.part == "forward":
		return []string{"a", "d", "a " + y, "d " + y, dealtProduct}
	case strings.HasPrefix(x, "dz"):
		return []string{"b", "e", "a " + y, "d " + y, dealtProduct}
	}
	return []string{"b", "e", dealtProduct}
}
