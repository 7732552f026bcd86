package cli

import (
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"unseen/engine"
)

func TestPlotOfATraining(t *testing.T) {
	data, dir := small(t), t.TempDir()
	picture := filepath.Join(dir, "curves.PNG")
	if err := os.WriteFile(picture, []byte("old"), 0o666); err != nil {
		t.Fatal(err)
	}
	text := must(t, "train", "--data", data, "--epochs", "3", "--plot", picture)
	if !strings.Contains(text, "\nplot      written to "+picture+"\n") {
		t.Errorf("the summary is %s", text)
	}
	f, err := os.Open(picture)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := png.Decode(f); err != nil {
		t.Error(err)
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) != 1 {
		t.Errorf("the folder holds %v: %v", list, err)
	}
	drawn := filepath.Join(dir, "curves.svg")
	if d := train(t, "--data", data, "--epochs", "1", "--plot", drawn); d.Settings["plot"] != drawn {
		t.Errorf("the settings are %v", d.Settings)
	}
}

// written lists what is written in an SVG file, which must be well-formed.
func written(t *testing.T, path string) string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var b strings.Builder
	for dec := xml.NewDecoder(f); ; {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return b.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		if text, ok := tok.(xml.CharData); ok {
			b.WriteString(strings.TrimSpace(string(text)) + "\n")
		}
	}
}

func TestPlotSaysWhatItShows(t *testing.T) {
	data, picture := small(t), filepath.Join(t.TempDir(), "curves.svg")
	for _, c := range []struct {
		args      []string
		want, not []string
	}{
		{[]string{"train", "--mode", "aggregated", "--rounds", "4"},
			[]string{"aggregated on small.data, seed 3", "training rows", "test rows", "baseline: the best constant guess", "12"}, nil},
		{[]string{"train", "--dp", "central", "--clip", "1", "--noise", "1", "--normalize", "range"},
			[]string{"loss", "accuracy", "epsilon spent", "epsilon at delta 1e-05 for each row"}, nil},
		{[]string{"compare", "--modes", "central,aggregated", "--dp", "central", "--clip", "1", "--noise", "1", "--normalize", "range"},
			[]string{"epsilon spent", "central", "aggregated"}, []string{"epsilon at delta 1e-05 for each row"}},
		{[]string{"train"}, nil, []string{"epsilon spent"}},
		{[]string{"train", "--split", "1"}, []string{"central on small.data, seed 3", "training rows"}, []string{"test rows"}},
		{[]string{"compare", "--modes", "central,federated"}, []string{"central, federated on small.data, seed 3, test rows", "central", "federated"}, []string{"training rows"}},
		{[]string{"compare", "--modes", "federated", "--split", "1"}, []string{"federated on small.data, seed 3", "training rows"}, nil},
		{[]string{"compare", "--modes", "central,aggregated", "--recipe", "notebook"},
			[]string{"central, aggregated on small.data, seed 3, training rows", "central (nll)", "aggregated (mse)"}, nil},
	} {
		must(t, append(c.args, "--data", data, "--seed", "3", "--plot", picture)...)
		text := "\n" + written(t, picture)
		for _, w := range c.want {
			if !strings.Contains(text, "\n"+w+"\n") {
				t.Errorf("%v: %q is not in %q", c.args, w, text)
			}
		}
		for _, w := range c.not {
			if strings.Contains(text, "\n"+w+"\n") {
				t.Errorf("%v: %q is in %q", c.args, w, text)
			}
		}
	}
}

func TestFailedRunKeepsTheOldPlot(t *testing.T) {
	data, picture := small(t), filepath.Join(t.TempDir(), "curves.svg")
	if err := os.WriteFile(picture, []byte("old"), 0o666); err != nil {
		t.Fatal(err)
	}
	if a := do("train", "--data", data, "--lr", "1e307", "--normalize", "none", "--hidden", "", "--plot", picture); a.status != 1 {
		t.Errorf("status %d", a.status)
	}
	if text, err := os.ReadFile(picture); err != nil || string(text) != "old" {
		t.Errorf("the file holds %.20q: %v", text, err)
	}
}

// Several runs on the test rows are set against the guess on those rows; one run, of which both
// are drawn, against that on all rows.
func TestGuessIsOfTheRowsThatAreDrawn(t *testing.T) {
	d := &engine.Dataset{}
	d.Split.Test = []int{1}
	run := engine.Run{Dataset: d, Baseline: engine.Baseline{Accuracy: 0.5, Test: 0.6, Loss: 0.7},
		Result: &engine.Result{History: engine.History{Epochs: make([]engine.EpochMetrics, 3)}}}
	one, several := []engine.Run{run}, []engine.Run{run, run}
	for _, c := range []struct {
		runs []engine.Run
		test []int
		want float64
	}{{one, d.Split.Test, 0.5}, {several, d.Split.Test, 0.6}, {several, nil, 0.5}} {
		d.Split.Test = c.test
		if _, guess := (&request{}).curves(c.runs); guess.Accuracy != c.want || guess.Loss != 0.7 {
			t.Errorf("%d runs, test rows %v: the guess is %+v", len(c.runs), c.test, guess)
		}
	}
}
