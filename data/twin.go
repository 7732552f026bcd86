package data

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
)

// The twin of crx.data, and the figures it was drawn from. Both follow "Credit
// Approval" by J. R. Quinlan (UCI Machine Learning Repository, CC BY 4.0).
//
//go:embed twin.data
var twinText string

//go:embed twin_figures.json
var twinFigures []byte

// Twin returns the built-in twin of crx.data, with the Source and Path "twin":
// made-up rows with the columns, the kinds of value, the missing cells and the
// class sizes of the real file, distributed as [Figures] say. No row of it is a
// row of the real file. Its categories and their order are the real ones, so
// both encode to the same 42 features; a model that is trained on the twin does
// about as well on the real rows as one that is trained on those.
func Twin() *Table {
	t, err := Read(strings.NewReader(twinText), "twin", Options{})
	if err != nil {
		panic(err) // the file is part of the program, and a test reads it
	}
	return t
}

// Synthesize draws the twin anew and writes it as crx.data is written: no
// header, + or - as the class, ? for a missing value. It is always the same 690
// rows, byte for byte those of [Twin], on every processor.
//
// The error is the one of w.
func Synthesize(w io.Writer) error {
	var f Figures
	if err := json.Unmarshal(twinFigures, &f); err != nil {
		return fmt.Errorf("figures of the twin: %w", err)
	}
	rows, err := f.draw(twinSource())
	if err != nil {
		return fmt.Errorf("figures of the twin: %w", err)
	}
	return writeRows(w, rows)
}

// twinSource returns the generator that the twin is drawn with. Of a dozen tried,
// this one draws rows that are about as hard to tell apart as the real ones.
func twinSource() *rand.Rand { return rand.New(rand.NewPCG(27, 6)) }

// writeRows writes one line per row. No field of crx.data needs quotes.
func writeRows(w io.Writer, rows [][]string) error {
	var b strings.Builder
	for _, row := range rows {
		b.WriteString(strings.Join(row, ","))
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, b.String())
	return err
}
