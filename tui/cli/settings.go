package cli

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"unseen/engine"
)

// setting is a flag that sets something of a scenario.
type setting struct {
	name    string
	kind    string // how help calls the value
	usage   string
	choices []string // when only some words are allowed
	set     func(s *engine.Scenario, text string) error
	get     func(s engine.Scenario) any // as JSON shows it
}

// settings lists the flags that set something of a scenario, in the order in
// which help and JSON show them. Mode and recipe, which choose the scenario to
// begin with, are not among them.
func settings() []setting {
	return slices.Concat(dataSettings(), networkSettings(), learningSettings(), sharesSettings(), secureSettings(), seedSetting(), privacySettings())
}

func dataSettings() []setting {
	return []setting{
		{"rows", "N", "use the first N complete rows; all when left out", nil,
			func(s *engine.Scenario, text string) (err error) {
				s.Data.Rows, err = whole("--rows", text, "653")
				if err == nil && s.Data.Rows < 1 {
					err = &engine.SettingError{Setting: "--rows", Value: text, What: "not a number of rows", Mend: "give a whole number from 1, or leave it out for all"}
				}
				return err
			},
			func(s engine.Scenario) any {
				if s.Data.Rows == 0 {
					return nil
				}
				return s.Data.Rows
			}},
		{"split", "SHARE", "share of the rows to train on; 1 leaves none to test", nil,
			func(s *engine.Scenario, text string) (err error) {
				s.Data.Split, err = decimal("--split", text, "0.8")
				return err
			},
			func(s engine.Scenario) any { return s.Data.Split }},
		{"normalize", "HOW", "how features are scaled: standard, range or none", []string{"standard", "range", "none"},
			func(s *engine.Scenario, text string) error { s.Data.Normalize = text; return nil },
			func(s engine.Scenario) any { return s.Data.Normalize }},
		{"order", "HOW", "the order of rows in an epoch: shuffle or file", []string{"shuffle", "file"},
			func(s *engine.Scenario, text string) error { s.Data.Order = text; return nil },
			func(s engine.Scenario) any { return s.Data.Order }},
		{"workers", "N", "how many own the training rows, between them; one a row when left out", nil,
			func(s *engine.Scenario, text string) (err error) {
				s.Data.Workers, err = whole("--workers", text, "10")
				if err == nil && s.Data.Workers < 1 {
					err = &engine.SettingError{Setting: "--workers", Value: text, What: "not a number of workers", Mend: "give a whole number from 1, or leave it out for one a row"}
				}
				return err
			},
			func(s engine.Scenario) any {
				if s.Data.Workers == 0 {
					return nil
				}
				return s.Data.Workers
			}},
		{"skew", "COLUMN", "let the workers' rows differ in this column; alike when left out", nil,
			func(s *engine.Scenario, text string) error {
				if text == "" {
					return &engine.SettingError{Setting: "--skew", Value: `""`, What: "not a column", Mend: "name a column, or leave the flag out"}
				}
				s.Data.Skew = text
				return nil
			},
			func(s engine.Scenario) any { return orNull(s.Data.Skew) }},
	}
}

func networkSettings() []setting {
	return []setting{
		{"hidden", "WIDTHS", `widths of the hidden layers; "" for none`, nil,
			func(s *engine.Scenario, text string) (err error) {
				s.Network.Hidden, err = widths(text)
				return err
			},
			func(s engine.Scenario) any { return engine.Hidden(s.Network.Hidden) }},
		{"init", "HOW", "how initial weights are drawn: glorot or torch", []string{"glorot", "torch"},
			func(s *engine.Scenario, text string) error { s.Network.Init = text; return nil },
			func(s engine.Scenario) any { return s.Network.Init }},
	}
}

func learningSettings() []setting {
	return []setting{
		{"epochs", "N", "passes over the training rows, in central, federated and encrypted", nil,
			func(s *engine.Scenario, text string) (err error) {
				s.Learning.Epochs, err = whole("--epochs", text, "10")
				return err
			},
			func(s engine.Scenario) any { return s.Learning.Epochs }},
		{"rounds", "N", "server rounds, in aggregated and secure-aggregation", nil,
			func(s *engine.Scenario, text string) (err error) {
				s.Learning.Rounds, err = whole("--rounds", text, "40")
				return err
			},
			func(s engine.Scenario) any { return s.Learning.Rounds }},
		{"local-epochs", "N", "passes of a worker over its own rows in a server round", nil,
			func(s *engine.Scenario, text string) (err error) {
				s.Learning.Local, err = whole("--local-epochs", text, "3")
				return err
			},
			func(s engine.Scenario) any { return s.Learning.Local }},
		{"batch", "N", "rows per update", nil,
			func(s *engine.Scenario, text string) (err error) {
				s.Learning.Batch, err = whole("--batch", text, "32")
				return err
			},
			func(s engine.Scenario) any { return s.Learning.Batch }},
		{"lr", "RATE", "learning rate", nil,
			func(s *engine.Scenario, text string) (err error) {
				s.Learning.Rate, err = decimal("--lr", text, "0.1")
				return err
			},
			func(s engine.Scenario) any { return s.Learning.Rate }},
		{"loss", "NAME", "what to minimise: nll or mse", []string{"nll", "mse"},
			func(s *engine.Scenario, text string) error { s.Learning.Loss = text; return nil },
			func(s engine.Scenario) any { return s.Learning.Loss }},
		{"dropout", "SHARE", "share of hidden activations dropped in training", nil,
			func(s *engine.Scenario, text string) (err error) {
				s.Learning.Dropout, err = decimal("--dropout", text, "0.2")
				return err
			},
			func(s engine.Scenario) any { return s.Learning.Dropout }},
	}
}

// secureSettings say how updates are added up where nobody may see a single one.
func secureSettings() []setting {
	return []setting{
		{"aggregation", "HOW", "how secure aggregation adds up: masks or committee", engine.Aggregations(),
			func(s *engine.Scenario, text string) error { s.Secure.How = text; return nil },
			func(s engine.Scenario) any { return s.Secure.How }},
		{"neighbours", "K", "neighbours of a worker, or share holders; as many as are enough when left out", nil,
			func(s *engine.Scenario, text string) (err error) {
				s.Secure.Neighbours, err = several("--neighbours", text, "62")
				return err
			},
			func(s engine.Scenario) any { return orComputed(s.Secure.Neighbours) }},
		{"threshold", "T", "of them, to recover a secret; as many as are enough when left out", nil,
			func(s *engine.Scenario, text string) (err error) {
				s.Secure.Threshold, err = several("--threshold", text, "40")
				return err
			},
			func(s engine.Scenario) any { return orComputed(s.Secure.Threshold) }},
		{"drop", "SHARE", "share of the workers that leaves on the way in each server round", nil,
			func(s *engine.Scenario, text string) (err error) {
				s.Secure.Drop, err = decimal("--drop", text, "0.1")
				return err
			},
			func(s engine.Scenario) any { return s.Secure.Drop }},
	}
}

// several reads a whole number of at least 2.
func several(flag, text, example string) (int, error) {
	n, err := whole(flag, text, example)
	if err == nil && n < 2 {
		err = &engine.SettingError{Setting: flag, Value: text, What: "too few", Mend: "give a whole number from 2, or leave it out"}
	}
	return n, err
}

// orComputed returns nil for a number that is computed.
func orComputed(n int) any {
	if n == 0 {
		return nil
	}
	return n
}

func seedSetting() []setting {
	return []setting{
		{"seed", "N", "repeat the run with this seed; drawn when left out", nil,
			func(s *engine.Scenario, text string) (err error) {
				s.Seed, err = parseSeed(text)
				s.Fixed = true
				return err
			},
			func(s engine.Scenario) any { return s.Seed }},
	}
}

// whole reads a whole number; the engine checks its range.
func whole(flag, text, example string) (int, error) {
	n, err := strconv.Atoi(text)
	return n, numberError(err, flag, text, "not a whole number", example)
}

// decimal reads a number; the engine checks its range.
func decimal(flag, text, example string) (float64, error) {
	x, err := strconv.ParseFloat(text, 64)
	return x, numberError(err, flag, text, "not a number", example)
}

func parseSeed(text string) (uint64, error) {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, &engine.SettingError{Setting: "--seed", Value: quote(text), What: "not a seed", Mend: "give a whole number from 0 to 18446744073709551615"}
	}
	return n, nil
}

func numberError(err error, flag, text, what, example string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, strconv.ErrRange):
		what = "too large"
	}
	return &engine.SettingError{Setting: flag, Value: quote(text), What: what, Mend: fmt.Sprintf("write it as in %s %s", flag, example)}
}

// widths reads the widths of layers: "30,20", or nothing for no layer.
func widths(text string) ([]int, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	var list []int
	for _, word := range strings.Split(text, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(word))
		if err != nil {
			return nil, &engine.SettingError{Setting: "--hidden", Value: quote(text), What: quote(word) + " is not a width",
				Mend: `give whole numbers with commas between, as in --hidden 30,20,10,5, or "" for none`}
		}
		list = append(list, n)
	}
	return list, nil
}
