package cli

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"unseen/data"
)

// columns prints what kind of column each is, and the features they become.
func (a *app) columns() *cobra.Command {
	c := &cobra.Command{
		Use:     "columns",
		Short:   "Print the columns, and the features they become",
		Example: "unseen data columns",
	}
	return a.look(c, func(p *printer, t *data.Table, format string) error {
		set, err := t.Encode()
		if err != nil {
			return err
		}
		list := columnDocuments(t)
		switch format {
		case "json":
			return p.failed(writeJSON(p, columnsDocument{list, featureDocuments(set)}))
		case "csv":
			return p.failed(writeCSV(p, []string{"name", "kind", "label", "missing", "min", "max", "values"}, columnRecords(list)))
		}
		printColumns(p, list)
		printFeatures(p, set)
		return nil
	})
}

// columnsDocument is columns and features as JSON.
type columnsDocument struct {
	Columns  []columnDocument  `json:"columns"`
	Features []featureDocument `json:"features"`
}

type columnDocument struct {
	Name    string   `json:"name"`
	Kind    string   `json:"kind"`
	Label   bool     `json:"label"`
	Missing int      `json:"missing"`
	Min     *number  `json:"min"`    // of a numeric column, over the complete rows
	Max     *number  `json:"max"`    // as Min
	Values  []string `json:"values"` // of the other kinds
}

type featureDocument struct {
	Name     string  `json:"name"`
	Column   string  `json:"column"`
	Category *string `json:"category"` // the value for which the feature is 1
}

func columnDocuments(t *data.Table) []columnDocument {
	ranges := map[string]data.Summary{}
	for _, s := range t.Describe() {
		ranges[s.Name] = s
	}
	var list []columnDocument
	for _, c := range t.Columns {
		d := columnDocument{Name: c.Name, Kind: c.Kind.String(), Label: c.Label, Missing: c.Missing, Values: c.Values}
		if s, ok := ranges[c.Name]; ok && s.Count > 0 {
			least, most := number(s.Min), number(s.Max)
			d.Min, d.Max = &least, &most
		}
		list = append(list, d)
	}
	return list
}

func featureDocuments(set *data.Set) []featureDocument {
	var list []featureDocument
	for _, f := range set.Features {
		column := set.Table.Columns[f.Column]
		d := featureDocument{Name: f.Name, Column: column.Name}
		if column.Kind == data.Categorical {
			d.Category = &f.Category
		}
		list = append(list, d)
	}
	return list
}

// ends returns the least and the greatest value as text, or nothing.
func (d columnDocument) ends() (least, most string) {
	if d.Min == nil {
		return "", ""
	}
	return d.Min.String(), d.Max.String()
}

// columnRecords is the columns as CSV, the values with | between.
func columnRecords(list []columnDocument) [][]string {
	var rows [][]string
	for _, d := range list {
		least, most := d.ends()
		rows = append(rows, []string{d.Name, d.Kind, strconv.FormatBool(d.Label), fmt.Sprint(d.Missing), least, most, strings.Join(d.Values, "|")})
	}
	return rows
}

func printColumns(p *printer, list []columnDocument) {
	var rows [][]string
	for _, d := range list {
		kind := d.Kind
		if d.Label {
			kind = "label"
		}
		holds := strings.Join(d.Values, " ")
		if least, most := d.ends(); least != "" {
			holds = least + " to " + most
		}
		rows = append(rows, []string{d.Name, kind, fmt.Sprint(d.Missing), holds})
	}
	p.table([]column{{head: "column"}, {head: "kind"}, {head: "missing", right: true}, {head: "values"}}, rows)
}

// printFeatures lists the features in the order in which the network takes them.
func printFeatures(p *printer, set *data.Set) {
	p.WriteString("\n" + p.style.head.Render(fmt.Sprintf("%d features, in order, from %d complete rows", len(set.Features), set.Len())) + "\n")
	const width = 100
	text := ""
	for _, f := range set.Features {
		name := printable(f.Name)
		if text != "" && len([]rune(text))+2+len([]rune(name)) > width {
			p.WriteString(text + "\n")
			text = ""
		}
		if text != "" {
			text += "  "
		}
		text += name
	}
	p.WriteString(text + "\n")
}
