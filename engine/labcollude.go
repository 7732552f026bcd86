package engine

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"unseen/engine/aggregated"
	"unseen/engine/attack"
	"unseen/engine/lab"
	"unseen/engine/local"
	"unseen/engine/mpc"
	"unseen/engine/nn"
	"unseen/engine/prep"
	"unseen/engine/ring"
	"unseen/engine/rng"
	"unseen/engine/share"
	"unseen/engine/trace"
)

const dealerName = "dealer"

func colludeLab() Lab {
	return Lab{
		Name: "collude", Attack: true, Title: "Collude",
		About: "Which secrets are still possible when some parties put together what they have.",
		Modes: []string{Aggregated},
		Controls: []lab.Control{
			{Name: "parties", Usage: "who colludes: holders by number, dealer; with commas", Kind: lab.List, Default: "1,2", Live: true,
				Choices: []string{"1", "2", "3", "4", "5", dealerName}},
			{Name: "secret", Usage: "what is shared", Kind: lab.Whole, Default: "11", Min: 0, Max: 63},
			{Name: "modulus", Usage: "of the ring", Kind: lab.Whole, Default: "16", Min: 2, Max: 64},
			{Name: "holders", Usage: "how many hold shares", Kind: lab.Whole, Default: "3", Min: 2, Max: 5},
		},
		run: collude,
	}
}

// sharing is a secret, shared, and squared once: what each party then has.
type sharing struct {
	ring   ring.Ring
	shares []uint64 // of the secret, by holder
	masks  uint64   // a, which the dealer drew
	opened uint64   // d = x − a, which the holders see
}

// newSharing shares a secret and runs one product on it.
func newSharing(m uint64, secret, holders int, key rng.Key) (*sharing, error) {
	r, err := ring.Mod(m)
	if err != nil {
		return nil, err
	}
	dealer, err := prep.NewDealer(r, holders, key.Party(dealerName))
	if err != nil {
		return nil, err
	}
	p, err := mpc.New(r, holders, dealer)
	if err != nil {
		return nil, err
	}
	p.Tracer = trace.NewTracer(func(*trace.Event) {}, 0) // watched: the parties remember what they see
	split, err := share.Split(r, ring.From(1, 1, []uint64{uint64(secret)}), holders, key.Party("owner").Stream("split", 0, 0))
	if err != nil {
		return nil, err
	}
	x, err := p.NewShared(split)
	if err != nil {
		return nil, err
	}
	p.Square(x)
	s := &sharing{ring: r}
	for _, sh := range split {
		s.shares = append(s.shares, sh.Uint64s()[0])
	}
	s.masks = p.Crypto.Store.Need(p.Crypto.ID, "a").Uint64s()[0]
	s.opened = p.Holders[0].Store.Need(p.Holders[0].ID, "d").Uint64s()[0]
	return s, nil
}

// colluders names the adversary: those who put together what they have.
func colluders(parties []string) string {
	switch len(parties) {
	case 0:
		return coalition(parties)
	case 1:
		return coalition(parties) + " alone"
	}
	return coalition(parties) + ", who put together what they have"
}

// possible counts what a coalition has to hold possible. Holders have their shares
// and what was opened; the dealer has the masks. With both, x = d + a.
func (s *sharing) possible(parties []string) []int {
	sum, have, withDealer := uint64(0), 0, slices.Contains(parties, dealerName)
	for i, x := range s.shares {
		if slices.Contains(parties, strconv.Itoa(i+1)) {
			sum, have = s.ring.Sum(sum, x), have+1
		}
	}
	if withDealer && have > 0 {
		return attack.Possible(s.ring.Modulus(), s.ring.Sum(s.opened, s.masks), 0)
	}
	return attack.Possible(s.ring.Modulus(), sum, len(s.shares)-have)
}

func collude(ctx context.Context, q LabRequest) (*lab.Report, error) {
	v := q.Values
	m, holders, secret := v.Whole("modulus"), v.Whole("holders"), v.Whole("secret")
	if secret >= m {
		return nil, &SettingError{"--secret", v["secret"], fmt.Sprintf("not below the modulus %d", m), "give a smaller one"}
	}
	if m > 16 && holders > 4 {
		return nil, &SettingError{"--modulus", v["modulus"], "too many secrets to try for 5 holders", "give at most 16, or fewer --holders"}
	}
	parties := v.List("parties")
	for _, p := range parties {
		if n, err := strconv.Atoi(p); err == nil && n > holders {
			return nil, &SettingError{"--parties", v["parties"], fmt.Sprintf("there are only %d holders", holders), "give others, or more --holders"}
		}
	}
	s, err := newSharing(uint64(m), secret, holders, rng.Seeded(q.Scenario.Seed).Party("lab"))
	if err != nil {
		return nil, err
	}
	counts := s.possible(parties)
	left, bits := attack.Left(counts)
	t := lab.Table{Name: "coalitions", Title: "Secrets still possible, by who colludes",
		Columns: []lab.Column{{Name: "parties", Head: "who colludes"}, {Name: "possible", Head: "possible"}, {Name: "bits", Head: "bits they lack"}}}
	for _, c := range coalitions(holders) {
		n, b := attack.Left(s.possible(c))
		t.Rows = append(t.Rows, []any{coalition(c), n, b})
	}
	models, err := colludingServers(ctx, q)
	if err != nil {
		return nil, err
	}
	bars := lab.Histogram{Name: "possible_secrets", Title: "Ways to complete what they have, by secret", Counts: counts}
	for i := range counts {
		bars.Labels = append(bars.Labels, strconv.Itoa(i))
	}
	report := &lab.Report{
		Adversary: colluders(parties),
		Saw:       s.saw(parties),
		Facts: []lab.Fact{{Name: "secret", Label: "the secret", Value: secret}, {Name: "modulus", Label: "modulo", Value: m},
			{Name: "possible", Label: "secrets still possible", Value: left}, {Name: "bits", Label: "bits they lack", Value: bits}},
		Tables: []lab.Table{t, *models}, Bars: []lab.Histogram{bars},
		Finding: fmt.Sprintf("All %d secrets are still possible, each in as many ways: shares say nothing until the last one.", m),
	}
	if left == 1 {
		report.Finding = fmt.Sprintf("One secret is left: %d. The last share decides, or the dealer with anybody who saw one opening.", slices.IndexFunc(counts, func(n int) bool { return n > 0 }))
	}
	return report, nil
}

// coalitions lists first more and more holders, then the dealer, alone and with one.
func coalitions(holders int) [][]string {
	var list [][]string
	for n := 1; n <= holders; n++ {
		var c []string
		for i := 1; i <= n; i++ {
			c = append(c, strconv.Itoa(i))
		}
		list = append(list, c)
	}
	return append(list, []string{dealerName}, []string{"1", dealerName})
}

// coalition names who colludes.
func coalition(parties []string) string {
	var names []string
	for _, p := range parties {
		if p != dealerName {
			p = "holder " + p
		}
		names = append(names, p)
	}
	switch len(names) {
	case 0:
		return "nobody"
	case 1:
		return names[0]
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// saw says what a coalition has.
func (s *sharing) saw(parties []string) []string {
	var out, shares []string
	holder := false
	for i, x := range s.shares {
		if slices.Contains(parties, strconv.Itoa(i+1)) {
			shares, holder = append(shares, fmt.Sprintf("x_%d = %d", i+1, x)), true
		}
	}
	if holder {
		out = append(out, strings.Join(shares, ", "), fmt.Sprintf("d = x − a = %d, opened for a product", s.opened))
	}
	if slices.Contains(parties, dealerName) {
		out = append(out, fmt.Sprintf("a = %d, which the dealer drew", s.masks))
	}
	return out
}

// colludingServers runs aggregated training and shows what server and aggregator
// find, each alone and together.
func colludingServers(ctx context.Context, q LabRequest) (*lab.Table, error) {
	t := &lab.Table{Name: "servers", Title: "Rows found in aggregated training, by who looks",
		Columns: []lab.Column{{Name: "parties", Head: "who looks"}, {Name: "rows", Head: "rows"}, {Name: "recovered", Head: "found"}, {Name: "share", Head: "share", Share: true}}}
	for _, parties := range [][]string{{local.Server}, {aggregated.Aggregator}, {local.Server, aggregated.Aggregator}} {
		s := q.Scenario
		s.Learning.Rounds = 2 // the aggregator knows what a model was before when it has averaged it itself
		view := attack.NewView(parties...)
		session, err := watch(ctx, s, q.Set, q.Progress, view)
		if err != nil {
			return nil, err
		}
		l := newLoot(session.Dataset())
		l.take(view.Updates(nn.Widths(session.mode.Weights())))
		session.Close()
		t.Rows = append(t.Rows, []any{strings.Join(parties, " and "), len(l.rows), l.recovered(), float64(l.recovered()) / float64(len(l.rows))})
	}
	return t, nil
}
