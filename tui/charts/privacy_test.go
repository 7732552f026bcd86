package charts

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"unseen/engine"
	"unseen/tui/golden"
	"unseen/tui/key"
)

// private makes both ways to train private; the central one meets its budget.
func private(s *engine.Scenario) {
	s.Privacy = engine.PrivacySettings{DP: engine.CentralNoise, Clip: 1, Noise: 1, Delta: 1e-5}
	if s.Mode == engine.Central {
		s.Privacy.Budget = 5
	}
}

func TestPrivacyScreens(t *testing.T) {
	for _, size := range []struct {
		name string
		w, h int
	}{{"80x24", 80, 24}, {"120x36", 120, 36}} {
		t.Run(size.name, func(t *testing.T) {
			d := newDriverOf(t, size.w, size.h, private)
			d.send(key.Choose, key.Up)
			d.send(key.PrevPane) // before the first view is the last one
			golden.Screen(t, "privacy-"+size.name, d.Lines(), size.w, size.h)
			if !strings.Contains(d.send(key.Down).text(), "for each worker") {
				t.Errorf("the screen does not say whom the other run protects:\n%s", d.text())
			}
		})
	}
}

// ε begins at 0, grows with every release and ends at what the run says it cost, in
// the table as on the screen.
func TestSpentIsExported(t *testing.T) {
	t.Chdir(t.TempDir())
	d := newDriverOf(t, 80, 24, private)
	d.send(key.Choose, key.Export)
	f, err := os.Open(filepath.Join("unseen-charts-7", "privacy.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	list, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	list = list[1:]
	for i, r := range d.shelf.runs {
		p := r.Result.Privacy
		before := -1.0
		for release := range p.Releases + 1 {
			row := list[0]
			list = list[1:]
			epsilon, err := strconv.ParseFloat(row[5], 64)
			if err != nil || row[1] != strconv.Itoa(release) || epsilon <= before || row[2] != p.Each {
				t.Fatalf("run %d, release %d: %q after ε %v", i, release, row, before)
			}
			before = epsilon
		}
		if before != r.Result.Final().Epsilon || p.Budget > 0 && (before > p.Budget || !p.Stopped()) {
			t.Errorf("run %d ends at ε %v: %+v", i, before, r.Result.Final())
		}
	}
	if len(list) > 0 {
		t.Errorf("%d lines are left over", len(list))
	}
}
