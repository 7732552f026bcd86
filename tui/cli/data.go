package cli

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"unseen/data"
	"unseen/engine"
)

// data holds the commands that look at the data.
func (a *app) data() *cobra.Command {
	c := &cobra.Command{
		Use:     "data",
		Short:   "Look at the data, fetch them, or write made-up ones",
		Example: "unseen data head\nunseen data fetch",
	}
	a.group(c)
	c.AddCommand(a.head(), a.columns(), a.describe(), a.fetch(), a.synthesize())
	return c
}

// look makes a command that prints something about a table.
func (a *app) look(c *cobra.Command, show func(p *printer, t *data.Table, format string) error) *cobra.Command {
	c.Flags().SortFlags = false
	from := a.newSource(c.Flags())
	format := formatFlag(c.Flags())
	unusedSeed(c.Flags())
	a.act(c, func(c *cobra.Command) error {
		table, err := from.open()
		if err != nil {
			return err
		}
		p := a.printer()
		err = show(p, table, format.text)
		if err == nil {
			a.noteData(from, table)
			a.note(c, "seed")
		}
		return p.done(err)
	})
	return c
}

// head prints the first complete rows as they stand in the file.
func (a *app) head() *cobra.Command {
	c := &cobra.Command{
		Use:     "head",
		Short:   "Print the first complete rows as they stand in the file",
		Example: "unseen data head --rows 10\nunseen data head --data loans.csv --label repaid",
	}
	rows := &value{text: "5", kind: "N"}
	n := 5
	rows.check = func(text string) (err error) {
		if n, err = whole("--rows", text, "5"); err == nil && n < 1 {
			err = &engine.SettingError{Setting: "--rows", Value: text, What: "not a number of rows", Mend: "give a whole number from 1"}
		}
		return err
	}
	c.Flags().Var(rows, "rows", "how many rows")
	return a.look(c, func(p *printer, t *data.Table, format string) error {
		first := t.Complete()
		first = first[:min(n, len(first))]
		if format == "json" {
			return p.failed(writeJSON(p, headDocument(t, first)))
		}
		var names []string
		for _, column := range t.Columns {
			names = append(names, column.Name)
		}
		lineName := lineKey(t)
		var cells [][]string
		for _, i := range first {
			cells = append(cells, append([]string{fmt.Sprint(t.Records[i].Line)}, t.Records[i].Fields...))
		}
		if format == "csv" {
			return p.failed(writeCSV(p, append([]string{lineName}, names...), cells))
		}
		columns := []column{{head: lineName, right: true}}
		for _, c := range t.Columns {
			columns = append(columns, column{head: c.Name, right: c.Kind == data.Numeric})
		}
		p.table(columns, cells)
		return nil
	})
}

// headDocument is rows as JSON: a list of objects with the text of each column
// and the line of the file.
func headDocument(t *data.Table, rows []int) []object {
	list := []object{}
	for _, i := range rows {
		record := t.Records[i]
		row := object{{lineKey(t), record.Line}}
		for j, c := range t.Columns {
			row = append(row, member{c.Name, record.Fields[j]})
		}
		list = append(list, row)
	}
	return list
}

// lineKey is how the line number is called: "line", unless a column is.
func lineKey(t *data.Table) string {
	key := "line"
	for slices.ContainsFunc(t.Columns, func(c data.Column) bool { return c.Name == key }) {
		key = "_" + key
	}
	return key
}
