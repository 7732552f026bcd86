package lab

import (
	"context"
	"fmt"
	"math"
	"strings"

	"gorgonia.org/tensor"

	"unseen/engine/mpc"
	"unseen/engine/prep"
	"unseen/engine/ring"
	"unseen/engine/rng"
	"unseen/engine/share"
	"unseen/engine/trace"
)

// The ways to truncate. The first two are what one tries first: naive, and wrong for
// more than two holders.
const (
	negated = "mirrored" // the first shifts, the others negate, shift, negate
	signed  = "signed"   // everybody shifts the share, read as a signed number
	local   = "local"
	dealer  = "dealer"
	exact   = "exact"
)

var truncations = []string{negated, signed, local, dealer, exact}

// explained says in plain words what each way does.
var explained = map[string]string{
	negated: "holder 1 drops the low bits of its share; the others drop those of minus their share, and turn it round again",
	signed:  "everybody drops the low bits of its share, read as a number with a sign",
	local:   "as " + negated + ", among two holders, where it is right but for a tiny chance",
	dealer:  "the value is opened under a mask r of the dealer, who also dealt r with its low bits dropped",
	exact:   "as " + dealer + ", and a comparison on shares finds whether the last digit is one too many",
}

func truncation() Plain {
	return Plain{Name: "truncation", Title: "Truncation roulette",
		About: "After a product the low bits must be dropped from a number that nobody sees: how often each way goes wrong beyond all measure.",
		Controls: []Control{
			{Name: "holders", Usage: "how many hold shares", Kind: Whole, Default: "3", Min: 2, Max: 10},
			{Name: "method", Usage: "ways to truncate, with commas; all when left out", Kind: List, Default: "", Choices: truncations},
			{Name: "rolls", Usage: "times the value is shared and truncated anew", Kind: Whole, Default: "1000", Min: 1, Max: 1e6},
			{Name: "value", Usage: "the value, a product of two fixed-point numbers", Kind: Decimal, Default: "1.2345", Min: -1e9, Max: 1e9},
			{Name: "fraction-bits", Usage: "f, how many low bits are dropped", Kind: Whole, Default: "16", Min: 1, Max: 24},
			{Name: "ring-bits", Usage: "k, of the ring of 2^k elements", Kind: Whole, Default: "64", Min: 3, Max: 64},
		},
		Run: roulette,
	}
}

// roulette rolls: it shares one value anew each time, truncates, and looks how far
// from the truth the result is.
func roulette(_ context.Context, v Values, key rng.Key) (*Report, error) {
	n, f, k := v.Whole("holders"), v.Whole("fraction-bits"), v.Whole("ring-bits")
	r, x, err := shaken(v, f, k)
	if err != nil {
		return nil, err
	}
	chosen := v.List("method")
	if len(chosen) == 0 {
		chosen = truncations
	}
	t := Table{Name: "methods", Title: fmt.Sprintf("%s, %s each; errors in units of the last digit that stays", plural(n, "holder"), plural(v.Whole("rolls"), "roll")),
		Columns: []Column{{Name: "method", Head: "way"}, {Name: "rolls", Head: "rolls"}, {Name: "catastrophes", Head: "catastrophes"},
			{Name: "rate", Head: "rate", Share: true}, {Name: "expected_rate", Head: "expected", Share: true},
			{Name: "largest_error", Head: "else off by"}, {Name: "mean_error", Head: "on average"}, {Name: "rounds", Head: "rounds"}}}
	eyes := &Eyes{Party: "holder 1", Ring: r}
	report := &Report{Facts: []Fact{
		{Name: "holders", Label: "holders", Value: n},
		{Name: "value", Label: "value", Value: v.Decimal("value")},
		{Name: "exact", Label: fmt.Sprintf("what should come out, in units of 2^-%d", f), Value: x / math.Exp2(float64(f))},
	}}
	var wrong []string
	for i, method := range chosen {
		if method == local && n != 2 {
			if v["method"] != "" {
				return nil, cannot("method", v, fmt.Sprintf("the local way is for two holders, not %d", n), "leave it out, or give --holders 2")
			}
			continue
		}
		rolls, err := roll(r, n, method, int64(x), f, v.Whole("rolls"), eyes, key.Party(fmt.Sprint("roll ", i)))
		if err != nil {
			return nil, err
		}
		t.Rows = append(t.Rows, []any{method, v.Whole("rolls"), rolls.wrong, rolls.rate(), expected(method, n, x, k), rolls.largest, rolls.mean(), rolls.rounds})
		report.Words = append(report.Words, Note{Name: method, Text: explained[method]})
		if rolls.wrong > 0 {
			wrong = append(wrong, fmt.Sprintf("%s (%s)", Percent(rolls.rate()), method))
		}
	}
	report.Tables = []Table{t}
	report.Adversary = "none is needed: chance does it, and no holder notices"
	report.Saw = []string{"holder 1, over all rolls: " + eyes.Text(), "the value, and whether a result is right, none of the holders saw: only who puts all shares together does"}
	report.Finding = "No way went wrong here; that the naive ones can, more holders show."
	if len(wrong) > 0 {
		report.Finding = fmt.Sprintf("Of the rolls %s went wrong, by multiples of 2^%d: the shares add up to the value only after wrapping around the ring, "+
			"and dropping bits of each share by itself drops bits of the wraps too. One opening under the dealer's mask never goes wrong.", strings.Join(wrong, " and "), k-f)
	}
	return report, nil
}

// shaken returns the ring of 2^k elements and the value in it, a product with 2f fraction
// bits.
func shaken(v Values, f, k int) (r ring.Ring, x float64, err error) {
	if k < 64 {
		if r, err = ring.PowerOfTwo(k); err != nil {
			return r, 0, because("ring-bits", v, err, "give 3 to 64")
		}
	}
	if f > k-2 {
		return r, 0, cannot("fraction-bits", v, fmt.Sprintf("too many for a ring of 2^%d", k), fmt.Sprintf("give at most %d", k-2))
	}
	x = math.Round(v.Decimal("value") * math.Exp2(float64(2*f)))
	if math.Abs(x) >= math.Exp2(float64(k-2)) {
		return r, 0, cannot("value", v, fmt.Sprintf("with %d fraction bits it needs more than the ring of 2^%d has room for", 2*f, k),
			"give a smaller one, or fewer --fraction-bits, or more --ring-bits")
	}
	return r, x, nil
}

// rolled is what many rolls of one way gave.
type rolled struct {
	rolls, wrong int
	largest, sum float64 // error where it was no catastrophe, in units of the last digit
	rounds       int64
}

func (r rolled) rate() float64 { return float64(r.wrong) / float64(r.rolls) }

func (r rolled) mean() float64 { return r.sum / float64(r.rolls-r.wrong) }

// roll truncates x, an element, among n holders, before somebody's eyes.
func roll(r ring.Ring, n int, method string, x int64, f, rolls int, eyes *Eyes, key rng.Key) (out rolled, err error) {
	defer caught(&err)
	d, err := prep.NewDealer(r, n, key.Party("dealer"))
	if err != nil {
		return out, err
	}
	p, err := mpc.New(r, n, d)
	if err != nil {
		return out, err
	}
	eyes.Party = p.Holders[0].ID
	p.Tracer = trace.NewTracer(eyes.Observe, 0)
	value := ring.New(1, rolls)
	for i := range rolls {
		value.Uint64s()[i] = r.Element(x)
	}
	shares, err := share.Split(r, value, n, key.Stream("split", 0, 0))
	if err != nil {
		return out, err
	}
	shared, err := p.NewShared(shares)
	if err != nil {
		return out, err
	}
	eyes.Hold(shares[0])
	z, err := cutOff(p, r, method, shared, f)
	if err != nil {
		return out, err
	}
	return judged(r, n, f, x, z, p.Cost().Rounds)
}

// cutOff drops f bits of a shared value, one way or another.
func cutOff(p *mpc.Protocol, r ring.Ring, method string, shared *mpc.Shared, f int) (z *mpc.Shared, err error) {
	defer caught(&err)
	switch method {
	case local:
		return p.TruncateLocal(shared, f), nil
	case dealer:
		return p.Truncate(shared, f), nil
	case exact:
		return p.TruncateExact(shared, f), nil
	}
	return &mpc.Shared{Share: naive(r, method, shared.Share, f)}, nil
}

// judged puts the results together and looks how far from the truth they are.
func judged(r ring.Ring, n, f int, x int64, z *mpc.Shared, rounds int64) (out rolled, err error) {
	result, err := share.Reconstruct(r, z.Share)
	if err != nil {
		return out, err
	}
	out = rolled{rolls: result.Size(), rounds: rounds}
	truth, slack := float64(x)/math.Exp2(float64(f)), float64(n+1)
	for _, got := range result.Uint64s() {
		e := float64(r.Signed(got)) - truth
		if math.Abs(e) > slack {
			out.wrong++
			continue
		}
		out.largest, out.sum = max(out.largest, math.Abs(e)), out.sum+e
	}
	return out, nil
}

// naive shifts every share by itself. Among three holders and more this is wrong;
// no protocol of this program uses it.
func naive(r ring.Ring, method string, shares []*tensor.Dense, f int) []*tensor.Dense {
	out := make([]*tensor.Dense, len(shares))
	for i, s := range shares {
		out[i] = ring.New(s.Shape()[0], s.Shape()[1])
		for j, e := range s.Uint64s() {
			switch {
			case method == signed:
				out[i].Uint64s()[j] = r.Element(r.Signed(e) >> f)
			case i == 0:
				out[i].Uint64s()[j] = e >> f
			default:
				out[i].Uint64s()[j] = r.Fold(-(r.Fold(-e) >> f))
			}
		}
	}
	return out
}

// expected is how often a way goes wrong (protocols, section 4): the naive ones
// where the shares wrap around, which for small x is a matter of geometry.
//
//	negated: t_2 + … + t_n ≥ 1 for uniform t in [0, 1)      1 − 1/(n−1)!
//	signed:  |u_1 + … + u_{n−1}| ≥ 1/2 for uniform u in [−1/2, 1/2)
func expected(method string, n int, x float64, k int) float64 {
	switch method {
	case negated:
		inside := 1.0
		for i := 2; i < n; i++ {
			inside /= float64(i)
		}
		return max(1-inside, near(n, x, k))
	case signed:
		m := n - 1
		return max(1-(irwinHall(m, float64(m)/2+0.5)-irwinHall(m, float64(m)/2-0.5)), near(n, x, k))
	case local:
		return near(n, x, k)
	}
	return 0
}

// near is the rate at which two shares wrap for an x that is not 0.
func near(n int, x float64, k int) float64 {
	if n > 2 {
		return 0
	}
	return math.Abs(x) / math.Exp2(float64(k))
}

// irwinHall is the probability that m uniform numbers in [0, 1) add up to less than x.
func irwinHall(m int, x float64) float64 {
	sum, choose, factorial := 0.0, 1.0, 1.0
	for i := 2; i <= m; i++ {
		factorial *= float64(i)
	}
	for i := 0; float64(i) < x && i <= m; i++ {
		term := choose * math.Pow(x-float64(i), float64(m))
		if i%2 == 1 {
			term = -term
		}
		sum += term
		choose = choose * float64(m-i) / float64(i+1)
	}
	return sum / factorial
}
