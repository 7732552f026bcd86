package cli

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"unseen/data/reference"
)

func TestTrainOnTheRealRows(t *testing.T) {
	path := reference.CRX(t)
	d := train(t, "--data", path, "--seed", "42")
	if d.Mode != "central" || d.Data.Source != "crx" || d.Data.Rows != 653 || d.Data.Features != 42 || d.Data.Train != 522 || d.Data.Test != 131 {
		t.Errorf("the data are %+v", d.Data)
	}
	if math.Abs(d.Baseline.Accuracy-0.547) > 0.0005 {
		t.Errorf("the baseline is %v", d.Baseline.Accuracy)
	}
	if d.Final.TestAccuracy == nil || *d.Final.TestAccuracy < 0.8 {
		t.Errorf("the test accuracy is %v", d.Final.TestAccuracy)
	}
}

func TestWorkersOfTheRealRows(t *testing.T) {
	path := reference.CRX(t)
	for mode, length := range map[string]string{"federated": "--epochs", "aggregated": "--rounds"} {
		d := train(t, "--data", path, "--mode", mode, length, "1", "--seed", "42")
		if d.Data.Source != "crx" || d.Data.Train != 522 || d.Settings["workers"] != 522.0 || d.Settings["skew"] != nil {
			t.Errorf("%s: the run was %+v with %v", mode, d.Data, d.Settings)
		}
		text := must(t, "train", "--data", path, "--mode", mode, length, "1", "--seed", "42")
		if !strings.Contains(text, "\nworkers   522, 1 row each\n") {
			t.Errorf("%s: the summary is %s", mode, text)
		}
	}
}

func TestNotebookOnTheRealRows(t *testing.T) {
	d := train(t, "--data", reference.CRX(t), "--recipe", "notebook", "--seed", "42")
	if len(d.Epochs) != 5 || d.Data.Train != 653 || d.Data.Test != 0 || d.Final.TestAUC != nil {
		t.Errorf("the run was %+v", d)
	}
}

func TestDescribeTheRealRows(t *testing.T) {
	var d struct {
		Columns map[string]map[string]float64 `json:"columns"`
	}
	if err := json.Unmarshal([]byte(must(t, "data", "describe", "--data", reference.CRX(t), "--format", "json")), &d); err != nil {
		t.Fatal(err)
	}
	if a2 := d.Columns["A2"]; a2["count"] != 653 || a2["min"] != 13.75 || a2["50%"] != 28.42 || a2["max"] != 76.75 || math.Abs(a2["mean"]-31.50381) > 1e-5 {
		t.Errorf("A2 is %v", a2)
	}
}

func TestColumnsOfTheRealRows(t *testing.T) {
	var golden struct {
		Columns []string `json:"columns"`
	}
	reference.Load(t, "crx_columns_and_split.json", &golden)
	var d columnsDocument
	if err := json.Unmarshal([]byte(must(t, "data", "columns", "--data", reference.CRX(t), "--format", "json")), &d); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range d.Features {
		names = append(names, f.Name)
	}
	if strings.Join(names, " ") != strings.Join(golden.Columns, " ") {
		t.Errorf("the features are %v, want %v", names, golden.Columns)
	}
}
