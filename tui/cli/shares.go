package cli

import (
	"fmt"
	"strconv"
	"strings"

	"unseen/engine"
)

// sharesSettings are the flags of computing on secret shares.
func sharesSettings() []setting {
	number := func(name, usage, example string, of func(*engine.SharesSettings) *int) setting {
		return setting{name, "N", usage, nil,
			func(s *engine.Scenario, text string) (err error) {
				if *of(&s.Shares), err = whole("--"+name, text, example); err != nil {
					return err
				}
				return checkShares(*of(&s.Shares), of)
			},
			func(s engine.Scenario) any { return *of(&s.Shares) }}
	}
	choose := func(name, usage string, choices []string, of func(*engine.SharesSettings) *string) setting {
		return setting{name, "HOW", usage + ": " + list(choices), choices,
			func(s *engine.Scenario, text string) error { *of(&s.Shares) = text; return nil },
			func(s engine.Scenario) any { return *of(&s.Shares) }}
	}
	toggle := func(name, usage string, of func(*engine.SharesSettings) *bool) setting {
		return setting{name, boolKind, usage, nil,
			func(s *engine.Scenario, text string) error {
				on, err := strconv.ParseBool(text)
				if err != nil {
					return &engine.SettingError{Setting: "--" + name, Value: quote(text), What: "neither true nor false", Mend: "give --" + name + " or --" + name + "=false"}
				}
				*of(&s.Shares) = on
				return nil
			},
			func(s engine.Scenario) any { return *of(&s.Shares) }}
	}
	security := setting{"security", "HOW", "what holders are trusted to do: semi-honest (follow the protocol)", []string{"semi-honest"},
		func(*engine.Scenario, string) error { return nil }, func(engine.Scenario) any { return "semi-honest" }}
	return []setting{
		number("holders", "how many workers hold shares, 2 to 10", "3", func(s *engine.SharesSettings) *int { return &s.Holders }),
		number("fraction-bits", "fraction bits of shared numbers, 4 to 24", "16", func(s *engine.SharesSettings) *int { return &s.Fraction }),
		choose("truncation", "how products are brought back to the fraction bits", engine.Truncations(), func(s *engine.SharesSettings) *string { return &s.Truncation }),
		choose("softmax", "how softmax is computed on shares", engine.Softmaxes(), func(s *engine.SharesSettings) *string { return &s.Softmax }),
		security,
		toggle("reveal-loss", "open the loss of each batch to the holders", func(s *engine.SharesSettings) *bool { return &s.RevealLoss }),
		toggle("twin", "compare every shared value with the plaintext network's", func(s *engine.SharesSettings) *bool { return &s.Twin }),
		toggle("watch-overflow", "the simulator stops where a number leaves its range", func(s *engine.SharesSettings) *bool { return &s.Watch }),
	}
}

// boolKind marks flags that may stand without a value.
const boolKind = "BOOL"

// checkShares checks one number among settings that are otherwise right.
func checkShares(value int, of func(*engine.SharesSettings) *int) error {
	s := engine.DefaultShares()
	*of(&s) = value
	return s.Check()
}

// sharesDocument is what a run on secret shares tells of itself.
type sharesDocument struct {
	Holders []string         `json:"holders"`
	Opened  []openedDocument `json:"opened"`
	Twin    []twinDocument   `json:"twin,omitempty"`
}

type openedDocument struct {
	What  string `json:"what"`
	Shape [2]int `json:"shape"`
	To    string `json:"to"`
	Why   string `json:"why"`
	Times int    `json:"times"`
}

type twinDocument struct {
	Operation string `json:"operation"`
	Value     string `json:"value"`
	Largest   number `json:"largest_difference"`
}

func newSharesDocument(s *engine.Shares) *sharesDocument {
	if s == nil {
		return nil
	}
	d := &sharesDocument{Holders: s.Holders}
	for _, o := range s.Openings {
		d.Opened = append(d.Opened, openedDocument{o.What, [2]int{o.Rows, o.Columns}, o.To, o.Why, o.Times})
	}
	for _, t := range s.Twin {
		d.Twin = append(d.Twin, twinDocument{t.Operation, t.Value, number(t.Largest)})
	}
	return d
}

// sharesFacts prints what a run on secret shares has opened, and to whom.
func (p *printer) sharesFacts(done engine.Run) {
	s := done.Result.Shares
	p.fact("holders", strings.Join(s.Holders, ", ")+", semi-honest; the dealer must not collude with them")
	masked, released := 0, []string{}
	for _, o := range s.Openings {
		if engine.Masked(o) {
			masked += o.Times
			continue
		}
		to := o.To
		if to == "holders" {
			to = "the holders"
		} else {
			to = "the " + to
		}
		times := ""
		if o.Times > 1 {
			times = fmt.Sprintf(" (%s times)", grouped(int64(o.Times)))
		}
		released = append(released, o.What+times+" to "+to)
	}
	p.fact("released", strings.Join(released, "; "))
	p.fact("masked", counted(int64(masked), "opening")+" of values under uniform masks, which say nothing")
}

// twin prints the largest difference of each value to the plaintext twin's.
func (p *printer) twin(list []engine.Difference) {
	if len(list) == 0 {
		return
	}
	columns := []column{{head: "operation"}, {head: "value"}, {head: "largest difference", right: true}, {head: "plaintext", right: true}, {head: "on shares", right: true}}
	var rows [][]string
	for _, d := range list {
		rows = append(rows, []string{d.Operation, d.Value, fmt.Sprintf("%.2g", d.Largest), fmt.Sprintf("%.7f", d.Plain), fmt.Sprintf("%.7f", d.Shared)})
	}
	p.WriteString("\n")
	p.table(columns, rows)
}
