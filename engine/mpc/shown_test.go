package mpc

import (
	"math"
	"testing"

	"unseen/engine/ring"
	"unseen/engine/trace"
)

// What is shown as going into and coming out of an elementary function, whole or a part of
// it, has to agree with its formula: as numbers, with the fraction bits that are told.
func TestShownNumbersAgreeWithTheirFormula(t *testing.T) {
	const f, tolerance = 16, 2e-4
	formulas := map[string]func(in map[string]float64) float64{
		"exp":        func(in map[string]float64) float64 { return math.Exp(in["x"]) },
		"log":        func(in map[string]float64) float64 { return math.Log(in["x"]) },
		"logistic":   func(in map[string]float64) float64 { return 1 / (1 + math.Exp(-in["x"])) },
		"polynomial": func(in map[string]float64) float64 { x := in["x"]; return 1 + x + x*x/2 + x*x*x*(85+19*x)/512 },
		"reciprocal": func(in map[string]float64) float64 {
			y, newton := in["y"]
			n, first := in["n"]
			h, next := in["h"]
			switch {
			case !newton:
				return 1 / in["x"]
			case first:
				return n * y
			case next:
				return y * (1 + h)
			}
			return y
		},
	}
	for name, c := range map[string]struct {
		run   func(p *Protocol, x *Shared)
		in    []float64 // rows × 1, or one row of scores
		wide  bool
		shown map[string]int // how many events of each function there are
	}{
		"exp":        {func(p *Protocol, x *Shared) { p.Exp(x, f) }, []float64{0, -0.3, -2.559, -9}, false, map[string]int{"exp": 1, "polynomial": 1}},
		"reciprocal": {func(p *Protocol, x *Shared) { p.Reciprocal(x, f) }, []float64{0.5, 1.077, 3, 700}, false, map[string]int{"reciprocal": 5}},
		"log":        {func(p *Protocol, x *Shared) { p.Log(x, 2, f) }, []float64{1, 1.3, 1.9}, false, map[string]int{"log": 1}},
		"logistic":   {func(p *Protocol, x *Shared) { p.Logistic(x, f) }, []float64{-4, -0.1, 0, 2.559}, false, map[string]int{"logistic": 1, "exp": 1, "polynomial": 1, "reciprocal": 4}},
		"softmax":    {func(p *Protocol, x *Shared) { p.Softmax(x, f, f, true) }, []float64{1, -1.5, 0.2}, true, map[string]int{"exp": 1, "polynomial": 1, "reciprocal": 4}},
	} {
		t.Run(name, func(t *testing.T) {
			p := protocol(t, ring.Ring{}, 3, 1)
			seen := map[string]int{}
			p.Tracer = trace.NewTracer(func(e *trace.Event) {
				holds, known := formulas[e.Name()]
				if e.Level() != trace.Operation || !known {
					return
				}
				seen[e.Name()]++
				out := shown(p, e.Outputs[0])
				for i, got := range out {
					in := map[string]float64{}
					for _, v := range e.Inputs {
						numbers := shown(p, v)
						in[v.Name] = numbers[min(i, len(numbers)-1)] // one iterate may serve a whole row
					}
					if want := holds(in); math.Abs(got-want) > tolerance {
						t.Errorf("%v shows %v and %v, its formula gives %v", e.Scope(), in, got, want)
					}
				}
			}, 0)
			x := ring.New(len(c.in), 1)
			if c.wide {
				x = ring.New(1, len(c.in))
			}
			for i, v := range c.in {
				x.Uint64s()[i] = fixed(v, f)
			}
			c.run(p, p.scaled(split(t, p, x, 1), f))
			for of, n := range c.shown {
				if seen[of] != n {
					t.Errorf("%d events of %s, want %d", seen[of], of, n)
				}
			}
		})
	}
}

// shown decodes a value as screens do: the sum of the shares with the fraction bits it tells.
func shown(p *Protocol, v trace.Value) []float64 {
	s := v.Parts[0].Data.Shape()
	sum := ring.New(s[0], s[1])
	for _, part := range v.Parts {
		p.Ring.Add(sum, sum, part.Data)
	}
	var list []float64
	for _, word := range sum.Uint64s() {
		list = append(list, math.Ldexp(float64(int64(word)), -v.Fraction))
	}
	return list
}
