package cli

import (
	"bufio"
	"encoding/csv"
	"io"
	"strings"

	"charm.land/lipgloss/v2"
)

// printer writes a result to standard output.
type printer struct {
	*bufio.Writer
	style styles
}

// styles are how text for people looks; without a terminal all are plain.
type styles struct{ head, faint lipgloss.Style }

func (a *app) printer() *printer {
	p := &printer{Writer: bufio.NewWriterSize(a.Out, 1<<16)}
	if a.styled() {
		p.style = styles{head: lipgloss.NewStyle().Bold(true), faint: lipgloss.NewStyle().Faint(true)}
	}
	return p
}

// flush sends everything off and says whether all of it could be written.
func (p *printer) flush() error {
	if err := p.Flush(); err != nil {
		return &outputError{err}
	}
	return nil
}

// done flushes after the last word, unless the command failed already.
func (p *printer) done(err error) error {
	if flushed := p.flush(); err == nil || closedPipe(flushed) {
		return flushed
	}
	return err
}

// column is one column of a table.
type column struct {
	head  string
	right bool // numbers stand at the right
	width int  // at least so wide
}

// tableHead writes the heads of a table whose rows follow one by one.
func (p *printer) tableHead(columns []column) {
	heads := make([]string, len(columns))
	for i, c := range columns {
		heads[i] = c.head
	}
	p.WriteString(p.style.head.Render(line(columns, heads)) + "\n")
}

func (p *printer) tableRow(columns []column, cells []string) {
	p.WriteString(line(columns, cells) + "\n")
}

// table writes a table that is known as a whole.
func (p *printer) table(columns []column, rows [][]string) {
	for i := range columns {
		columns[i].width = lipgloss.Width(printable(columns[i].head))
		for _, row := range rows {
			columns[i].width = max(columns[i].width, lipgloss.Width(printable(row[i])))
		}
	}
	p.tableHead(columns)
	for _, row := range rows {
		p.tableRow(columns, row)
	}
}

// line aligns the cells of one row.
func line(columns []column, cells []string) string {
	var b strings.Builder
	for i, c := range columns {
		if i > 0 {
			b.WriteString("  ")
		}
		cell := printable(cells[i])
		pad := strings.Repeat(" ", max(0, max(c.width, lipgloss.Width(c.head))-lipgloss.Width(cell)))
		if c.right {
			b.WriteString(pad + cell)
		} else {
			b.WriteString(cell + pad)
		}
	}
	return strings.TrimRight(b.String(), " ")
}

// fact writes one line of a summary: what, and how it is.
func (p *printer) fact(what, how string) {
	p.WriteString(p.style.faint.Render(what) + strings.Repeat(" ", max(1, 10-lipgloss.Width(what))) + printable(how) + "\n")
}

// writeCSV writes records with their heads first.
func writeCSV(w io.Writer, head []string, rows [][]string) error {
	c := csv.NewWriter(w)
	if err := c.Write(head); err != nil {
		return err
	}
	return c.WriteAll(rows)
}
