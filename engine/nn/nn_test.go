package nn

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gorgonia.org/tensor"
	"pgregory.net/rapid"

	"unseen/engine/trace"
)

// Published first values of torch.manual_seed(42) and (0) for this network: the
// float32 bits of the first weights and of the output biases, and the SHA-256 of
// all 2,187 as little-endian float32.
func TestTorchInitBitForBit(t *testing.T) {
	for _, c := range []struct {
		seed  uint64
		first []uint32
		last  []uint32
		sum   string
	}{
		{42, []uint32{0x3df19ab5, 0x3e032592, 0xbd141101, 0x3e11258d, 0xbd0a7ab2, 0x3cff12fb}, []uint32{0x3e045521, 0xbe669151},
			"56d6b42997a497bda2fde071d696c30e93f27d7bc54fc78f7fdb1c7bb269fd7c"},
		{0, []uint32{0xba976b79, 0x3da985f7, 0xbe020bee, 0xbde89106, 0xbd736d83, 0x3d297b8a}, []uint32{0x3eae8e34, 0x3d704f6e},
			"9ec10e459f8092c0acf38a4115e2f40b3aabb61d681413e606489313a1bb6b32"},
	} {
		flat := Flat(Torch(c.seed, Sizes(42, []int{30, 20, 10, 5}, 2)))
		if len(flat) != 2187 {
			t.Fatalf("%d weights, want 2187", len(flat))
		}
		var buf []byte
		for _, x := range flat {
			buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(float32(x)))
		}
		for i, want := range c.first {
			if got := math.Float32bits(float32(flat[i])); got != want {
				t.Errorf("seed %d, weight %d: %#x, want %#x", c.seed, i, got, want)
			}
		}
		for i, want := range c.last {
			if got := math.Float32bits(float32(flat[2185+i])); got != want {
				t.Errorf("seed %d, output bias %d: %#x, want %#x", c.seed, i, got, want)
			}
		}
		if sum := sha256.Sum256(buf); hex.EncodeToString(sum[:]) != c.sum {
			t.Errorf("seed %d: SHA-256 %x, want %s", c.seed, sum, c.sum)
		}
	}
}

func TestTorchUsesTheLower32BitsOfTheSeed(t *testing.T) {
	sizes := []int{3, 2}
	if SHA256(Torch(7, sizes)) != SHA256(Torch(7+1<<32, sizes)) {
		t.Error("seeds that agree in 32 bits differ")
	}
}

func TestGlorotStaysInItsBounds(t *testing.T) {
	w := Glorot(rand.New(rand.NewPCG(1, 2)), []int{42, 30, 2})
	bound, widest := math.Sqrt(6.0/72), 0.0
	for _, x := range data(w.W[0]) {
		widest = max(widest, math.Abs(x))
	}
	if widest > bound || widest < 0.95*bound {
		t.Errorf("the largest of 1260 weights is %v, want just below %v", widest, bound)
	}
	for _, x := range data(w.B[0]) {
		if x != 0 {
			t.Errorf("bias %v, want 0", x)
		}
	}
}

// randomProblem draws a small network, a batch and labels.
func randomProblem(t *rapid.T) (w Weights, x, y *tensor.Dense) {
	m := rapid.IntRange(1, 5).Draw(t, "rows")
	sizes := []int{rapid.IntRange(1, 6).Draw(t, "features")}
	for range rapid.IntRange(0, 2).Draw(t, "hidden") {
		sizes = append(sizes, rapid.IntRange(1, 6).Draw(t, "width"))
	}
	sizes = append(sizes, 2)
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
	w = Glorot(r, sizes)
	for _, b := range w.B {
		for i := range data(b) {
			data(b)[i] = r.NormFloat64()
		}
	}
	x, y = New(m, sizes[0]), New(m, 2)
	for i := range data(x) {
		data(x)[i] = r.NormFloat64()
	}
	for i := range m {
		data(y)[2*i+r.IntN(2)] = 1
	}
	return w, x, y
}

// The gradient that Step uses equals the slope of the loss, weight by weight.
func TestGradientsEqualFiniteDifferences(t *testing.T) {
	for _, loss := range []Loss{NLL, MSE} {
		t.Run(loss.String(), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				w, x, y := randomProblem(t)
				m, _ := dims(x)
				lossAt := func(w Weights) float64 {
					return NewEvaluator(loss, x, y).Measure(w).Loss * float64(m)
				}
				// a step with rate m (so that rate/m = 1) moves each weight by −gradient
				stepped := Clone(w)
				n := Learner[*tensor.Dense]{Arithmetic: NewFloat("test"), Tracer: &trace.Tracer{}, Loss: loss}
				_, total := n.Step(stepped, x, y, m, float64(m))
				if got, want := data(total)[0], lossAt(w); math.Abs(got-want) > 1e-12*max(1, want) {
					t.Fatalf("Step says the loss is %v, the evaluator %v", got, want)
				}
				const h = 1e-6
				for l := range w.W {
					for _, pair := range [][2]*tensor.Dense{{w.W[l], stepped.W[l]}, {w.B[l], stepped.B[l]}} {
						before, after := data(pair[0]), data(pair[1])
						for i := range before {
							keep := before[i]
							before[i] = keep + h
							up := lossAt(w)
							before[i] = keep - h
							down := lossAt(w)
							middle := keep
							before[i] = keep
							slope, gradient := (up-down)/(2*h), middle-after[i]
							left, right := (lossAt(w)-down)/h, (up-lossAt(w))/h
							if math.Abs(left-right) > 1e-3 {
								continue // a ReLU switches between the two points: there is no slope
							}
							if math.Abs(slope-gradient) > 1e-5*max(1, math.Abs(slope)) {
								t.Fatalf("layer %d, weight %d: gradient %v, slope %v", l+1, i, gradient, slope)
							}
						}
					}
				}
			})
		})
	}
}

func TestStepDoesNotAllocateWhenNobodyWatches(t *testing.T) {
	w := Glorot(rand.New(rand.NewPCG(1, 2)), Sizes(42, []int{30, 20, 10, 5}, 2))
	f := NewFloat("test")
	n := Learner[*tensor.Dense]{Arithmetic: f, Tracer: &trace.Tracer{}}
	x, y := New(32, 42), New(32, 2)
	step := func() {
		f.Reset(32)
		n.Step(w, x, y, 32, 0.1)
	}
	step()
	if allocs := testing.AllocsPerRun(100, step); allocs > 0 {
		t.Errorf("%v allocations a step, want none", allocs)
	}
}

func TestWatchingDoesNotChangeTheNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, x, y := randomProblem(t)
		m, _ := dims(x)
		other := Clone(w)
		(&Learner[*tensor.Dense]{Arithmetic: NewFloat("test"), Tracer: &trace.Tracer{}, Loss: MSE}).Step(w, x, y, m, 0.1)
		events := 0
		watching := trace.NewTracer(func(*trace.Event) { events++ }, 0)
		(&Learner[*tensor.Dense]{Arithmetic: NewFloat("test"), Tracer: watching, Loss: MSE}).Step(other, x, y, m, 0.1)
		if SHA256(w) != SHA256(other) {
			t.Fatal("a watched step gave other weights")
		}
		if events == 0 || len(watching.Path()) != 0 {
			t.Fatalf("%d events, spans left open: %v", events, watching.Path())
		}
	})
}

func TestWeightsSurviveTheFile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, _, _ := randomProblem(t)
		var buf bytes.Buffer
		if err := WriteWeights(&buf, w); err != nil {
			t.Fatal(err)
		}
		back, err := ReadWeights(&buf)
		if err != nil {
			t.Fatal(err)
		}
		if SHA256(w) != SHA256(back) {
			t.Fatal("weights changed on their way through a file")
		}
	})
}

func TestReadWeightsRefuses(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{``, "not a JSON list"},
		{`{}`, "not a JSON list"},
		{`[]`, "no layers"},
		{`[{"weight":[[1]],"bias":[1]}] x`, "something follows"},
		{`[{"weight":[[1]],"bias":[1],"x":1}]`, "unknown field"},
		{`[{"weight":[[1,2],[3]],"bias":[1,2]}]`, "layer 1: row 2 has 1 weights, row 1 has 2"},
		{`[{"weight":[[1,2]],"bias":[1,2]}]`, "layer 1: 1 rows of weights but 2 biases"},
		{`[{"weight":[[]],"bias":[1]}]`, "empty"},
		{`[{"weight":[[1]],"bias":[1]},{"weight":[[1,2]],"bias":[1]}]`, "layer 2 takes 2 inputs but layer 1 gives 1"},
		{`[{"weight":[[1e999]],"bias":[1]}]`, "not a JSON list"},
		{`[{"weight":[[NaN]],"bias":[1]}]`, "not a JSON list"},
	} {
		if _, err := ReadWeights(strings.NewReader(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.text, err, c.want)
		}
	}
}

func FuzzReadWeights(f *testing.F) {
	f.Add([]byte(`[{"weight":[[1,2]],"bias":[1]},{"weight":[[1],[2]],"bias":[1,2]}]`))
	f.Add([]byte(`[{"weight":[[1e308,-0]],"bias":[1e-320]}]`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		w, err := ReadWeights(bytes.NewReader(raw))
		if err != nil {
			return
		}
		for _, x := range Flat(w) {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				t.Fatalf("read %v", x)
			}
		}
	})
}

func TestAUC(t *testing.T) {
	for _, c := range []struct {
		score []float64
		class []bool
		want  float64
	}{
		{[]float64{1, 2, 3, 4}, []bool{false, false, true, true}, 1},
		{[]float64{4, 3, 2, 1}, []bool{false, false, true, true}, 0},
		{[]float64{1, 1, 1, 1}, []bool{false, true, false, true}, 0.5},
		{[]float64{1, 2, 2, 3}, []bool{false, true, false, true}, 0.875},
		{[]float64{1, 3, 2, 4}, []bool{false, false, true, true}, 0.75},
	} {
		if got := auc(c.score, c.class); math.Abs(got-c.want) > 1e-15 {
			t.Errorf("auc(%v, %v) = %v, want %v", c.score, c.class, got, c.want)
		}
	}
	if got := auc([]float64{1, 2}, []bool{true, true}); !math.IsNaN(got) {
		t.Errorf("auc of one class = %v, want NaN", got)
	}
}

func BenchmarkStep(b *testing.B) {
	for _, m := range []int{1, 32, 522} {
		b.Run(map[int]string{1: "batch=1", 32: "batch=32", 522: "batch=522"}[m], func(b *testing.B) {
			w := Glorot(rand.New(rand.NewPCG(1, 2)), Sizes(42, []int{30, 20, 10, 5}, 2))
			f := NewFloat("bench")
			n := Learner[*tensor.Dense]{Arithmetic: f, Tracer: &trace.Tracer{}}
			x, y := New(m, 42), New(m, 2)
			b.ReportAllocs()
			for b.Loop() {
				f.Reset(m)
				n.Step(w, x, y, m, 0.1)
			}
		})
	}
}
