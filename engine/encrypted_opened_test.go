package engine

import (
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"unseen/engine/party"
	"unseen/engine/ring"
	"unseen/engine/rng"
	"unseen/engine/trace"
)

// What is opened, and to whom, is exactly: masked values; the two sums of standardising;
// the loss of a batch, with the fraction bits that were asked for; and to its owner the
// final model. The test walks whole runs, message by message, and fails for anything else.
func TestNothingElseIsOpened(t *testing.T) {
	for name, change := range map[string]func(s *Scenario){
		"default":        func(*Scenario) {},
		"mse, range":     func(s *Scenario) { s.Learning.Loss, s.Data.Normalize = "mse", "range" },
		"fourier, 2":     func(s *Scenario) { s.Shares.Softmax, s.Shares.Holders = "fourier", 2 },
		"exact, blind":   func(s *Scenario) { s.Shares.Truncation, s.Shares.RevealLoss = "exact", false },
		"local, dropout": func(s *Scenario) { s.Shares.Truncation, s.Shares.Holders, s.Learning.Dropout = "local", 2, 0.2 },
		"raw":            func(s *Scenario) { s.Data.Normalize, s.Learning.Rate = "none", 1e-6 },
	} {
		if racing && name != "default" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			s := shares(t, 0)
			s.Learning.Epochs = 1
			change(&s)
			runs := make([][]opening, redraws)
			for i := range runs {
				runs[i] = walkOpenings(t, s, uint64(i))
			}
			masked(t, runs)
		})
	}
}

// opening is a value that became known.
type opening struct {
	step   int
	name   string
	packed int // bits a row
	mask   bool
	data   []uint64
}

// redraws are how many runs, alike but for the masks, are laid side by side.
const redraws = 5

// walkOpenings runs a scenario with masks of its own, checks every message and every
// opening on the way, and returns the openings.
func walkOpenings(t *testing.T, s Scenario, masks uint64) []opening {
	t.Helper()
	session := open1(t, s, table(t, 30))
	if masks > 0 {
		key := rng.Seeded(masks)
		if !session.Redraw(func(Draw) Draw {
			return func(holder int, counter uint64) rand.Source {
				return key.Stream(fmt.Sprint("other masks of ", holder), 0, counter)
			}
		}, nil) {
			t.Fatal("nothing is dealt here")
		}
	}
	w := walker{t: t, s: s, session: session, seen: map[string]int{}, roles: map[string]party.Role{}}
	for _, p := range session.mode.Parties() {
		w.roles[p.ID] = p.Role
	}
	err := session.Each(background, func(e *trace.Event) bool {
		switch e.Kind {
		case trace.Sent:
			w.message(e)
		case trace.Open:
			w.opening(e)
		case trace.Span:
			if e.Level() == trace.Round {
				w.round()
			}
		}
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	w.counts()
	return w.openings
}

// walker checks what is sent and opened in a run.
type walker struct {
	t        *testing.T
	s        Scenario
	session  *Session
	roles    map[string]party.Role
	seen     map[string]int
	openings []opening

	// Of the round under way.
	sent   map[[2]string]map[string][]uint64 // shares, by sender and receiver, and name
	opened map[string]opening
}

// message checks that a message is of a kind that there is, between parties of the
// roles that send it.
func (w *walker) message(e *trace.Event) {
	from, to := w.roles[e.Party], w.roles[e.To]
	for _, v := range e.Outputs {
		key := strings.HasPrefix(v.Name, "key of ") || strings.HasPrefix(v.Name, "seed of ")
		if len(v.Parts) != 1 || v.Parts[0].Party != e.To || v.Form != trace.Share && !key {
			w.t.Errorf("step %d: %s sends %s the %v value %s", e.Step, e.Party, e.To, v.Form, v.Name)
		}
	}
	what := e.Name()
	switch {
	case from == party.Dealer && to == party.Holder && (what == "send key" || strings.HasPrefix(what, "deal ")):
	case from == party.Server && to == party.Holder && what == "share model":
	case (from == party.Worker || from == party.Holder) && to == party.Holder && what == "share row":
	case from == party.Holder && (to == party.Holder || e.To == "server" && what == "share of model") && strings.HasPrefix(what, "share of "):
		if w.sent == nil {
			w.sent = map[[2]string]map[string][]uint64{}
		}
		shares := map[string][]uint64{}
		for _, v := range e.Outputs {
			shares[v.Name] = slices.Clone(v.Parts[0].Data.Uint64s())
		}
		pair := [2]string{e.Party, e.To}
		if w.sent[pair] != nil {
			w.t.Errorf("step %d: another message from %s to %s in one round", e.Step, e.Party, e.To)
		}
		w.sent[pair] = shares
	default:
		w.t.Errorf("step %d: the %s sends a %s “%s”", e.Step, from, to, what)
	}
}

// opening checks that a value is one of those that may become known.
func (w *walker) opening(e *trace.Event) {
	word, _, _ := strings.Cut(e.Name(), " ")
	word = strings.TrimRight(word, "0123456789")
	v, to := e.Outputs[0], e.To
	rows, columns := v.Parts[0].Data.Shape()[0], v.Parts[0].Data.Shape()[1]
	o := opening{step: e.Step, name: e.Name(), packed: v.Packed, data: slices.Clone(v.Parts[0].Data.Uint64s())}
	switch {
	case slices.Contains([]string{"d", "e", "c", "δ", "m"}, word) && to == "" && strings.Contains(e.Why, "uniform"):
		o.mask = true
	case (word == "Σx" || word == "Σx²") && to == "" && w.s.Data.Normalize == "standard" && strings.Contains(e.Why, "--normalize standard"):
		if rows != 1 || columns != w.session.Dataset().Features() {
			w.t.Errorf("step %d: %s is %d×%d", e.Step, o.name, rows, columns)
		}
	case word == "loss" && to == "" && w.s.Shares.RevealLoss && strings.Contains(e.Why, "--reveal-loss"):
		loss := (ring.Fixed{Bits: w.s.Shares.Fraction}).Decode(o.data[0])
		if rows*columns != 1 || v.Fraction != w.s.Shares.Fraction || loss <= 0 || loss > 100*float64(w.s.Learning.Batch) {
			w.t.Errorf("step %d: a loss of %d×%d with %d fraction bits is %v: not truncated?", e.Step, rows, columns, v.Fraction, loss)
		}
	case word == "model" && to == "server" && len(v.Parts) == 1 && v.Parts[0].Party == "server":
	default:
		w.t.Errorf("step %d: %s is opened to %q: %s", e.Step, o.name, to, e.Why)
	}
	if w.opened == nil {
		w.opened = map[string]opening{}
	}
	w.opened[o.name] = o
	w.openings = append(w.openings, o)
	w.seen[word]++
}

// round checks that the messages of a round are nothing but shares of what was opened in
// it: with the share that the receiver has itself, which it sends to others, they add up
// to that.
func (w *walker) round() {
	for pair, shares := range w.sent {
		if len(shares) != len(w.opened) {
			w.t.Errorf("step %d: %s sends %d values, and %d are opened", w.session.step, pair[0], len(shares), len(w.opened))
		}
		for name := range shares {
			rest := slices.Clone(w.opened[name].data)
			less := func(share []uint64) {
				for i, v := range share {
					if w.opened[name].packed > 0 {
						rest[i] ^= v
					} else {
						rest[i] -= v
					}
				}
			}
			for other, sent := range w.sent {
				if other[1] == pair[1] {
					less(sent[name])
				}
			}
			if own, ok := w.sent[[2]string{pair[1], pair[0]}]; ok {
				less(own[name])
			}
			if slices.ContainsFunc(rest, func(v uint64) bool { return v != 0 }) {
				w.t.Errorf("step %d: what %s was sent as %s are no shares of what is opened", w.session.step, pair[1], name)
			}
		}
	}
	w.sent, w.opened = nil, nil
}

// counts checks how often what is meant to be known was opened, and that the ledger of
// openings is complete.
func (w *walker) counts() {
	want := map[string]int{"Σx": 0, "Σx²": 0, "loss": 0, "model": 1}
	if w.s.Data.Normalize == "standard" {
		want["Σx"], want["Σx²"] = 1, 1
	}
	if w.s.Shares.RevealLoss {
		want["loss"] = w.s.Learning.Epochs * 4 // 24 rows in batches of 7
	}
	for word, times := range want {
		if w.seen[word] != times {
			w.t.Errorf("%s was opened %d times, want %d", word, w.seen[word], times)
		}
	}
	noted := 0
	for _, o := range w.session.Shares().Openings {
		noted += o.Times
		if o.Why == "" || o.Place == "" || o.Times < 1 {
			w.t.Errorf("an opening is incomplete: %+v", o)
		}
	}
	if noted != len(w.openings) {
		w.t.Errorf("%d openings in the ledger, %d in the trace", noted, len(w.openings))
	}
	used := w.session.Shares().Material
	if used.Masks.Left()+used.Products.Left()+used.Truncations.Left()+used.Comparisons.Left()+used.DaBits.Left() != 0 {
		w.t.Errorf("the dealer dealt what nobody used: %+v", used)
	}
}

// masked checks that what is said to be masked is: with other masks no number is opened
// again, and any bit as often as not.
func masked(t *testing.T, runs [][]opening) {
	t.Helper()
	for i, first := range runs[0] {
		if !first.mask {
			continue
		}
		again, same, total := 0, 0, 0
		for _, other := range runs[1:] {
			a, s, n := first.agrees(other[i])
			again, same, total = again+a, same+s, total+n
		}
		if again > 0 {
			t.Errorf("step %d: %d numbers of %s are opened again with other masks", first.step, again, first.name)
		}
		if math.Abs(float64(same)-float64(total)/2) > 2.5*math.Sqrt(float64(total)) { // 5 standard deviations
			t.Errorf("step %d: %d of %d bits of %s are the same with other masks", first.step, same, total, first.name)
		}
	}
}

// agrees counts the numbers that are the same in two openings, and the bits of all.
func (o opening) agrees(other opening) (again, same, total int) {
	words := ring.Words(o.packed)
	for i, v := range o.data {
		n := 64
		if o.packed > 0 {
			n = min(64, o.packed-64*(i%words))
		} else if v == other.data[i] {
			again++
		}
		same += n - bits.OnesCount64((v^other.data[i])<<(64-n))
		total += n
	}
	return again, same, total
}

// The loss that is released is the loss of the batch, whichever it is.
func TestReleasedLossIsTheLoss(t *testing.T) {
	set := table(t, 60)
	for _, loss := range []string{"nll", "mse"} {
		var batches [2][]BatchLoss
		for i, mode := range []string{Central, Encrypted} {
			s := fleet(t, mode, 0)
			s.Learning.Loss, s.Learning.Epochs, s.Learning.Batch = loss, 1, 7
			r, err := open1(t, s, set).Run(background, nil)
			if err != nil {
				t.Fatal(err)
			}
			batches[i] = r.History.Batches
		}
		if len(batches[0]) != 7 || len(batches[1]) != 7 { // 48 rows
			t.Fatalf("%s: the losses of %d and %d batches", loss, len(batches[0]), len(batches[1]))
		}
		for i, want := range batches[0] {
			if got := batches[1][i].Loss; math.Abs(got-want.Loss) > 1e-3 {
				t.Errorf("%s, batch %d: %v was released, and it is %v", loss, i+1, got, want.Loss)
			}
		}
	}
}
