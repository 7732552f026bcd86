package say

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"gorgonia.org/tensor"

	"unseen/engine"
	"unseen/engine/trace"
)

// secureOperations knows how to tell the operations of secure aggregation.
var secureOperations = map[string]func(Scene, *trace.Event, Cell) Telling{
	"channel keys": Scene.channelKeys, "update": Scene.moved, "mask key": Scene.maskKey, "graph": Scene.graph,
	"share secrets": Scene.shareSecrets, "open shares": Scene.openShares, "encode": Scene.encode, "mask": Scene.mask,
	"recover": Scene.recovered, "add up": Scene.addUp, "decode": Scene.decode, "take step": Scene.takeStep, "abort": Scene.abort,
	"draw holders": Scene.drawHolders, "add shares": Scene.addShares, "interpolate": Scene.interpolate,
}

// securePurposes says why parties send each kind of message of secure aggregation.
var securePurposes = map[string]string{
	"advertise keys": "Public halves of keys: anybody may see them.",
	"send keys":      "With the public keys of its neighbours a worker can find what it has in common with each, and the server cannot.",
	"share keys":     "Shares of its two secrets, each sealed for one neighbour: the server passes them on and cannot read them.",
	"forward shares": "What the neighbours sealed for this worker; nobody on the way could read it.",
	"masked input":   "Every number of it looks as if drawn at random; only the sum over the workers will say anything.",
	"send lists":     "Which neighbours delivered, and which left after they had shared: for each it asks one secret, never both.",
	"unmask":         "Shares of the self-mask seeds of those who delivered, and of the mask keys of those who did not.",
	"share update":   "One share of every number of the update, sealed for this holder: by itself it says nothing.",
	"open sum":       "A share of the sum, of nothing else: enough of them open it.",
}

// beginsSecurely tells of the beginning of secure aggregation.
func (s Scene) beginsSecurely(weights int) Telling {
	l := s.Scenario.Learning
	return Telling{
		Title: "Nothing has happened yet",
		Sentence: fmt.Sprintf("%s their own rows, and keep them. In each of %s all train copies of a network of %s weights; the server gets to see the sum of what they learnt, and nothing of any single one.",
			plural(s.Workers(), "worker has", "workers have"), plural(l.Rounds, "server round", "server rounds"), grouped(weights)),
		Views: s.memory("shift", "scale"),
		Work:  s.protection(),
	}
}

// protection says how many must come together to see a single update.
func (s Scene) protection() []string {
	size := s.Secure.Size
	if size.Workers == 0 {
		return nil
	}
	who := "neighbours"
	if s.Secure.Committee {
		who = "share holders"
	}
	return []string{
		fmt.Sprintf("%d %s, of whom any %d can recover what is needed, and %d cannot.", size.Neighbours, who, size.Threshold, size.Threshold-1),
		fmt.Sprintf("With %.0f %% of the workers colluding secrecy %s. With %.0f %% leaving a sum is %s.",
			100*engine.Colluding, chance("fails", size.Collusion), 100*math.Max(engine.LeastLeaving, s.Scenario.Secure.Drop), chance("lost", size.Loss)),
	}
}

// chance says how probably something happens, of which log2 is the logarithm to base 2:
// "never fails", "lost with probability 2^−40.0".
func chance(what string, log2 float64) string {
	if math.IsInf(log2, -1) {
		return "never " + what
	}
	return what + " with probability " + engine.Probability(log2)
}

func (s Scene) channelKeys(e *trace.Event, _ Cell) Telling {
	return Telling{
		Title:    "Every worker draws a channel key",
		Sentence: "With its private half and the public half of another worker the two have a secret in common, under which they seal messages that the server carries and cannot read. It is kept over all server rounds.",
		Views:    s.all(e.Outputs),
	}
}

func (s Scene) moved(e *trace.Event, c Cell) Telling {
	_, j, most := largest(e.Outputs[0].Parts[0].Data)
	return Telling{
		Title:    fmt.Sprintf("What %s learnt", e.Party),
		Sentence: fmt.Sprintf("It keeps how far its training moved each weight, farthest weight %d, by %s, and forgets its copy of the model. This is what nobody else may see.", j, number(most)),
		Formula:  "update = own copy − the model as it was sent",
		Views:    s.elementwise(e, c),
	}
}

func (s Scene) maskKey(e *trace.Event, _ Cell) Telling {
	return Telling{
		Title:    fmt.Sprintf("%s draws a mask key", e.Party),
		Sentence: "Fresh for this server round. From its private half, s, and the public half of a neighbour’s follows the mask that the two have in common: one adds it, the other takes it off.",
		Views:    s.all(e.Outputs),
	}
}

func (s Scene) graph(e *trace.Event, _ Cell) Telling {
	shape := e.Outputs[0].Shape()
	text := fmt.Sprintf("Each of the %s who advertised keys gets %s, at random.", plural(shape[0], "worker", "workers"), plural(shape[1], "neighbour", "neighbours"))
	if shape[1] == shape[0]-1 {
		text = fmt.Sprintf("The %s are few: everybody is everybody’s neighbour.", plural(shape[0], "worker", "workers"))
	}
	return Telling{Title: "Who is whose neighbour", Sentence: text, Work: s.protection(), Views: s.all(e.Outputs)}
}

func (s Scene) shareSecrets(e *trace.Event, _ Cell) Telling {
	return Telling{
		Title: fmt.Sprintf("%s shares its secrets", e.Party),
		Sentence: fmt.Sprintf("It draws b, the seed of a mask of its own, and splits both b and s so that any %d of its neighbours could put one of them together. Each gets its shares sealed.",
			s.Secure.Size.Threshold),
		Formula: fmt.Sprintf("f(0) = secret, f of degree %d, neighbour i gets f(i)", s.Secure.Size.Threshold-1),
		Views:   s.all(append(append([]trace.Value(nil), e.Inputs...), e.Outputs...)),
	}
}

func (s Scene) openShares(e *trace.Event, _ Cell) Telling {
	return Telling{
		Title:    fmt.Sprintf("%s opens the shares it got", e.Party),
		Sentence: "One share of s and one of b of each neighbour that shared. Fewer than the threshold say nothing at all about the secret.",
		Views:    s.all(e.Outputs),
	}
}

func (s Scene) encode(e *trace.Event, c Cell) Telling {
	if s.Snapshot.Privacy != nil {
		return s.encodePrivately(e, c)
	}
	q := s.Secure.Quantiser
	update, x := input(e, "update"), output(e, "x_u")
	rows := at(x, 0, x.Shape()[1]-1)
	t := Telling{
		Title: fmt.Sprintf("%s counts in steps", e.Party),
		Sentence: fmt.Sprintf("Masks hide whole numbers of a ring, not fractions: each weight’s move, times %s, becomes a number of steps of 2^−%d. A move beyond ±%g would be clipped.",
			plural(int(rows), "row", "rows"), q.Fraction, q.Clip),
		Formula: fmt.Sprintf("x_u = round(rows · update · 2^%d) mod 2^%d, and the rows last", q.Fraction, q.Bits),
		Views:   s.elementwise(e, c),
	}
	if c.Col < update.Shape()[1] {
		t.Work = []string{fmt.Sprintf("weight %d: %s becomes %s", c.Col, number(at(update, 0, c.Col)), s.element(x, c.Col))}
	}
	return t
}

// element writes an element of the ring, and what it is as a signed number.
func (s Scene) element(t *tensor.Dense, j int) string {
	x := t.Uint64s()[j]
	text := grouped(int(x))
	if signed := s.Modulus("sum").Signed(x); signed < 0 {
		text += ", that is −" + grouped(int(-signed))
	}
	return text
}

func (s Scene) mask(e *trace.Event, c Cell) Telling {
	x, y := input(e, "x_u"), output(e, "y_u")
	return Telling{
		Title:    fmt.Sprintf("%s puts on its masks", e.Party),
		Sentence: "Its own mask, and one for each neighbour that shared keys: added where the neighbour comes later in the list of workers, taken off where it comes before. What is left looks drawn at random.",
		Formula:  "y_u = x_u + PRG(b) + Σ later PRG(s, theirs) − Σ earlier PRG(s, theirs)",
		Work:     []string{fmt.Sprintf("element %d: %s under its masks is %s", c.Col, s.element(x, c.Col), grouped(int(y.Uint64s()[c.Col])))},
		Views:    s.elementwise(e, c),
	}
}

func (s Scene) recovered(e *trace.Event, c Cell) Telling {
	who, shares := e.Scope().Part, s.Secure.Size.Threshold
	text := fmt.Sprintf("%s delivered. From %d shares its neighbours handed out, the server recovers b, the seed of the mask of its own.", who, shares)
	if strings.HasPrefix(e.Inputs[0].Name, "s ") {
		text = fmt.Sprintf("%s left after sharing: its neighbours had put masks on that nothing cancels. From %d shares they handed out, the server recovers its mask key s, and with it those masks.", who, shares)
	}
	views := s.all(append(append([]trace.Value(nil), e.Inputs...), e.Outputs...))
	views[len(views)-1].CellRow, views[len(views)-1].CellCol = c.Row, c.Col
	return Telling{Title: "A mask that does not cancel", Sentence: text + " Of no worker it gets both.", Views: views,
		Formula: "masks to take off = Σ PRG(b) over those who delivered ± pair masks of those who left"}
}

func (s Scene) addUp(e *trace.Event, c Cell) Telling {
	off, sum := input(e, "masks to take off"), output(e, "sum")
	return Telling{
		Title:    "The sum is open, and nothing else",
		Sentence: "Pair masks cancel in the sum of all masked inputs; the server takes off what it has recovered. What remains is exactly Σ x_u over the workers that delivered.",
		Formula:  fmt.Sprintf("Σ x = Σ y − masks to take off   mod 2^%d", s.Secure.Quantiser.Bits),
		Work:     []string{fmt.Sprintf("element %d: %s − %s = %s", c.Col, s.masked(c.Col), grouped(int(off.Uint64s()[c.Col])), s.element(sum, c.Col))},
		Views:    s.elementwise(e, c),
	}
}

// masked writes an element of Σ y, the sum of all masked inputs in the server's memory.
func (s Scene) masked(i int) string {
	sum, n := uint64(0), 0
	for _, p := range s.Snapshot.Parties {
		if p.Role != "server" {
			continue
		}
		for _, o := range p.Memory.Objects {
			if strings.HasSuffix(o.Name, " y") && o.Form == trace.Share {
				sum += o.Data.Uint64s()[i]
				n++
			}
		}
	}
	if n == 0 {
		return "Σ y"
	}
	return fmt.Sprintf("%s (Σ of %d y)", grouped(int(sum&(1<<s.Secure.Quantiser.Bits-1))), n)
}

func (s Scene) decode(e *trace.Event, c Cell) Telling {
	if s.Snapshot.Privacy != nil {
		return s.decodePrivately(e, c)
	}
	sum, mean := input(e, "sum"), output(e, "average")
	rows := at(sum, 0, sum.Shape()[1]-1)
	return Telling{
		Title:    "From steps back to weights",
		Sentence: fmt.Sprintf("The last element counts the rows of those who delivered: %s. Divided by them the sum is the average update; rounding moved no weight of it by more than half a step.", grouped(int(rows))),
		Formula:  fmt.Sprintf("average = sum · 2^−%d / rows", s.Secure.Quantiser.Fraction),
		Work:     []string{fmt.Sprintf("weight %d: %s steps over %s rows are %s", c.Col, s.element(sum, c.Col), grouped(int(rows)), number(at(mean, 0, min(c.Col, mean.Shape()[1]-1))))},
		Views:    s.elementwise(e, c),
	}
}

func (s Scene) takeStep(e *trace.Event, _ Cell) Telling {
	return Telling{
		Title:    "The model takes the average step",
		Sentence: "The server moves each weight by the average update; the next server round starts from here. Of no worker did it learn what that worker’s own step was.",
		Formula:  "model ← model + average",
		Views:    s.all(e.Outputs[:min(4, len(e.Outputs))]),
	}
}

func (s Scene) abort(e *trace.Event, _ Cell) Telling {
	counts := output(e, "left and needed")
	return Telling{
		Title: "This round ends without a sum",
		Sentence: fmt.Sprintf("%s left where %s needed: the masks cannot be taken off. Nobody has learnt anything, and the model keeps its last value.",
			plural(int(at(counts, 0, 0)), "is", "are"), plural(int(at(counts, 0, 1)), "is", "are")),
		Views: s.all(e.Outputs),
	}
}

func (s Scene) drawHolders(e *trace.Event, _ Cell) Telling {
	return Telling{
		Title:    "A committee for this server round",
		Sentence: fmt.Sprintf("%s hold shares of everybody’s update; any %d of them can open the sum.", plural(e.Outputs[0].Shape()[1], "worker, drawn at random, will", "workers, drawn at random, will"), s.Secure.Size.Threshold),
		Work:     s.protection(), Views: s.all(e.Outputs),
	}
}

func (s Scene) addShares(e *trace.Event, _ Cell) Telling {
	return Telling{
		Title:    fmt.Sprintf("%s has added up its shares", e.Party),
		Sentence: "Shares of numbers, added up, are shares of the sum: the polynomials add up too. It kept none of the single ones.",
		Formula:  "Σ f_u(i) = (Σ f_u)(i)   mod 2^61 − 1",
		Views:    s.all(e.Outputs),
	}
}

func (s Scene) interpolate(e *trace.Event, c Cell) Telling {
	return Telling{
		Title:    "The sum is open, and nothing else",
		Sentence: fmt.Sprintf("%d shares of the sum determine the polynomial; its value at 0 is Σ x over the workers that delivered, exactly.", s.Secure.Size.Threshold),
		Formula:  "Σ x = Σ λ_i · share of holder i   mod 2^61 − 1",
		Work:     []string{fmt.Sprintf("element %d of the sum is %s", c.Col, s.element(output(e, "sum"), c.Col))},
		Views:    s.all(append(append([]trace.Value(nil), e.Inputs...), e.Outputs...)),
	}
}

// stageOf tells of one stage of secure aggregation that is over.
func (s Scene) stageOf(e *trace.Event) Telling {
	sent := s.sentIn(e.Name())
	t := Telling{Title: fmt.Sprintf("Stage %s: %s", of(e.Scope()), e.Name())}
	if s.eyed() && s.Snapshot.Eyes != "server" { // who counts only its own messages
		t.Sentence = fmt.Sprintf("%s sent its “%s”. Who else did, it does not know here.", Subject(s.Snapshot.Eyes), e.Name())
		if sent == 0 {
			t.Sentence = fmt.Sprintf("%s sent no “%s”. Who did, it does not know here.", Subject(s.Snapshot.Eyes), e.Name())
		}
		s.cancellation(e, &t)
		return t
	}
	all := s.Workers()
	missing := ""
	if n := all - sent; n > 0 {
		missing = " " + s.missing(n)
	}
	switch e.Name() {
	case "advertise keys":
		t.Sentence = fmt.Sprintf("%s keys.%s Everybody who is left knows the public keys of its neighbours.", plural(sent, "worker advertised its", "workers advertised their"), missing)
	case "share keys":
		t.Sentence = fmt.Sprintf("%s secrets among their neighbours, sealed.%s From now on the server can do without any of them, as long as enough stay.", plural(sent, "worker shared its", "workers shared their"), missing)
	case "masked input":
		t.Sentence = fmt.Sprintf("%s.%s The server holds %s numbers that look drawn at random.", plural(sent, "worker delivered", "workers delivered"), missing, grouped(sent*(s.values()+1)))
		if s.cancellation(e, &t); len(t.Views) == 0 {
			t.Work = s.seen(4)
		} else {
			t.Work = append(s.seen(1), t.Work...)
		}
	case "unmask":
		t.Sentence = fmt.Sprintf("%s. The server took off the masks that did not cancel, and has the sum of all that was delivered.", plural(sent, "worker answered", "workers answered"))
	case "share update":
		t.Sentence = "Every worker that is left has split its update among the share holders, who added up what they got."
	case "open sum":
		t.Sentence = fmt.Sprintf("%s its share of the sum.", plural(sent, "holder sent", "holders each sent"))
	}
	return t
}

// missing says who is not there any more: by name while they are few.
func (s Scene) missing(n int) string {
	var names []string
	for _, p := range s.Snapshot.Parties {
		if s.Snapshot.Away[p.ID] {
			names = append(names, p.ID)
		}
	}
	switch {
	case len(names) == 1 && n == 1:
		return names[0] + " is not there any more."
	case len(names) == n && n <= 3:
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1] + " are not there any more."
	}
	return plural(n, "worker is", "workers are") + " not there any more."
}

// seen shows what the server holds of some workers: elements that look drawn at
// random. ▒ is what it does not know: what the worker learnt.
func (s Scene) seen(most int) []string {
	var lines []string
	server := s.Snapshot.Parties[0].Memory
	for _, p := range s.Snapshot.Parties {
		o, ok := server.Object(p.ID + " y")
		if !ok || len(lines) == most {
			continue
		}
		var text []string
		for _, x := range o.Data.Uint64s()[:min(3, o.Data.Size())] {
			text = append(text, fmt.Sprintf("%0*x", (s.Secure.Quantiser.Bits+3)/4, x))
		}
		lines = append(lines, fmt.Sprintf("%s: ▒▒▒▒▒▒ under %s …", p.ID, strings.Join(text, " ")))
	}
	return lines
}

// values is how many weights the model has.
func (s Scene) values() int {
	n, in := 0, len(s.Features)
	for _, out := range append(append([]int(nil), s.Scenario.Network.Hidden...), len(s.Classes)) {
		n += in*out + out
		in = out
	}
	return n
}

// sentIn counts the workers that sent a message of a kind since the last boundary.
func (s Scene) sentIn(what string) int {
	senders := map[string]bool{}
	for _, m := range s.Snapshot.Messages {
		if m.What == what {
			senders[m.From] = true
		}
	}
	return len(senders)
}

// cancellation shows who put which mask on the first element: where few take part.
// What u adds for v, v takes off for u: the matrix of the pair masks is its own
// mirror image with the other sign, but where one side is missing.
func (s Scene) cancellation(e *trace.Event, t *Telling) {
	for _, v := range e.Outputs {
		if v.Name != "masks" || len(v.Parts) == 0 {
			continue
		}
		n, ring := v.Parts[0].Data.Shape()[1], engine.Modulus{Bits: s.Secure.Quantiser.Bits}
		unit, power := 1.0, 0 // numbers of four digits before the point
		for ; math.Exp2(float64(ring.Bits-1))/unit >= 10_000; power += 3 {
			unit *= 1000
		}
		grid := make([]float64, len(v.Parts)*n)
		all := uint64(0)
		for i, p := range v.Parts {
			for j, x := range p.Data.Uint64s() {
				grid[i*n+j] = float64(ring.Signed(x)) / unit
				if j < n-1 {
					all += x
				}
			}
		}
		var names []string
		for _, p := range s.Snapshot.Parties {
			if p.Role == "worker" {
				names = append(names, strconv.Itoa(p.Number))
			}
		}
		names = append(names, "own")
		text := "u against v and v against u: the same number, once added, once taken off. All pair masks together come to 0."
		if left := ring.Signed(all); s.eyed() {
			text = "What it put on the first weight: a mask for each neighbour, which the neighbour’s own cancels once both have delivered, and one of its own."
		} else if left != 0 {
			text = fmt.Sprintf("Of those who are missing nobody takes off what the others put on: the pair masks come to %s, until their mask keys are recovered.", grouped(int(left)))
		}
		t.Work = append(t.Work, text)
		t.Views = append(t.Views, View{
			Name:    fmt.Sprintf("masks on the first weight, in 10^%d mod %v", power, ring),
			Data:    tensor.New(tensor.WithShape(len(v.Parts), n), tensor.WithBacking(grid)),
			Rows:    func(i int) string { return v.Parts[min(max(i, 0), len(v.Parts)-1)].Party },
			Cols:    func(j int) string { return names[min(j, len(names)-1)] },
			MarkRow: -1, MarkCol: -1, CellRow: -1, CellCol: -1,
		})
	}
}

// secureMeaning says what a named matrix of secure aggregation is.
func secureMeaning(name string) string {
	for suffix, meaning := range map[string]string{
		" c": "a worker’s public channel key", " s": "a worker’s public mask key of this server round",
		" y": "a worker’s masked input", " shares": "the shares a worker handed out in the last stage",
		" sealed": "shares sealed for others: unreadable here", " sum share": "a holder’s share of the sum",
	} {
		if strings.HasSuffix(name, suffix) {
			return meaning
		}
	}
	return map[string]string{
		"c secret":          "the private half of the channel key, under which shares travel",
		"s secret":          "the private half of this round’s mask key; its public half and a neighbour’s make the mask of the pair",
		"b":                 "the seed of the worker’s own mask",
		"s pairs":           "what the worker has in common with each neighbour: the seeds of the pair masks",
		"neighbours":        "who holds shares of whose secrets, by number",
		"share holders":     "the committee of this server round, by number",
		"their c":           "the neighbours’ public channel keys",
		"their s":           "the neighbours’ public mask keys",
		"shared":            "1 for each neighbour that shared its secrets",
		"shares held":       "of each neighbour five words of a share of s, and five of a share of b",
		"y_u":               "x_u under all its masks: it looks drawn at random",
		"x_u":               "the update in steps, and the rows it stands for: what is masked, or split",
		"delivered":         "1 for each neighbour whose b the server asks for",
		"masks to take off": "Σ PRG(b) of those who delivered and the pair masks of those who left: the server subtracts it from Σ y_u, and no single mask can be told from it",
		"left and needed":   "how many delivered, and how many had to: with fewer nobody can take the masks off",
		"gone":              "1 for each neighbour whose s the server asks for",
		"b recovered":       "the self-mask seeds of those who delivered, one a row",
		"s recovered":       "the mask keys of those who left after sharing, one a row",
		"sum":               "Σ x over the workers that delivered, in steps, and their rows: all that is opened",
		"sum of shares":     "shares of all updates, added up: a share of the sum",
		"average":           "the average, all weights in one row",
	}[name]
}
