package engine

import (
	"context"
	"math"
	"testing"

	"unseen/data"
	"unseen/data/reference"
	"unseen/engine/nn"
)

// crx opens the real data set, or skips the test.
func crx(t testing.TB) *data.Set {
	t.Helper()
	table, err := data.Open(reference.CRX(t), data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	set, err := table.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// golden is one of the reference trainings.
type golden struct {
	Rows    []int   `json:"rows"`
	LR      float64 `json:"lr"`
	Float64 struct {
		LossPerStep   []float64 `json:"loss_per_step"`
		SeedStyleLoss []float64 `json:"seed_style_loss"`
		Final         map[string]struct {
			Data []float64 `json:"data"`
		} `json:"final"`
		AccTrain float64 `json:"acc_train"`
		AccTest  float64 `json:"acc_test"`
	} `json:"float64"`
}

// parameters lists the final weights in the reference's order.
func (g golden) parameters() []float64 {
	var flat []float64
	for _, name := range []string{"h.0", "h.1", "h.2", "h.3", "o"} {
		flat = append(append(flat, g.Float64.Final[name+".weight"].Data...), g.Float64.Final[name+".bias"].Data...)
	}
	return flat
}

// within fails where two lists differ by more than 1e-9, or in length.
func within(t *testing.T, what string, got, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d numbers, want %d", what, len(got), len(want))
	}
	worst, at := 0.0, 0
	for i := range got {
		if d := math.Abs(got[i] - want[i]); !(d <= worst) {
			worst, at = d, i
		}
	}
	if !(worst <= 1e-9) {
		t.Errorf("%s: number %d is %v, want %v", what, at, got[at], want[at])
	}
}

func notebook(t testing.TB) Scenario {
	s, err := Default(Central, "notebook")
	if err != nil {
		t.Fatal(err)
	}
	s.Seed, s.Fixed = 42, true
	return s
}

func losses(h History) []float64 {
	var out []float64
	for _, b := range h.Batches {
		out = append(out, b.Loss)
	}
	return out
}

// windows averages over each full stretch of n numbers, as the notebook printed
// its losses.
func windows(x []float64, n int) []float64 {
	var out []float64
	for ; len(x) >= n; x = x[n:] {
		sum := 0.0
		for _, v := range x[:n] {
			sum += v
		}
		out = append(out, sum/float64(n))
	}
	return out
}

func TestCentralEqualsTorchOnRawRows(t *testing.T) {
	set := crx(t)
	var g golden
	reference.Load(t, "central_raw.json", &g)
	s := notebook(t)
	s.Learning.Epochs, s.Learning.Rate = 1, g.LR
	session, err := New(s, set)
	if err != nil {
		t.Fatal(err)
	}
	result, err := session.Run(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	within(t, "loss per step", losses(result.History), g.Float64.LossPerStep)
	within(t, "loss per 200 rows", windows(losses(result.History), 200), g.Float64.SeedStyleLoss)
	within(t, "final weights", nn.Flat(result.Weights), g.parameters())
}

func TestCentralEqualsTorchOnStandardisedRows(t *testing.T) {
	set := crx(t)
	var g golden
	reference.Load(t, "central_std.json", &g)
	var split struct {
		Split data.Split `json:"split"`
	}
	reference.Load(t, "crx_columns_and_split.json", &split)
	s := notebook(t)
	s.Learning.Epochs, s.Learning.Rate = 1, g.LR
	dataset := &Dataset{Set: set, Split: split.Split, Scaling: data.Standard(set.X, split.Split.Train)}
	session, err := open(s, dataset)
	if err != nil {
		t.Fatal(err)
	}
	result, err := session.Run(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	within(t, "loss per step", losses(result.History), g.Float64.LossPerStep)
	within(t, "loss per 200 rows", windows(losses(result.History), 200), g.Float64.SeedStyleLoss)
	within(t, "final weights", nn.Flat(result.Weights), g.parameters())
	final := result.Final()
	within(t, "accuracies", []float64{final.Train.Accuracy, final.Test.Accuracy}, []float64{g.Float64.AccTrain, g.Float64.AccTest})
}

func TestGradientsEqualTorch(t *testing.T) {
	set := crx(t)
	type gradient struct {
		Row   int                  `json:"row"`
		Loss  float64              `json:"loss"`
		Grads map[string][]float64 `json:"grads"`
	}
	type group struct {
		PerRow []gradient `json:"per_row"`
		Batch  *gradient  `json:"batch_sum"`
	}
	var groups struct {
		Raw group `json:"raw/float64"`
		Std group `json:"std_train_split/float64"`
		NLL group `json:"nll_std_train_split/float64"`
	}
	reference.Load(t, "gradients.json", &groups)
	var split struct {
		Split data.Split `json:"split"`
	}
	reference.Load(t, "crx_columns_and_split.json", &split)
	check := func(name string, g group, scaling data.Scaling, loss string) {
		// one step of rate m makes each weight its old value less its gradient
		// summed over the m rows
		step := func(rows []int, want gradient) {
			t.Helper()
			s := notebook(t)
			s.Learning = LearningSettings{Epochs: 1, Batch: len(rows), Rate: float64(len(rows)), Loss: loss}
			session, err := open(s, &Dataset{Set: set, Split: data.Split{Train: rows}, Scaling: scaling})
			if err != nil {
				t.Fatal(err)
			}
			before := nn.Flat(nn.Clone(session.mode.Weights()))
			result, err := session.Run(context.Background(), nil)
			if err != nil {
				t.Fatal(err)
			}
			after := nn.Flat(result.Weights)
			for i := range before {
				before[i] -= after[i]
			}
			var flat []float64
			for _, layer := range []string{"h.0", "h.1", "h.2", "h.3", "o"} {
				flat = append(append(flat, want.Grads[layer+".weight"]...), want.Grads[layer+".bias"]...)
			}
			within(t, name+" gradient", before, flat)
			within(t, name+" loss", []float64{result.History.Batches[0].Loss * float64(len(rows))}, []float64{want.Loss})
		}
		var all []int
		for _, row := range g.PerRow {
			step([]int{row.Row}, row)
			all = append(all, row.Row)
		}
		if g.Batch != nil {
			step(all, *g.Batch)
		}
	}
	std := data.Standard(set.X, split.Split.Train)
	if len(groups.Raw.PerRow) == 0 || len(groups.Std.PerRow) == 0 || len(groups.NLL.PerRow) == 0 {
		t.Fatal("the reference file holds no gradients")
	}
	check("raw mse", groups.Raw, data.None(42), "mse")
	check("standardised mse", groups.Std, std, "mse")
	check("standardised nll", groups.NLL, std, "nll")
}
