package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A package comment names files that are there, and where it lists them it lists all of them.
func TestPackageCommentsNameTheirFiles(t *testing.T) {
	comments, files := map[string]string{}, map[string][]string{} // by folder
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" {
			return err
		}
		folder, name := filepath.Dir(path), d.Name()
		files[folder] = append(files[folder], name)
		if strings.HasSuffix(name, "_test.go") {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.PackageClauseOnly|parser.ParseComments)
		if err == nil && parsed.Doc != nil {
			comments[folder] += parsed.Doc.Text()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for folder, names := range files {
		comment := comments[folder]
		if comment == "" && folder != "." {
			t.Errorf("%s: no package comment", folder)
		}
		named := regexp.MustCompile(`\b\w+\.go\b`).FindAllString(comment, -1)
		for _, name := range named {
			if !slices.Contains(names, name) {
				t.Errorf("%s: the package comment names %s, which is not there", folder, name)
			}
		}
		if !regexp.MustCompile(`(?m)^ +- \w+\.go`).MatchString(comment) {
			continue
		}
		for _, name := range names {
			if !strings.HasSuffix(name, "_test.go") && name != "doc.go" && !slices.Contains(named, name) {
				t.Errorf("%s: the package comment lists files, and %s is not among them", folder, name)
			}
		}
	}
}
