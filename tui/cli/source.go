package cli

import (
	"bytes"
	"fmt"
	"os"

	"github.com/spf13/pflag"

	"unseen/data"
	"unseen/engine"
)

// The data that have a name of their own. A file that is called so is named with
// a folder: ./twin.
const (
	twin = "twin" // made-up rows, part of the program
	crx  = "crx"  // the file that unseen data fetch stores
)

// source is which rows to read.
type source struct {
	env         func(name string) string
	data, label string // as given; empty: not given
	name        string // what open chose: twin, crx or a path
}

// newSource adds --data and --label.
func (a *app) newSource(f *pflag.FlagSet) *source {
	s := &source{env: a.lookup}
	take := func(to *string) func(string) error {
		return func(text string) error { *to = text; return nil }
	}
	f.Var(&value{kind: "twin|crx|PATH", check: fileName("--data", &s.data)}, "data",
		"the credit data: the built-in twin, crx as it was fetched, or a file; crx if it was fetched, else twin, when left out")
	f.Var(&value{kind: "COLUMN", check: take(&s.label)}, "label", "the column to predict, in a file with a header")
	return s
}

// open reads the rows that were named, or else those of crx.data if it was
// fetched, or else the twin.
func (s *source) open() (*data.Table, error) {
	s.name = s.data
	file, missing := data.UserFile(s.env)
	there := false
	if missing == nil {
		info, err := os.Stat(file)
		there = err == nil && info.Mode().IsRegular()
	}
	switch {
	case s.name == "" && there:
		s.name = crx
	case s.name == "":
		s.name = twin
	}
	options := data.Options{Label: s.label}
	switch s.name {
	case twin:
		if s.label == "" {
			return data.Twin(), nil
		}
		var text bytes.Buffer
		if err := data.Synthesize(&text); err != nil {
			return nil, err
		}
		return data.Read(&text, twin, options)
	case crx:
		if missing != nil {
			return nil, missing
		}
		if !there {
			return nil, words("--data crx: it is not on this machine yet; get it with unseen data fetch, or name a file")
		}
		return data.Open(file, options)
	}
	return data.Open(s.name, options)
}

// called returns the name of a table in documents: a file that is called like
// other data keeps its path.
func (s *source) called(t *data.Table) string {
	odd := t.Source == twin && s.name != twin || t.Source == crx && t.SHA256 != data.CRXDigest
	if odd {
		return t.Path
	}
	return t.Source
}

// described says for people what the rows are.
func (s *source) described(t *data.Table) string {
	switch name := s.called(t); {
	case s.name == twin:
		return "twin, built in (made-up people)"
	case name == t.Path:
		return name
	default:
		return fmt.Sprintf("%s (%s)", name, t.Path)
	}
}

// noteSeed says which seed was drawn where the result is for programs or does not say.
func (a *app) noteSeed(s engine.Scenario) {
	if !s.Fixed {
		a.sayDrawn(s.Seed)
	}
}

func (a *app) sayDrawn(seed uint64) {
	a.say("note: seed %d was drawn; --seed %d repeats this run", seed, seed)
}

// noteData says which rows are read when nobody named them and the result does
// not say.
func (a *app) noteData(s *source, t *data.Table) {
	if s.data == "" {
		a.say("note: the data are %s; --data names others", printable(s.described(t)))
	}
}
