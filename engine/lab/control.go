package lab

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Kind says what the value of a control is.
type Kind uint8

// The kinds.
const (
	Whole   Kind = iota // a whole number
	Decimal             // a finite number
	Choice              // one of some words
	List                // some of some words, with commas between
	Word                // any text
	Answer              // a whole number that answers a question of the experiment, or nothing yet
)

// Control is something that can be chosen about an experiment.
type Control struct {
	Name     string // as a flag: "holders"
	Usage    string // half a sentence
	Kind     Kind
	Default  string
	Explore  string   // the default in the explorer, where it is another one
	Choices  []string // of a Choice or List
	Min, Max float64  // of a number, both included
	Live     bool     // the explorer runs the experiment at once when this changes
}

// ValueError says that a control cannot have this value.
type ValueError struct {
	Control    string // its name
	Value      string
	What, Mend string
}

// Error says it in one line.
func (e *ValueError) Error() string {
	return fmt.Sprintf("--%s %s: %s; %s", e.Control, e.Value, e.What, e.Mend)
}

// Check reports a value that the control cannot have as a *[ValueError].
func (c Control) Check(text string) error {
	wrong := func(what, mend string) error { return &ValueError{c.Name, strconv.Quote(text), what, mend} }
	switch {
	case c.Kind == Answer && text == "":
		return nil
	case c.Kind == Answer:
		c.Kind = Whole
	}
	switch c.Kind {
	case Choice:
		if !slices.Contains(c.Choices, text) {
			return wrong("not known", "choose "+either(c.Choices))
		}
	case List:
		for _, word := range split(text) {
			if !slices.Contains(c.Choices, word) {
				return wrong(strconv.Quote(word)+" is not known", "choose some of "+strings.Join(c.Choices, ", ")+", with commas between")
			}
		}
	case Whole:
		if n, err := strconv.ParseInt(text, 10, 64); err != nil || float64(n) < c.Min || float64(n) > c.Max {
			return wrong("not a whole number in range", fmt.Sprintf("give one from %.0f to %.0f", c.Min, c.Max))
		}
	case Decimal:
		if x, err := strconv.ParseFloat(text, 64); err != nil || math.IsNaN(x) || x < c.Min || x > c.Max {
			return wrong("not a number in range", fmt.Sprintf("give one from %v to %v", c.Min, c.Max))
		}
	}
	return nil
}

func either(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

func split(text string) []string {
	var words []string
	for _, w := range strings.Split(text, ",") {
		if w = strings.TrimSpace(w); w != "" {
			words = append(words, w)
		}
	}
	return words
}

// Values are what was chosen: texts that passed [Control.Check], by the names of
// the controls.
type Values map[string]string

// Defaults are the values of controls that nobody touched.
func Defaults(controls []Control) Values {
	v := Values{}
	for _, c := range controls {
		v[c.Name] = c.Default
	}
	return v
}

// Whole returns the value of a control of that kind.
func (v Values) Whole(name string) int {
	n, _ := strconv.ParseInt(v[name], 10, 64) // checked
	return int(n)
}

// Decimal returns the value of a control of that kind.
func (v Values) Decimal(name string) float64 {
	x, _ := strconv.ParseFloat(v[name], 64) // checked
	return x
}

// List returns the value of a control of that kind.
func (v Values) List(name string) []string { return split(v[name]) }
