package cli

import (
	"bufio"
	"fmt"
	"math"
	"slices"
	"strings"

	"unseen/engine"
	"unseen/engine/trace"
)

// walkText writes a walk for people, in lines of up to 80 columns.
type walkText struct {
	*bufio.Writer
	style  styles
	w      *engine.Walk
	inside []string // the operations that were named last
	round  int      // rounds that have begun
	open   bool     // a round is going on
}

const simulatorMark = "◇"

func (t *walkText) line(format string, values ...any) {
	t.WriteString(strings.TrimRight(fmt.Sprintf(format, values...), " ") + "\n")
}

func (t *walkText) head(text string) { t.line("\n%s", t.style.head.Render(text)) }

// explanation prints the explanation of the protocol, wherever its lines are.
func (t *walkText) explanation() {
	text, _ := engine.Explain(t.w.Protocol) // every protocol has one
	for _, l := range strings.Split(strings.TrimSpace(text), "\n") {
		if title := strings.TrimLeft(l, "#"); title != l {
			l = t.style.head.Render(strings.TrimSpace(title))
		}
		t.line("%s", l)
	}
	t.line("")
}

func (t *walkText) all() {
	w := t.w
	t.line("%s", t.style.head.Render(w.Protocol+"   "+w.Info.Says))
	seed := fmt.Sprint("seed ", w.Seed)
	if w.Fixed {
		seed += ", repeatable"
	}
	t.line("%d holders, %d fraction bits, %s", w.Holders, w.FractionBits, seed)
	t.line("%s", t.style.faint.Render(simulatorMark+" marks the simulator's view: a number that no party has"))
	for i, q := range w.Inputs {
		t.head(fmt.Sprintf("%s = %s is split into random summands", q.Name, decimals(w.Values[i])))
		t.shares(q, 2, simulatorMark)
	}
	for _, s := range w.Steps {
		t.step(s)
	}
	t.end()
}

// step prints one event, under the heads of its operation and its round.
func (t *walkText) step(s engine.WalkStep) {
	e := s.Event
	t.enterOperation(e)
	if len(s.Dealt) > 0 {
		t.deal(s)
	}
	t.enterRound(e)
	switch {
	case isDeal(e):
	case e.Kind == trace.Sent:
		t.message(e, s.Outputs)
	case e.Kind == trace.Open:
		t.opening(s)
	case e.Kind == trace.Local && len(t.operations(e)) > 1:
		t.head(strings.Join(t.operations(e), " › ") + " is done")
		for _, q := range s.Outputs {
			t.shares(q, 2, simulatorMark)
		}
	}
}

func isDeal(e *trace.Event) bool {
	return e.Kind == trace.Sent && strings.HasPrefix(e.Name(), "deal ")
}

// operations names the operations around an event, its own included.
func (t *walkText) operations(e *trace.Event) []string {
	var names []string
	for _, s := range e.Path {
		if s.Level == trace.Operation {
			names = append(names, s.Name)
		}
	}
	return names
}

// enterOperation prints a head for an operation inside another one.
func (t *walkText) enterOperation(e *trace.Event) {
	if e.Kind == trace.Local {
		t.inside = nil // it ends here
		return
	}
	if inside := t.operations(e); !slices.Equal(inside, t.inside) {
		if t.inside = inside; len(inside) > 1 {
			t.head(strings.Join(inside, " › "))
		}
	}
}

// enterRound prints a head for a round that begins.
func (t *walkText) enterRound(e *trace.Event) {
	at := slices.IndexFunc(e.Path, func(s trace.Scope) bool { return s.Level == trace.Round })
	if at < 0 || e.Kind == trace.Span {
		t.open = false
		return
	}
	if !t.open {
		t.open = true
		t.round++
		t.head(fmt.Sprintf("round %d: %s", t.round, e.Path[at].Name))
	}
}

// deal prints what came from the dealer.
func (t *walkText) deal(s engine.WalkStep) {
	t.line("")
	for _, l := range wrapped("the dealer deals "+dealtNames(s.Dealt), 80) {
		t.line("%s", t.style.head.Render(l))
	}
	if isDeal(s.Event) {
		t.line("  %s", t.style.faint.Render(fmt.Sprintf("%s to %s; everything else the holders expand from keys", plural(s.Event.Bytes, "byte"), s.Event.To)))
	} else {
		t.line("  %s", t.style.faint.Render("nothing is sent: each holder expands its share from a key"))
	}
	for _, q := range s.Dealt {
		name := q.Name
		if q.Packed > 0 {
			name += ", " + plural(q.Rows*q.Packed, "bit")
		}
		t.line("  %s", name)
		t.shares(q, 4, "the dealer's alone")
	}
}

// dealtNames lists the names, with a word for the many masks of bits.
func dealtNames(list []engine.Quantity) string {
	var names []string
	for _, q := range list {
		name := q.Name
		if strings.HasPrefix(name, "bit masks") {
			name = "bit masks"
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// message prints a share on its way.
func (t *walkText) message(e *trace.Event, carried []engine.Quantity) {
	start := fmt.Sprintf("  %-21s %9s", e.Party+" → "+e.To, plural(e.Bytes, "byte"))
	for _, q := range carried {
		for _, l := range t.words(q, q.Parts[0].Words) {
			t.line("%-35s  %-2s %s", start, q.Name, l)
			start = ""
		}
	}
}

// opening prints what everybody who is meant to knows now.
func (t *walkText) opening(s engine.WalkStep) {
	e, who := s.Event, "all holders know"
	if e.To != "" && e.To != "holders" {
		who = e.To + " knows"
	}
	for _, q := range s.Outputs {
		for i, l := range t.words(q, q.Sum) {
			real := ""
			if q.Real != nil {
				real = "  = " + minus(trimmed(q.Real[i]))
			}
			t.line("  %-33s  %-2s %s%s", who, q.Name, t.style.head.Render(l), real)
			who = ""
		}
	}
	why := e.Why
	if s.Formula != "" {
		why = s.Formula + "; " + why
	}
	for _, l := range wrapped("  "+why, 80) {
		t.line("%s", t.style.faint.Render(l))
	}
}

// shares prints what each party has of a value, and what it comes to.
func (t *walkText) shares(q engine.Quantity, indent int, mark string) {
	pad := strings.Repeat(" ", indent)
	for _, part := range q.Parts {
		name := part.Party
		for _, l := range t.words(q, part.Words) {
			t.line("%s%-10s %s", pad, name, l)
			name = ""
		}
	}
	name := "sum"
	if q.Packed > 0 {
		name = "xor"
	}
	for i, l := range t.words(q, q.Sum) {
		real := ""
		if q.Real != nil {
			real = "  = " + shownReal(q, i)
		}
		t.line("%s%-10s %s%s  %s", pad, t.style.faint.Render(fmt.Sprintf("%-10s", name)), l, real, t.style.faint.Render(mark))
		name = ""
	}
}

// words writes ring elements in hex, one a line, and packed bits in one line.
func (t *walkText) words(q engine.Quantity, w []uint64) []string {
	if q.Packed == 0 {
		lines := make([]string, len(w))
		for i, x := range w {
			h := fmt.Sprintf("%016x", x)
			lines[i] = h[:4] + " " + h[4:8] + " " + h[8:12] + " " + h[12:]
		}
		return lines
	}
	return []string{bitText(q, w)}
}

// mostBits is how many bits are written one by one.
const mostBits = 32

// bitText writes packed bits, row by row: one by one, or where they are many the
// first of them in hex.
func bitText(q engine.Quantity, w []uint64) string {
	var bits []byte
	per := len(w) / max(1, q.Rows)
	for r := range q.Rows {
		for b := range q.Packed {
			bits = append(bits, '0'+byte(w[r*per+b/64]>>(b%64)&1))
		}
	}
	if len(bits) <= mostBits {
		var groups []string
		for len(bits) > 4 {
			groups, bits = append(groups, string(bits[:4])), bits[4:]
		}
		return strings.Join(append(groups, string(bits)), " ")
	}
	var hex strings.Builder
	const digits = 36
	for i := 0; i < len(bits) && hex.Len() < digits; i += 4 {
		digit := 0
		for _, b := range bits[i:min(i+4, len(bits))] {
			digit = digit<<1 | int(b-'0')
		}
		fmt.Fprintf(&hex, "%x", digit)
	}
	if len(bits) > 4*digits {
		hex.WriteString("…")
	}
	return hex.String()
}

// shownReal writes the real number an element stands for, and how, if that is short.
func shownReal(q engine.Quantity, i int) string {
	real, whole := minus(trimmed(q.Real[i])), minus(fmt.Sprint(int64(q.Sum[i])))
	if how := fmt.Sprintf("%s / 2^%d = %s", whole, q.Fraction, real); q.Fraction > 0 && len([]rune(how)) < 42 {
		return how
	}
	return real
}

// trimmed writes a real number in up to nine digits.
func trimmed(x float64) string { return fmt.Sprintf("%.9g", x) }

// minus writes minus signs as such.
func minus(text string) string { return strings.ReplaceAll(text, "-", "−") }

func decimals(values []float64) string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = fmt.Sprint(v)
	}
	return minus(strings.Join(list, ", "))
}

// end prints the result and the cost.
func (t *walkText) end() {
	w := t.w
	if w.Result != nil {
		t.head("the result, " + w.Info.Says)
		t.shares(*w.Result, 2, simulatorMark)
		for _, l := range wrapped(fmt.Sprintf("  %-10s %s", "plaintext", minus(plainText(w))), 80) {
			t.line("%s", l)
		}
	}
	t.head("cost")
	dealt := w.Cost.Sent["dealer"]
	text := fmt.Sprintf("  %s, %s; sent by each holder %s, by the dealer %s", plural(int(w.Cost.Rounds), "round"), plural(int(w.Cost.Messages), "message"),
		plural(int(w.Busy), "byte"), plural(int(dealt), "byte"))
	for _, l := range wrapped(text, 80) {
		t.line("%s", l)
	}
}

// nothing is a difference, in units of the last place, that is less than what the
// plaintext's own arithmetic leaves.
const nothing = 1e-6

// plainText says what plaintext yields, how far off the result is, and how far it may
// be.
func plainText(w *engine.Walk) string {
	list := make([]string, len(w.Plain))
	worst, stated, beyond := 0.0, 0.0, false
	for i, x := range w.Plain {
		list[i] = trimmed(x)
		off := math.Abs(w.Result.Real[i] - x)
		worst = max(worst, math.Ldexp(off, w.Result.Fraction))
		stated = max(stated, math.Ldexp(w.Stated[i], w.Result.Fraction))
		beyond = beyond || off > w.Stated[i]
	}
	text := strings.Join(list, ", ")
	switch {
	case beyond:
		return text + fmt.Sprintf(": wrong by %.2g units of the last place, where at most %.2g is stated", worst, stated)
	case worst < nothing:
		return text + ": equal"
	}
	return text + fmt.Sprintf(": %.2g units of the last place away, of at most %.2g", worst, stated)
}

func plural(n int, what string) string { return counted(int64(n), what) }

// wrapped breaks a line that is too long, further lines indented.
func wrapped(text string, width int) []string {
	var lines []string
	for len([]rune(text)) > width {
		runes := []rune(text)
		at := width
		for at > 0 && runes[at] != ' ' {
			at--
		}
		if at < 8 {
			break
		}
		lines = append(lines, string(runes[:at]))
		text = "    " + strings.TrimLeft(string(runes[at:]), " ")
	}
	return append(lines, text)
}
