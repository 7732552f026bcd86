package cli

import (
	"maps"
	"runtime"
	"runtime/debug"
	"slices"

	"github.com/spf13/cobra"
)

// buildInfo says what the program was built from.
type buildInfo struct {
	Version      string            `json:"version"`
	Commit       *string           `json:"commit"`
	Go           string            `json:"go"`
	Dependencies map[string]string `json:"dependencies"`
}

// build reads what the compiler noted in the program.
func build() buildInfo {
	b := buildInfo{Version: "devel", Go: runtime.Version(), Dependencies: map[string]string{}}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		b.Version = v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			b.Commit = &s.Value
		}
	}
	for _, d := range info.Deps {
		if d.Replace != nil {
			d = d.Replace
		}
		b.Dependencies[d.Path] = d.Version
	}
	return b
}

// version prints what the program was built from.
func (a *app) version() *cobra.Command {
	c := &cobra.Command{
		Use:     "version",
		Short:   "Print the versions of the program and of what it is built from",
		Example: "unseen version --format json",
	}
	format := formatFlag(c.Flags())
	unusedSeed(c.Flags())
	a.act(c, func(c *cobra.Command) error {
		a.note(c, "seed")
		p, b := a.printer(), build()
		modules := slices.Sorted(maps.Keys(b.Dependencies))
		commit := "unknown"
		if b.Commit != nil {
			commit = *b.Commit
		}
		switch format.text {
		case "json":
			return p.done(p.failed(writeJSON(p, b)))
		case "csv":
			rows := [][]string{{"unseen", b.Version}, {"commit", commit}, {"go", b.Go}}
			for _, m := range modules {
				rows = append(rows, []string{m, b.Dependencies[m]})
			}
			return p.done(p.failed(writeCSV(p, []string{"name", "version"}, rows)))
		}
		p.fact("unseen", b.Version)
		p.fact("commit", commit)
		p.fact("go", b.Go)
		p.WriteString("\n")
		var rows [][]string
		for _, m := range modules {
			rows = append(rows, []string{m, b.Dependencies[m]})
		}
		p.table([]column{{head: "dependency"}, {head: "version"}}, rows)
		return p.done(nil)
	})
	return c
}
