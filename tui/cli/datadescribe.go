package cli

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"unseen/data"
)

// describe prints the usual summary of the numeric columns.
func (a *app) describe() *cobra.Command {
	c := &cobra.Command{
		Use:     "describe",
		Short:   "Summarise the numeric columns over the complete rows",
		Long:    "Summarise the numeric columns over the complete rows, as pandas does: the deviation is the sample's, quartiles lie between their neighbours.",
		Example: "unseen data describe --data twin --format json",
	}
	return a.look(c, func(p *printer, t *data.Table, format string) error {
		summaries := t.Describe()
		switch format {
		case "json":
			columns := object{}
			for _, s := range summaries {
				columns = append(columns, member{s.Name, summaryDocument(s)})
			}
			return p.failed(writeJSON(p, object{{"columns", columns}}))
		case "csv":
			return p.failed(writeCSV(p, summaryHeads(), summaryRows(summaries, number.String)))
		}
		columns := []column{}
		for i, head := range summaryHeads() {
			columns = append(columns, column{head: head, right: i > 0})
		}
		p.table(columns, summaryRows(summaries, func(n number) string { return strconv.FormatFloat(float64(n), 'f', 3, 64) }))
		return nil
	})
}

func summaryHeads() []string {
	return []string{"column", "count", "mean", "std", "min", "25%", "50%", "75%", "max"}
}

// summaryDocument is a summary as JSON; without values all but the count is null.
func summaryDocument(s data.Summary) object {
	o := object{{"count", s.Count}}
	for i, n := range numbers(s) {
		o = append(o, member{summaryHeads()[i+2], n})
		if s.Count == 0 {
			o[len(o)-1].value = nil
		}
	}
	return o
}

func numbers(s data.Summary) []number {
	return []number{number(s.Mean), number(s.Std), number(s.Min), number(s.Q1), number(s.Median), number(s.Q3), number(s.Max)}
}

func summaryRows(summaries []data.Summary, text func(number) string) [][]string {
	var rows [][]string
	for _, s := range summaries {
		row := []string{s.Name, fmt.Sprint(s.Count)}
		for _, n := range numbers(s) {
			if s.Count == 0 {
				row = append(row, "")
				continue
			}
			row = append(row, text(n))
		}
		rows = append(rows, row)
	}
	return rows
}
