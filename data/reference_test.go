package data

import (
	"math/rand/v2"
	"slices"
	"testing"

	"unseen/data/reference"
)

// crx opens the UCI file, which is not part of the project.
func crx(t *testing.T) (*Table, *Set) {
	t.Helper()
	table, err := Open(reference.CRX(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	set, err := table.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return table, set
}

func TestReferenceEncoding(t *testing.T) {
	table, set := crx(t)
	var golden struct {
		Columns   []string
		Labels    []int
		Split     struct{ Train, Test []int }
		TrainMean []float64 `json:"train_mean"`
		TrainStd  []float64 `json:"train_std"`
		AllMean   []float64 `json:"all_mean"`
		AllStd    []float64 `json:"all_std"`
	}
	reference.Load(t, "crx_columns_and_split.json", &golden)
	if table.Source != "crx" || len(table.Records) != 690 || set.Len() != 653 {
		t.Errorf("source %s, %d records, %d rows", table.Source, len(table.Records), set.Len())
	}
	var names []string
	for _, feature := range set.Features {
		names = append(names, feature.Name)
	}
	if len(names) != 42 || !slices.Equal(names, golden.Columns) {
		t.Errorf("features %v", names)
	}
	if !slices.Equal(set.Y, golden.Labels) || !slices.Equal(set.Classes, []string{"+", "-"}) {
		t.Errorf("classes %v, labels %v", set.Classes, set.Y)
	}
	all := make([]int, set.Len())
	for i := range all {
		all[i] = i
	}
	for name, c := range map[string]struct {
		rows      []int
		mean, std []float64
	}{
		"all":   {all, golden.AllMean, golden.AllStd},
		"train": {golden.Split.Train, golden.TrainMean, golden.TrainStd},
	} {
		sc := Standard(set.X, c.rows)
		for j := range names {
			if !equal(sc.Shift[j], c.mean[j]) || !equal(sc.Scale[j], c.std[j]) {
				t.Errorf("%s, %s: mean %v, deviation %v; want %v, %v",
					name, names[j], sc.Shift[j], sc.Scale[j], c.mean[j], c.std[j])
			}
		}
	}
}

func TestReferenceSplit(t *testing.T) {
	_, set := crx(t)
	split, err := set.Split(0.8, rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		t.Fatal(err)
	}
	classes := func(rows []int) (n [2]int) {
		for _, row := range rows {
			n[set.Y[row]]++
		}
		return n
	}
	if train, test := classes(split.Train), classes(split.Test); train != [2]int{237, 285} || test != [2]int{59, 72} {
		t.Errorf("train %v, test %v", train, test)
	}
}

func TestReferenceBounds(t *testing.T) {
	table, set := crx(t)
	for j, column := range crxColumns() {
		if table.Columns[j].Bound != column.Bound {
			t.Errorf("%s: a value is beyond the public bound %v", column.Name, column.Bound)
		}
	}
	checkSet(t, set)
}

// The first lines of the notebook's own table, with its three decimals.
func TestReferenceDescribe(t *testing.T) {
	table, _ := crx(t)
	summaries := table.Describe()
	near := func(got, want float64) bool { return got-want < 5e-4 && want-got < 5e-4 }
	if len(summaries) != 6 {
		t.Fatalf("%v", summaries)
	}
	a2, a15 := summaries[0], summaries[5]
	if a2.Name != "A2" || a2.Count != 653 || !near(a2.Mean, 31.504) || !near(a2.Std, 11.838) ||
		!near(a2.Q1, 22.58) || !near(a2.Median, 28.42) || !near(a2.Q3, 38.25) {
		t.Errorf("%+v", a2)
	}
	if a15.Name != "A15" || !near(a15.Mean, 1013.761) || !near(a15.Std, 5253.279) {
		t.Errorf("%+v", a15)
	}
}
