package cli

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"unseen/data"
	"unseen/engine"
)

// patience is how long a download may take.
const patience = 2 * time.Minute

// fetch downloads crx.data and stores it where --data crx looks.
func (a *app) fetch() *cobra.Command {
	c := &cobra.Command{
		Use:   "fetch",
		Short: "Download crx.data from the UCI archive, check it and keep it",
		Long: "Download crx.data from the UCI Machine Learning Repository, check that it is the published file, and keep it where --data crx finds it.\n\n" +
			"The data set is Credit Approval by J. R. Quinlan, CC BY 4.0. It is downloaded by this command only, and never passed on.",
		Example: "unseen data fetch\nunseen data fetch --url https://mirror.example/credit+approval.zip",
	}
	c.Flags().SortFlags = false
	from := &value{text: data.ArchiveURL, kind: "URL", check: checkURL}
	c.Flags().Var(from, "url", "the zip archive with crx.data in it; for mirrors and tests")
	format := formatFlag(c.Flags())
	unusedSeed(c.Flags())
	a.act(c, func(c *cobra.Command) error {
		place, err := data.UserFile(a.lookup)
		if err != nil {
			return err
		}
		a.note(c, "seed")
		doc, err := a.download(c.Context(), from.text, filepath.Dir(place))
		if err != nil {
			return &failure{err}
		}
		p := a.printer()
		return p.done(doc.write(p, format.text))
	})
	return c
}

// checkURL refuses what is not the address of a download.
func checkURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return &engine.SettingError{Setting: "--url", Value: quote(text), What: "not the address of a download", Mend: "give one that begins with https://"}
	}
	return nil
}

// fetchDocument is what was stored, as JSON.
type fetchDocument struct {
	Path     string  `json:"path"`
	Rows     int     `json:"rows"`
	Complete int     `json:"complete"` // rows without a missing value
	Classes  object  `json:"classes"`  // rows of each
	Bytes    int     `json:"bytes"`
	SHA256   string  `json:"sha256"`
	Note     *string `json:"note"` // what is unusual about the file
}

// download fetches crx.data into a folder and looks at what came.
func (a *app) download(ctx context.Context, from, dir string) (*fetchDocument, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	progress := a.bar()
	got, err := data.Fetch(ctx, data.FetchOptions{URL: from, Dir: dir, Progress: func(done, total int64) {
		progress.update("downloading", int(done), int(total))
	}})
	progress.clear()
	if err != nil {
		return nil, err
	}
	table, err := data.Open(got.Path, data.Options{})
	if err != nil {
		return nil, err
	}
	doc := &fetchDocument{
		Path: got.Path, Rows: len(table.Records), Complete: len(table.Complete()), Bytes: got.Bytes, SHA256: got.SHA256, Note: present(got.Note),
	}
	label := table.Label()
	for _, class := range table.Columns[label].Values {
		n := 0
		for _, record := range table.Records {
			if record.Fields[label] == class {
				n++
			}
		}
		doc.Classes = append(doc.Classes, member{class, n})
	}
	return doc, nil
}

func (d *fetchDocument) write(p *printer, format string) error {
	switch format {
	case "json":
		return p.failed(writeJSON(p, d))
	case "csv":
		note := ""
		if d.Note != nil {
			note = *d.Note
		}
		return p.failed(writeCSV(p, []string{"path", "rows", "complete", "bytes", "sha256", "note"},
			[][]string{{d.Path, fmt.Sprint(d.Rows), fmt.Sprint(d.Complete), fmt.Sprint(d.Bytes), d.SHA256, note}}))
	}
	var classes []string
	for _, c := range d.Classes {
		classes = append(classes, fmt.Sprintf("%v of class %s", c.value, c.name))
	}
	known := "sha256 as known"
	if d.Note != nil {
		known = *d.Note
	}
	p.WriteString(printable(fmt.Sprintf("%s: %d rows (%d complete), %s; %s", d.Path, d.Rows, d.Complete, strings.Join(classes, " and "), known)) + "\n")
	return nil
}
