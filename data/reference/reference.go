// Package reference finds the reference numbers that tests compare against. It
// is for tests only.
//
// The numbers were made with other programs from the UCI file crx.data and are
// not part of this project. The environment variable UNSEEN_REFERENCE names a
// folder with data/crx.data and golden/*.json in it; tests that need them are
// skipped where it is not set.
package reference

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// Variable is the environment variable that names the reference folder.
const Variable = "UNSEEN_REFERENCE"

// Dir returns the reference folder. It skips the test where the variable is not
// set, and fails it where the variable names no folder.
func Dir(t testing.TB) string {
	t.Helper()
	dir := os.Getenv(Variable)
	if dir == "" {
		t.Skip(Variable + " is not set: it names the folder with data/crx.data and golden/*.json")
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		t.Fatalf("%s=%s is not a folder", Variable, dir)
	}
	return dir
}

// CRX returns the path of the reference copy of crx.data, or skips the test.
func CRX(t testing.TB) string {
	t.Helper()
	return existing(t, filepath.Join(Dir(t), "data", "crx.data"))
}

// Load decodes golden/name, a JSON file such as "central_std.json", into the
// value that into points to, or skips the test.
func Load(t testing.TB, name string, into any) {
	t.Helper()
	path := existing(t, filepath.Join(Dir(t), "golden", name))
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

func existing(t testing.TB, path string) string {
	t.Helper()
	if _, err := os.Stat(path); err != nil {
		t.Skipf("%s names a folder without %s", Variable, path)
	}
	return path
}
