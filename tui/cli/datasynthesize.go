package cli

import (
	"github.com/spf13/cobra"

	"unseen/data"
	"unseen/engine"
)

// synthesize writes the twin as crx.data is written.
func (a *app) synthesize() *cobra.Command {
	c := &cobra.Command{
		Use:   "synthesize",
		Short: "Write the built-in twin of crx.data: made-up people, the same kinds of values",
		Long: "Draw the built-in twin of crx.data anew and write it as crx.data is written: no header, + or - at the end, ? for a missing value. " +
			"Columns, classes and missing values are those of the real file, no row is. It is always the same 690 rows.",
		Example: "unseen data synthesize --out twin.data",
	}
	c.Flags().SortFlags = false
	out := ""
	c.Flags().Var(&value{kind: "FILE", check: fileName("--out", &out)}, "out", "write to FILE instead of standard output")
	format := formatFlag(c.Flags())
	unusedSeed(c.Flags())
	hide(c.Flags(), "format")
	a.act(c, func(c *cobra.Command) error {
		if format.text != "text" {
			return &engine.SettingError{Setting: "--format", Value: format.text, What: "rows are written as crx.data is", Mend: "leave the flag out"}
		}
		if out == "" {
			a.note(c, "seed")
			p := a.printer()
			return p.done(p.failed(data.Synthesize(p)))
		}
		file, err := create("--out", out)
		if err != nil {
			return err
		}
		defer file.abort()
		a.note(c, "seed")
		if err := data.Synthesize(file); err != nil {
			return file.fail(err)
		}
		if err := file.commit(); err != nil {
			return err
		}
		a.wrote(out, "690 rows")
		return nil
	})
	return c
}
