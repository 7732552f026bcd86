package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// listed is what go list says about a package.
type listed struct {
	ImportPath string
	Imports    []string // of the program, without its tests
}

// packages lists the packages of the module with what they import of it.
func packages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, complaint.String())
	}
	var list []listed
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		p.Imports = slices.DeleteFunc(p.Imports, func(path string) bool { return !within(path, "unseen") })
		list = append(list, p)
	}
}

// within reports whether a package is one of these, or below one of them.
func within(path string, folders ...string) bool {
	return slices.ContainsFunc(folders, func(f string) bool { return path == f || strings.HasPrefix(path, f+"/") })
}

// broken says which rule an import breaks, or nothing.
func broken(from, to string) string {
	leaves := []string{"unseen/engine/trace", "unseen/engine/rng", "unseen/engine/ring"}
	modes := []string{"unseen/engine/central", "unseen/engine/federated", "unseen/engine/aggregated", "unseen/engine/secagg", "unseen/engine/encrypted"}
	mode := func(path string) int {
		return slices.IndexFunc(modes, func(m string) bool { return within(path, m) })
	}
	const nn, mpc, tui, reference, double, worlds = "unseen/engine/nn", "unseen/engine/mpc", "unseen/tui", "unseen/data/reference", "unseen/engine/double", "unseen/tui/worlds"
	switch {
	case to == reference, to == double && from != worlds, to == worlds:
		return "only tests import this package"
	case from == worlds && to == double: // both are for tests
		return ""
	case from == "unseen/data", within(from, leaves...):
		return "this package knows no other of the module"
	case within(from, nn) && within(to, mpc), within(from, mpc) && within(to, nn):
		return "the network and the protocols do not know each other"
	case mode(from) >= 0 && mode(to) >= 0 && mode(from) != mode(to):
		return "the ways to train do not know each other"
	case within(from, tui) && !within(to, tui) && !slices.Contains([]string{"unseen/engine", "unseen/engine/trace", "unseen/engine/recording", "unseen/data"}, to):
		return "the faces know the engine by its façade only"
	case within(from, "unseen/engine", "unseen/data") && within(to, tui):
		return "imports point downwards"
	}
	return ""
}

// The lines between the packages, as the architecture draws them.
func TestImportsPointDownwards(t *testing.T) {
	list := packages(t)
	for _, p := range list {
		for _, to := range p.Imports {
			if why := broken(p.ImportPath, to); why != "" {
				t.Errorf("%s imports %s: %s", p.ImportPath, to, why)
			}
		}
	}
	if !slices.ContainsFunc(list, func(p listed) bool { return p.ImportPath == "unseen/engine" && len(p.Imports) > 0 }) {
		t.Error("go list does not show what the engine imports")
	}
}

// The rules themselves: what they forbid, and what they must not.
func TestRulesForImports(t *testing.T) {
	for _, c := range []struct {
		from, to string
		allowed  bool
	}{
		{"unseen/data", "unseen/engine/rng", false},
		{"unseen/engine/trace", "unseen/data", false},
		{"unseen/engine/rng", "unseen/engine/trace", false},
		{"unseen/engine/ring", "unseen/engine/rng", false},
		{"unseen/engine/nn", "unseen/engine/mpc", false},
		{"unseen/engine/mpc", "unseen/engine/nn", false},
		{"unseen/engine/central", "unseen/engine/federated", false},
		{"unseen/engine/encrypted", "unseen/engine/secagg/masks", false},
		{"unseen/tui/cli", "unseen/engine/nn", false},
		{"unseen/tui", "unseen/data/reference", false},
		{"unseen/engine", "unseen/tui/theme", false},
		{"unseen/data/other", "unseen/tui", false},
		{"unseen/engine", "unseen/data/reference", false},
		{"unseen/engine", "unseen/engine/double", false},
		{"unseen/tui/stage", "unseen/tui/worlds", false},
		{"unseen/tui/worlds", "unseen/engine/double", true},
		{"unseen/engine/nn", "unseen/engine/trace", true},
		{"unseen/engine/central", "unseen/engine/nn", true},
		{"unseen/engine/encrypted", "unseen/engine/encrypted/wire", true},
		{"unseen/engine", "unseen/engine/central", true},
		{"unseen/tui/cli", "unseen/engine", true},
		{"unseen/tui/cli", "unseen/engine/trace", true},
		{"unseen/tui/cli", "unseen/engine/recording", true},
		{"unseen/engine/recording", "unseen/tui/stage", false},
		{"unseen/tui", "unseen/tui/theme", true},
		{"unseen", "unseen/tui/cli", true},
	} {
		if why := broken(c.from, c.to); (why == "") != c.allowed {
			t.Errorf("%s imports %s: %q", c.from, c.to, why)
		}
	}
}
