package engine

import (
	"context"
	"errors"
	"slices"
	"testing"

	"unseen/engine/mpc"
)

// pick returns benchmarks by name.
func pick(t *testing.T, names ...string) []Benchmark {
	t.Helper()
	list := slices.DeleteFunc(Benchmarks(), func(b Benchmark) bool { return !slices.Contains(names, b.Name) })
	if len(list) != len(names) {
		t.Fatalf("of %q there are %d", names, len(list))
	}
	return list
}

// Rows come in order, for each number of holders that fits, with the expense that is
// declared.
func TestMeasure(t *testing.T) {
	var rows []Measurement
	err := Measure(background, pick(t, "truncate", "truncate-locally", "ring"), []int{2, 3}, func(m Measurement, done, total int) {
		if rows = append(rows, m); done != len(rows) || total != 4+2+2 {
			t.Errorf("row %d says it is %d of %d", len(rows), done, total)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range rows {
		if m.Seconds <= 0 || m.Runs < fewestRuns {
			t.Errorf("%s took %v s in %d runs", m.Protocol, m.Seconds, m.Runs)
		}
		named, ok := mpc.Find(m.Protocol)
		if !ok {
			if m.Holders != 1 || m.Expense != (Expense{}) {
				t.Errorf("%s is no protocol and costs %+v among %d", m.Protocol, m.Expense, m.Holders)
			}
			continue
		}
		want := named.Price(mpc.Size{Holders: m.Holders, X: [2]int(m.Shape), Bits: 16})
		if m.Expense != (Expense{want.Rounds, want.Holder, want.Dealer}) {
			t.Errorf("%s: %+v, declared %+v", m.Protocol, m.Expense, want)
		}
	}
}

// Measuring ends when the context does.
func TestMeasureStops(t *testing.T) {
	ctx, stop := context.WithCancel(background)
	rows := 0
	err := Measure(ctx, Benchmarks(), []int{2}, func(Measurement, int, int) {
		rows++
		stop()
	})
	if !errors.Is(err, context.Canceled) || rows != 1 {
		t.Errorf("after %d rows: %v", rows, err)
	}
}

// What cannot be prepared, or aborts, is an error that names the benchmark.
func TestMeasureFails(t *testing.T) {
	cause := errors.New("no room")
	broken := Benchmark{Name: "broken", Cases: []BenchmarkCase{{Prepare: func(int) (func() Expense, error) { return nil, cause }}}}
	if err := Measure(background, []Benchmark{broken}, []int{2}, func(Measurement, int, int) { t.Error("a row") }); !errors.Is(err, cause) || err.Error() != "broken: no room" {
		t.Errorf("%v", err)
	}
}

// The two products of matrices that are measured against each other are the same.
func TestNaiveProduct(t *testing.T) {
	z := make([]uint64, 2)
	naiveProduct(z, []uint64{1, 2, 3, 1 << 63}, []uint64{5, 6}, 2, 2, 1)
	if z[0] != 17 || z[1] != 15 {
		t.Errorf("%d", z)
	}
}

// A round of secure aggregation sends every worker's masked update once.
func TestSecaggBenchmark(t *testing.T) {
	run, err := prepareSecagg(10, 50)
	if err != nil {
		t.Fatal(err)
	}
	if e := run(); e.Rounds < 4 || e.Holder < 8*50 || e.Dealer != 0 {
		t.Errorf("%+v", e)
	}
}
