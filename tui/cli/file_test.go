package cli

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestWeightsThroughASymbolicLink(t *testing.T) {
	data, dir := small(t), t.TempDir()
	real, link := filepath.Join(dir, "real.json"), filepath.Join(dir, "link.json")
	if err := os.WriteFile(real, []byte("old"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(real, link); err != nil {
		t.Skip(err)
	}
	must(t, "train", "--data", data, "--epochs", "1", "--weights", link)
	info, err := os.Lstat(link)
	if err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v, %v", info, err)
	}
	if text, err := os.ReadFile(real); err != nil || !strings.HasPrefix(string(text), `[{"weight"`) {
		t.Errorf("the file behind the link holds %.20q: %v", text, err)
	}
}

func TestDevicesAreWrittenAsTheyAre(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no device files")
	}
	data := small(t)
	must(t, "trace", "--data", data, "--steps", "5", "--out", os.DevNull)
	must(t, "train", "--data", data, "--epochs", "1", "--weights", os.DevNull)
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Fatalf("%s is a device no more: %v", os.DevNull, err)
	}
}

func TestFailedRunKeepsTheOldFile(t *testing.T) {
	data, dir := small(t), t.TempDir()
	out := filepath.Join(dir, "trace.txt")
	if err := os.WriteFile(out, []byte("old"), 0o666); err != nil {
		t.Fatal(err)
	}
	a := do("trace", "--data", data, "--lr", "1e307", "--normalize", "none", "--hidden", "", "--seed", "1", "--out", out)
	if a.status != 1 || !oneSafeLine(a.err) || !strings.Contains(a.err, "diverged") {
		t.Errorf("status %d, %q", a.status, a.err)
	}
	if text, err := os.ReadFile(out); err != nil || string(text) != "old" {
		t.Errorf("the file holds %q: %v", text, err)
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) != 1 {
		t.Errorf("the folder holds %v: %v", list, err)
	}
}

func TestWeightsRoundTrip(t *testing.T) {
	data, dir := small(t), t.TempDir()
	first, second := filepath.Join(dir, "1.json"), filepath.Join(dir, "2.json")
	a := train(t, "--data", data, "--recipe", "notebook", "--epochs", "1", "--hidden", "3", "--weights", first)
	b := train(t, "--data", data, "--recipe", "notebook", "--epochs", "1", "--hidden", "3", "--init-weights", first, "--weights", second)
	c := train(t, "--data", data, "--recipe", "notebook", "--epochs", "1", "--hidden", "3", "--init-weights", first, "--lr", "1e-300")
	if a.Weights.SHA256 == b.Weights.SHA256 || c.Weights.SHA256 != a.Weights.SHA256 {
		t.Errorf("weights %s, trained on %s, read back %s", a.Weights.SHA256, b.Weights.SHA256, c.Weights.SHA256)
	}
	if b.Settings["init-weights"] != first || b.Settings["weights"] != second {
		t.Errorf("settings are %v", b.Settings)
	}
}
