package say

import (
	"fmt"
	"math"
	"strconv"

	"gorgonia.org/tensor"

	"unseen/engine"
	"unseen/engine/trace"
)

// Spent says what the run has cost of its privacy so far, and Odds what that means;
// both empty without privacy.
func (s Scene) Spent() string {
	p := s.Snapshot.Privacy
	if p == nil {
		return ""
	}
	return "ε " + Epsilon(p.After(s.Snapshot.Releases).Epsilon)
}

// odds is in how many cases at most an observer who guesses is right, rounded up: "74 of 100";
// empty where it may be in every one.
func (s Scene) odds() string {
	p := s.Snapshot.Privacy
	if p == nil {
		return ""
	}
	odds := 0.5 // before anything is released it tells nothing, and δ is not spent either
	if s.Snapshot.Releases > 0 {
		odds = p.After(s.Snapshot.Releases).Odds()
	}
	for _, of := range []float64{100, 1000, 10_000} {
		if right := math.Ceil(odds * of); right < of {
			return grouped(int(right)) + " of " + grouped(int(of))
		}
	}
	return ""
}

// Guesses says in a few words how often a guess whether one took part is right.
func (s Scene) Guesses() string {
	if odds := s.odds(); odds != "" {
		return "right in ≤ " + odds + " guesses if one took part"
	}
	return "guesses if one took part may all be right"
}

// Guessing says in a sentence who guesses what, and how often that is right.
func (s Scene) Guessing() string {
	who := "who held it for equally likely that one " + s.Snapshot.Privacy.Whom + " took part or not, and sees all that was released,"
	if odds := s.odds(); odds != "" {
		return who + " guesses right in at most " + odds + " cases"
	}
	return who + " may guess right every time"
}

// Epsilon writes an ε with two decimals, rounded up: what is promised with it holds.
func Epsilon(x float64) string {
	if x >= 1e4 {
		return "10000+" // as good as nothing
	}
	return strconv.FormatFloat(math.Ceil(max(0, 100*x-1e-9))/100, 'f', 2, 64)
}

// spentText tells what the run has cost, at the end of an epoch or server round.
func (s Scene) spentText() string {
	p := s.Snapshot.Privacy
	if p == nil {
		return ""
	}
	text := fmt.Sprintf(" %s at δ %s: %s.", s.Spent(), short(p.Delta), s.Guessing())
	if p.Stopped() && s.Snapshot.Releases == p.Releases {
		text += fmt.Sprintf(" One more %s would exceed the budget of %s: training ends here.", p.Each, short(p.Budget))
	}
	return text
}

func short(x float64) string { return strconv.FormatFloat(x, 'g', 4, 64) }

// private tells of a batch whose slopes have been made fit to be released.
func (s Scene) private(e *trace.Event) Telling {
	p := s.Snapshot.Privacy
	return Telling{
		Title: "From here on the slopes are private",
		Sentence: fmt.Sprintf("What the weights will move against is the clipped sum with noise, never the sum itself. %s now, of %s at the end of the run.",
			capital(s.Spent()), Epsilon(p.After(p.Releases).Epsilon)),
		Views: s.all(e.Outputs),
	}
}

// nobody tells of a batch for which no row was drawn.
func (s Scene) nobody(e *trace.Event) Telling {
	return Telling{
		Title: fmt.Sprintf("Batch %s is done: nobody was in it", of(e.Scope())),
		Sentence: "Each row is drawn with a small probability, and this time none was. The weights moved by noise alone: " +
			"who watches cannot tell such a batch from others, and must not.",
		Views: s.all(e.Outputs[:min(4, len(e.Outputs))]),
	}
}

// clip tells of gradients, or of one worker's update, that are cut to a length.
func (s Scene) clip(e *trace.Event, c Cell) Telling {
	limit := s.Scenario.Privacy.Clip
	norms := output(e, "norms")
	if len(e.Outputs) > 1 && e.Outputs[1].Name == "update" {
		return s.clipUpdate(e, c, norms)
	}
	m, shortened, longest := norms.Shape()[0], 0, 0.0
	for i := range m {
		if at(norms, i, 0) > limit {
			shortened++
		}
		longest = max(longest, at(norms, i, 0))
	}
	t := Telling{
		Title: "No row may pull harder than the others",
		Sentence: fmt.Sprintf("Each row’s own gradient is measured; %d of %d are longer than %s and are shortened to it, the longest from %s. Then they are added up: no row can move the sum farther.",
			shortened, m, short(limit), number(longest)),
		Formula: fmt.Sprintf("g ← g · min(1, C / ‖g‖),  C = %s", short(limit)),
		Views:   s.all(e.Outputs),
	}
	at2 := inside(c, norms)
	t.Work = []string{fmt.Sprintf("%s: ‖g‖ = %s → %s", s.batchRow(at2.Row), number(at(norms, at2.Row, 0)), number(at(norms, at2.Row, 1)))}
	t.Views[0].CellRow, t.Views[0].CellCol = at2.Row, 0
	return t
}

// rowOf names the i-th row of the batch that the acting party computes on, by its number
// in the data if that is known.
func (s Scene) rowOf(e *trace.Event, i int) string {
	for _, p := range s.Snapshot.Parties {
		if o, ok := p.Memory.Object("rows"); ok && p.ID == e.Party && i < o.Data.Size() {
			return "row " + strconv.Itoa(int(o.Data.Float64s()[i]))
		}
	}
	return fmt.Sprintf("row %d of the batch", i+1)
}

// batchRow names the i-th row of the batch under way.
func (s Scene) batchRow(i int) string {
	for _, p := range s.Snapshot.Parties {
		if o, ok := p.Memory.Object("rows"); ok && i < o.Data.Size() {
			return "row " + strconv.Itoa(int(o.Data.Float64s()[i])) + " of the data"
		}
	}
	return fmt.Sprintf("row %d of the batch", i+1)
}

func (s Scene) clipUpdate(e *trace.Event, c Cell, norms *tensor.Dense) Telling {
	limit := s.Scenario.Privacy.Clip
	before, after := at(norms, 0, 0), at(norms, 0, 1)
	verdict := fmt.Sprintf("Its length %s is within the limit: it stays as it is.", number(before))
	if before > limit {
		verdict = fmt.Sprintf("It is %s long and is shortened to %s.", number(before), number(after))
	}
	t := Telling{
		Title:    fmt.Sprintf("%s clips the update", e.Party),
		Sentence: "What leaves is not the model but how it changed, weighted by rows. " + verdict + " No worker can move the average farther.",
		Formula:  "u = w·(model − start),  u ← u·min(1, C/‖u‖)",
		Views:    s.all(e.Outputs),
		Work:     []string{fmt.Sprintf("‖u‖ = %s → %s,  w = rows·n / Σ rows,  C = %s", number(before), number(after), short(limit))},
	}
	t.Views[1].CellRow, t.Views[1].CellCol = 0, c.Col
	return t
}

// noise tells of the noise that hides what is released.
func (s Scene) noise(e *trace.Event, c Cell) Telling {
	p := s.Snapshot.Privacy
	noisy, added := output(e, "noisy"), output(e, "noise")
	what, before, from := "the clipped sum", 0.0, "clipped"
	views := []trace.Value{}
	if len(e.Inputs) > 0 {
		in := e.Inputs[0].Parts[0].Data
		before = at(in, 0, c.Col)
		views = append(views, e.Inputs[0])
		if from = e.Inputs[0].Name; from == "update" {
			what = "the update"
		}
		what = fmt.Sprintf("%s, %s long,", what, number(norm(in)))
	}
	cost := fmt.Sprintf("%s now.", capital(s.Spent()))
	if s.Snapshot.Releases > 0 {
		cost = fmt.Sprintf("ε goes from %s to %s.", Epsilon(p.After(s.Snapshot.Releases-1).Epsilon), Epsilon(p.After(s.Snapshot.Releases).Epsilon))
	}
	if p.DP == engine.LocalNoise {
		cost = "Nobody has to be trusted: what leaves is private already."
	}
	who := e.Party
	if who == "" {
		who = "noise"
	}
	t := Telling{
		Title: fmt.Sprintf("%s adds noise", capital(who)),
		Sentence: fmt.Sprintf("Every number of %s gets a random one with deviation σ·C = %s; together the noise is %s long. %s",
			what, number(p.Noise*p.Clip), number(norm(added)), cost),
		Formula: fmt.Sprintf("noisy = %s + N(0, σ²·C²),  σ = %s,  C = %s", from, short(p.Noise), short(p.Clip)),
		Work:    []string{fmt.Sprintf("%s = %s + %s = %s", index("noisy", 0, c.Col), number(before), bracket(at(added, 0, c.Col)), number(at(noisy, 0, c.Col)))},
		Views:   s.all(append(views, e.Outputs[1], e.Outputs[0])),
	}
	for i := range t.Views {
		t.Views[i].CellRow, t.Views[i].CellCol = 0, c.Col
	}
	return t
}

func norm(t *tensor.Dense) float64 {
	sum := 0.0
	for _, x := range t.Float64s() {
		sum += x * x
	}
	return math.Sqrt(sum)
}

// waiting says what becomes of a worker's copy of the model.
func (s Scene) waiting() string {
	switch p := s.Snapshot.Privacy; {
	case s.Scenario.Mode == engine.SecureAggregation:
		return "It keeps how far each weight moved; nobody will see that, only the sum over all."
	case p == nil:
		return "The copy waits for the aggregator; the server will not see it."
	case p.DP == engine.LocalNoise:
		return "How it changed waits for the aggregator, clipped and hidden in noise."
	}
	return "How it changed waits for the aggregator, clipped; the server will not see it."
}

// movedUpdates says what the aggregator can see now.
func (s Scene) movedUpdates() string {
	if p := s.Snapshot.Privacy; p != nil && p.DP == engine.LocalNoise {
		return " Each is hidden in noise of its own: the aggregator need not be trusted."
	}
	return " The aggregator now sees every single update, clipped: that is why it has to be trusted."
}

// add tells of the sum of all updates.
func (s Scene) add(e *trace.Event, c Cell) Telling {
	t := Telling{
		Title:    "The aggregator adds up",
		Sentence: fmt.Sprintf("The sum of %s; one worker cannot move it farther than %s. Then the updates are forgotten.", plural(s.Workers(), "update", "updates"), short(s.Scenario.Privacy.Clip)),
		Formula:  e.Outputs[0].Name + " = Σ updates",
		Views:    s.elementwise(e, c),
	}
	if p := s.Snapshot.Privacy; p != nil && p.DP == engine.LocalNoise {
		t.Sentence = fmt.Sprintf("The sum of %s, and of the noise in each of them: √%d times as much as in one. Then the updates are forgotten.",
			plural(s.Workers(), "update", "updates"), s.Workers())
	}
	for _, v := range e.Inputs {
		t.Work = append(t.Work, fmt.Sprintf("%s: %s", v.Name, number(at(v.Parts[0].Data, 0, c.Col))))
	}
	if more := s.Workers() - len(e.Inputs); more > 0 {
		t.Work = append(t.Work, fmt.Sprintf("and %s more", grouped(more)))
	}
	t.Work = append(t.Work, fmt.Sprintf("sum: %s", number(at(e.Outputs[0].Parts[0].Data, 0, c.Col))))
	return t
}

// mean tells of the average update.
func (s Scene) mean(e *trace.Event, c Cell) Telling {
	in, out := e.Inputs[0], e.Outputs[0]
	return Telling{
		Title:    "The average update",
		Sentence: fmt.Sprintf("The sum is divided by %d, however many took part: a number that depended on them would say something about them.", s.Workers()),
		Formula:  fmt.Sprintf("average = %s / %d", in.Name, s.Workers()),
		Work: []string{fmt.Sprintf("%s = %s / %d = %s", index(out.Name, 0, c.Col), number(at(in.Parts[0].Data, 0, c.Col)), s.Workers(),
			number(at(out.Parts[0].Data, 0, c.Col)))},
		Views: s.elementwise(e, c),
	}
}

// apply tells of the model that an average update moves.
func (s Scene) apply(e *trace.Event, _ Cell) Telling {
	return Telling{
		Title:    "The model moves by the average update",
		Sentence: "The server adds it to the model it sent; the next server round starts from here. Whatever it does with the model now, it stays as private.",
		Formula:  "model ← model + average",
		Views:    s.all(e.Outputs[:min(4, len(e.Outputs))]),
	}
}

// encodePrivately tells of a worker that clips its update, adds its share of the
// noise, and counts in steps.
func (s Scene) encodePrivately(e *trace.Event, c Cell) Telling {
	p, q := s.Snapshot.Privacy, s.Secure.Quantiser
	norms, noise, x := output(e, "norms"), output(e, "noise"), output(e, "x_u")
	before, after := at(norms, 0, 0), at(norms, 0, 1)
	length := fmt.Sprintf("Its update, %s long, stays as it is", number(before))
	if before > p.Clip {
		length = fmt.Sprintf("Its update, %s long, is shortened to %s", number(before), number(after))
	}
	t := Telling{
		Title: fmt.Sprintf("%s clips, and adds a share of noise", e.Party),
		Sentence: fmt.Sprintf("%s, and gets noise with deviation σ·C/√m = %s: too little to hide it alone, enough together with that of the others (m = %d, the fewest honest ones that may be left).",
			length, number(p.Noise*p.Clip/math.Sqrt(float64(p.Shares))), p.Shares),
		Formula: fmt.Sprintf("x = u·2^%d + N(0, σ²·C²/m)  mod 2^%d", q.Fraction, q.Bits),
		Work: []string{
			fmt.Sprintf("‖u‖ = %s → %s,  σ = %s,  C = %s", number(before), number(after), short(p.Noise), short(p.Clip)),
			fmt.Sprintf("weight %d: noise %s, becomes %s", c.Col, number(at(noise, 0, c.Col)), s.element(x, c.Col)),
		},
		Views: s.all([]trace.Value{e.Inputs[0], e.Outputs[2], e.Outputs[0]}),
	}
	for i := range t.Views {
		t.Views[i].CellRow, t.Views[i].CellCol, t.Views[i].Cols = 0, c.Col, nil // weights, not features
	}
	return t
}

// decodePrivately tells of the average that is made of a noisy sum.
func (s Scene) decodePrivately(e *trace.Event, c Cell) Telling {
	p, sum, mean := s.Snapshot.Privacy, input(e, "sum"), output(e, "average")
	return Telling{
		Title: "From steps back to weights",
		Sentence: fmt.Sprintf("The sum holds the noise of everybody who delivered. It is divided by %d, however many that were: a number that depended on them would say something about them. %s at the end of this server round.",
			s.Workers(), "ε "+Epsilon(p.After(s.Snapshot.Releases+1).Epsilon)),
		Formula: fmt.Sprintf("average = sum · 2^−%d / %d", s.Secure.Quantiser.Fraction, s.Workers()),
		Work:    []string{fmt.Sprintf("weight %d: %s steps over %d are %s", c.Col, s.element(sum, c.Col), s.Workers(), number(at(mean, 0, c.Col)))},
		Views:   s.elementwise(e, c),
	}
}
