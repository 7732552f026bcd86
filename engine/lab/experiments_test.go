package lab

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"unseen/engine/ring"
	"unseen/engine/rng"
)

func experiment(t testing.TB, name string) Plain {
	t.Helper()
	all := Experiments()
	i := slices.IndexFunc(all, func(p Plain) bool { return p.Name == name })
	if i < 0 {
		t.Fatalf("no experiment %q", name)
	}
	return all[i]
}

func run(t interface {
	testing.TB
}, name string, seed uint64, values Values) (*Report, error) {
	t.Helper()
	p := experiment(t, name)
	v := Defaults(p.Controls)
	for k, x := range values {
		v[k] = x
	}
	return p.Run(context.Background(), v, rng.Seeded(seed))
}

func factOf(t testing.TB, r *Report, name string) any {
	t.Helper()
	for _, f := range r.Facts {
		if f.Name == name {
			return f.Value
		}
	}
	t.Fatalf("no fact %q", name)
	return nil
}

// The naive ways fail as often as geometry says, the others never; the default of
// f = 16 bits in Z_2^64 among 2 to 5 holders.
func TestTruncationRoulette(t *testing.T) {
	const rolls = 4000
	want := map[string][4]float64{ // by holders, from 2
		negated: {0, 1 - 1.0/2, 1 - 1.0/6, 1 - 1.0/24},
		signed:  {0, 1.0 / 4, 1.0 / 3, 1 - 115.0/192},
		dealer:  {}, exact: {}, local: {},
	}
	for n := 2; n <= 5; n++ {
		r, err := run(t, "truncation", 1, Values{"holders": fmt.Sprint(n), "rolls": fmt.Sprint(rolls)})
		if err != nil {
			t.Fatal(err)
		}
		ways := map[string]bool{}
		for _, row := range r.Tables[0].Rows {
			way, rate, expected := row[0].(string), row[3].(float64), row[4].(float64)
			ways[way] = true
			p := want[way][n-2]
			if math.Abs(expected-p) > 1e-8 {
				t.Errorf("%s, %d holders: the report expects %v, protocols say %v", way, n, expected, p)
			}
			if slack := 5 * math.Sqrt(p*(1-p)/rolls); math.Abs(rate-p) > slack {
				t.Errorf("%s, %d holders: wrong in %v of the rolls, want %v ± %v", way, n, rate, p, slack)
			}
			if way == dealer && !(math.Abs(row[6].(float64)) < 5*0.5/math.Sqrt(rolls)) {
				t.Errorf("the dealer's way is off by %v on average: it is unbiased", row[6])
			}
			if way == exact && !(row[5].(float64) < 1) {
				t.Errorf("the exact way is off by %v", row[5])
			}
		}
		if ways[local] != (n == 2) || !ways[dealer] || !ways[negated] {
			t.Errorf("%d holders: the ways are %v", n, ways)
		}
	}
}

// In a small ring the local way fails as often as it says: |x| in 2^k.
func TestLocalTruncationInSmallRings(t *testing.T) {
	const rolls = 20000
	r, err := run(t, "truncation", 3, Values{"holders": "2", "method": local, "rolls": fmt.Sprint(rolls), "value": "100", "fraction-bits": "2", "ring-bits": "14"})
	if err != nil {
		t.Fatal(err)
	}
	rate, p := r.Tables[0].Rows[0][3].(float64), 1600.0/(1<<14)
	if math.Abs(rate-p) > 5*math.Sqrt(p*(1-p)/rolls) {
		t.Errorf("wrong in %v of the rolls, want %v", rate, p)
	}
}

// Any numbers, any ring, any number of holders: the product is right, and what a
// reused mask gives away is the difference.
func TestBeaverBench(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		edge := rapid.OneOf(rapid.SampledFrom([]int64{0, 1, -1, 1 << 31, -1 << 31}), rapid.Int64Range(-1<<31, 1<<31))
		x, y, again := edge.Draw(rt, "x"), edge.Draw(rt, "y"), edge.Draw(rt, "x′")
		m := rapid.OneOf(rapid.SampledFrom([]uint64{2, 3, 256, 1 << 32}), rapid.Uint64Range(2, 1<<32)).Draw(rt, "modulus")
		r, err := run(t, "beaver", rapid.Uint64().Draw(rt, "seed"), Values{"x": fmt.Sprint(x), "y": fmt.Sprint(y), "again": fmt.Sprint(again),
			"modulus": fmt.Sprint(m), "holders": fmt.Sprint(rapid.IntRange(2, 5).Draw(rt, "holders"))})
		if err != nil {
			rt.Fatal(err)
		}
		z, _ := ring.Mod(m)
		if got, want := factOf(t, r, "product"), z.Product(z.Element(x), z.Element(y)); got != want {
			rt.Fatalf("%d · %d = %v modulo %d, want %v", x, y, got, m, want)
		}
		if got, want := factOf(t, r, "d_minus_d_again"), z.Element(x-again); got != want {
			rt.Fatalf("d − d′ = %v, want x − x′ = %v", got, want)
		}
		if factOf(t, r, "correct") != true || !strings.Contains(factOf(t, r, "refused").(string), "cannot be used again") {
			rt.Fatal("the report does not say that the product is right and the reuse refused")
		}
	})
}

// What a ring does not have is said to be another number of it.
func TestBeaverSaysWhatTheRingMakesOfANumber(t *testing.T) {
	for _, c := range []struct {
		values Values
		want   string
	}{
		{Values{}, ""},
		{Values{"x": "255", "y": "0"}, ""},
		{Values{"x": "300", "y": "-5"}, "The ring has the numbers 0 to 255: modulo 256, x = 300 is 44, y = -5 is 251."},
		{Values{"again": "10", "modulus": "8"}, "The ring has the numbers 0 to 7: modulo 8, x′ = 10 is 2."},
		{Values{"x": "9", "ask": "d", "modulus": "8", "again": "1"}, "The ring has the numbers 0 to 7: modulo 8, x = 9 is 1."},
	} {
		r, err := run(t, "beaver", 7, c.values)
		if err != nil {
			t.Fatal(err)
		}
		said := ""
		for _, n := range r.Notes {
			if n.Name == "reduced" {
				said = n.Text
			}
		}
		if said != c.want {
			t.Errorf("%v: %q, not %q", c.values, said, c.want)
		}
	}
}

// Before a prediction no number of the report gives the answer away that was asked for;
// a right one is called right, whatever number of the ring stands for it, others wrong.
func TestBeaverPredictions(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := rapid.Uint64Range(3, 1<<20).Draw(rt, "modulus")
		ask := rapid.SampledFrom(questionNames()[1:]).Draw(rt, "ask")
		v := Values{"x": fmt.Sprint(rapid.Int64Range(-1000, 1000).Draw(rt, "x")), "modulus": fmt.Sprint(m), "ask": ask,
			"holders": fmt.Sprint(rapid.IntRange(2, 4).Draw(rt, "holders"))}
		seed := rapid.Uint64().Draw(rt, "seed")
		predicted := func(text string) *Report {
			v["predict"] = text
			r, err := run(t, "beaver", seed, v)
			if err != nil {
				rt.Fatal(err)
			}
			return r
		}
		asked := predicted("")
		var told []string
		for _, n := range asked.Notes {
			told = append(told, n.Name)
		}
		if len(told) == 3 && told[0] == "reduced" {
			told = told[1:]
		}
		if asked.Finding != "" || len(asked.Facts) != 0 || !slices.Equal(told, []string{"question", "yours"}) {
			rt.Fatalf("%s gives away %+v", ask, asked)
		}
		hides := map[string][]string{"d": {"d", "e", "z"}, "share": {"z"}, "z": {"z"}}[ask]
		for _, row := range asked.Tables[0].Rows {
			for _, cell := range row[1 : len(row)-1] {
				if want := slices.Contains(hides, row[0].(string)[:1]); (cell == covered) != want {
					rt.Fatalf("%s: the line %v is hidden or shown wrongly", ask, row)
				}
			}
		}
		answer := factOf(t, predicted("0"), "answer").(uint64)
		for _, said := range []int64{int64(answer), int64(answer) - int64(m), int64(answer) + 1} {
			right := said == int64(answer) || said < int64(answer) && ask != "possible"
			if r := predicted(fmt.Sprint(said)); factOf(t, r, "right") != right || r.Finding == "" || len(r.Tables) != 2 {
				rt.Fatalf("%s: %d is called right: %v; the answer is %d modulo %d", ask, said, factOf(t, r, "right"), answer, m)
			}
		}
		want := map[string]uint64{"possible": m}
		z, _ := ring.Mod(m)
		x, _ := strconv.ParseInt(v["x"], 10, 64)
		want["z"], want["reuse"] = z.Element(5*x), z.Element(x-12)
		if w, ok := want[ask]; ok && w != answer {
			rt.Fatalf("%s: the answer is %d, want %d", ask, answer, w)
		}
	})
}

// The sound protocols pass for every holder, the broken ones fail.
func TestIsItReallyRandom(t *testing.T) {
	for i, v := range viewed {
		for holder := 1; holder <= 3; holder++ {
			r, err := run(t, "randomness", 5, Values{"protocol": v.name, "holder": fmt.Sprint(holder)})
			if err != nil {
				t.Fatal(err)
			}
			if got, broken := factOf(t, r, "told_apart"), i >= 4; got != broken {
				t.Errorf("%s seen by holder %d: told apart = %v, want %v (p %v)", v.name, holder, got, broken, factOf(t, r, "smallest_p"))
			}
			if len(r.Bars) != 2 {
				t.Fatalf("%d histograms, want one for each secret", len(r.Bars))
			}
			for _, h := range r.Bars {
				sum := 0
				for _, n := range h.Counts {
					sum += n
				}
				if sum != 2000 || len(h.Labels) != len(h.Counts) {
					t.Errorf("%s: a histogram of %d runs in %d cells", v.name, sum, len(h.Labels))
				}
			}
		}
	}
}

// The reused mask is innocent in every single message: only the pair tells.
func TestReusedMasksShowInPairsOnly(t *testing.T) {
	key := rng.Seeded(9)
	z, _ := ring.PowerOfTwo(4)
	var views [2][]series
	for i, secret := range []int64{1, -3} {
		var err error
		if views[i], err = viewOf(z, 3, 0, "reused-mask", secret, 2000, key.Party(fmt.Sprint(secret))); err != nil {
			t.Fatal(err)
		}
	}
	for _, x := range testAll(views[0], views[1]) {
		if x.name == "x − a with 2x − a" && x.p > 1e-9 {
			t.Errorf("the pair says nothing: p = %v", x.p)
		}
		if len(x.parts) == 1 && x.p < 1e-6 {
			t.Errorf("%s alone tells: p = %v", x.name, x.p)
		}
	}
}

func TestExperimentsRefuse(t *testing.T) {
	for _, c := range []struct {
		name    string
		values  Values
		control string
	}{
		{"truncation", Values{"holders": "3", "method": "local"}, "method"},
		{"truncation", Values{"fraction-bits": "10", "ring-bits": "8"}, "fraction-bits"},
		{"truncation", Values{"value": "1e9", "fraction-bits": "24"}, "value"},
		{"beaver", Values{"predict": "4"}, "predict"},
		{"randomness", Values{"holder": "4"}, "holder"},
		{"randomness", Values{"first": "7"}, "first"},
		{"randomness", Values{"second": "3"}, "second"},
		{"randomness", Values{"ring-bits": "3"}, "first"},
	} {
		_, err := run(t, c.name, 1, c.values)
		var wrong *ValueError
		if !errors.As(err, &wrong) || wrong.Control != c.control {
			t.Errorf("%s with %v: %v, want an error about --%s", c.name, c.values, err, c.control)
		}
	}
}

func TestChiSquare(t *testing.T) {
	if _, p := ChiSquare([]float64{5, 0}, []float64{5, 0}); p != 1 {
		t.Errorf("one cell: p = %v, want 1", p)
	}
	// two cells, one degree of freedom: 3.8415 is its 95th percentile
	chi, p := ChiSquare([]float64{60, 40}, []float64{40, 60})
	if math.Abs(chi-8) > 1e-12 || math.Abs(p-0.004677735) > 1e-8 {
		t.Errorf("chi-square %v, p %v", chi, p)
	}
}

// What squares is called so: a product of two values would open e = y − b as well.
func TestASquareOpensOneDifference(t *testing.T) {
	r, err := run(t, "randomness", 5, Values{"protocol": "square"})
	if err != nil {
		t.Fatal(err)
	}
	opened := strings.Split(strings.Join(r.Saw, ", "), ", ")
	if !slices.Contains(opened, "d") || slices.Contains(opened, "e") {
		t.Errorf("a square is seen as %q", opened)
	}
}
