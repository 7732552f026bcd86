package screen

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"unseen/engine"
)

// State says how a screen is looked at: which pane has the focus, what is open over
// it, what is selected, how far lists are scrolled. It is written as words with
// commas between them, as in "pane=memory,full,object=w1", so that a command can name
// it. What is as when the screen opens is left out.
type State []Detail

// Detail is one word of a state: a name, and a value where there is a choice.
type Detail struct{ Name, Value string }

// Stateful is a screen that can say how it is looked at, and be opened so again.
type Stateful interface {
	State() State
	// Restore opens what a state says. A *engine.SettingError says what is wrong with
	// it: something that this screen has not.
	Restore(State) error
}

// String writes a state as [ParseState] reads it.
func (s State) String() string {
	words := make([]string, len(s))
	for i, d := range s {
		words[i] = d.String()
	}
	return strings.Join(words, ",")
}

// String writes a detail as it stands in a state: its name, or NAME=VALUE.
func (d Detail) String() string {
	if d.Value == "" {
		return d.Name
	}
	return d.Name + "=" + strings.NewReplacer("%", "%25", ",", "%2C").Replace(d.Value)
}

// ParseState reads a state. A comma or a per cent sign of a value is written %2C, %25.
func ParseState(text string) (State, error) {
	var s State
	for _, word := range strings.Split(text, ",") {
		name, value, _ := strings.Cut(word, "=")
		plain, err := url.PathUnescape(value)
		if err != nil || name == "" {
			return nil, &engine.SettingError{Setting: "--open", Value: strconv.Quote(word), What: "not understood",
				Mend: "write words with commas between them, as in pane=memory,full; a comma inside a word is %2C, a per cent sign %25"}
		}
		s = append(s, Detail{name, plain})
	}
	return s, nil
}

// Field is one detail a screen knows: how it is read off the screen, and put back.
type Field struct {
	Name string
	Get  func() []string // its values; none: as when the screen opens
	Set  func(value string) error
}

// Fields are all details a screen knows, in the order in which they are put back.
type Fields []Field

// State reads the details off a screen.
func (f Fields) State() State {
	var s State
	for _, field := range f {
		for _, value := range field.Get() {
			s = append(s, Detail{field.Name, value})
		}
	}
	return s
}

// Restore puts the details of a state back.
func (f Fields) Restore(s State) error {
	var names []string
	for _, field := range f {
		names = append(names, field.Name)
	}
	for _, d := range s {
		i := slices.Index(names, d.Name)
		if i < 0 {
			return Wrong(d, "not known on this screen", "the words here are "+strings.Join(names, ", "))
		}
		if err := f[i].Set(d.Value); err != nil {
			return err
		}
	}
	return nil
}

// Under puts fields under a word that opens something: "wire.at" opens the wire. They
// are read only where it is open.
func (f Fields) Under(word string, open bool, opens func()) Fields {
	out := make(Fields, len(f))
	for i, field := range f {
		out[i] = Field{Name: word + "." + field.Name,
			Get: func() []string {
				if !open {
					return nil
				}
				return field.Get()
			},
			Set: func(value string) error {
				opens()
				err := field.Set(value)
				if wrong, ok := err.(*engine.SettingError); ok { // it is written with the word before it
					named := *wrong
					named.Value = Detail{word + "." + field.Name, value}.String()
					return &named
				}
				return err
			}}
	}
	return out
}

// Wrong says what is wrong with a detail, and how to mend it.
func Wrong(d Detail, what, mend string) error {
	return &engine.SettingError{Setting: "--open", Value: d.String(), What: what, Mend: mend}
}

// Choice is one of several things; the first is chosen when the screen opens.
func Choice[T ~int](name string, words []string, at *T) Field {
	return Field{Name: name,
		Get: func() []string {
			if *at == 0 {
				return nil
			}
			return []string{words[*at]}
		},
		Set: func(value string) error {
			i := slices.Index(words, value)
			if i < 0 {
				return Wrong(Detail{name, value}, "not known", "choose "+Alternatives(words))
			}
			*at = T(i)
			return nil
		}}
}

// Alternatives joins words as people do: "a, b or c".
func Alternatives(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// Number is a whole number from 0; it is 0 when the screen opens.
func Number[T ~int](name string, n *T) Field {
	return Field{Name: name,
		Get: func() []string {
			if *n == 0 {
				return nil
			}
			return []string{strconv.Itoa(int(*n))}
		},
		Set: func(value string) error {
			i, err := Whole(Detail{name, value}, 0, 1<<30)
			*n = T(i)
			return err
		}}
}

// Whole reads the value of a detail as a whole number within bounds.
func Whole(d Detail, least, most int) (int, error) {
	n, err := strconv.Atoi(d.Value)
	if err != nil || n < least || n > most {
		return least, Wrong(d, "out of range", fmt.Sprintf("give a whole number from %d to %d", least, most))
	}
	return n, nil
}

// Text is what is typed to filter; it is empty when the screen opens.
func Text(name string, text *string) Field {
	return Field{Name: name,
		Get: func() []string {
			if *text == "" {
				return nil
			}
			return []string{*text}
		},
		Set: func(value string) error {
			*text = value
			return nil
		}}
}

// Switch is something that is on or off; it is off when the screen opens.
func Switch(name string, on *bool) Field {
	return Field{Name: name,
		Get: func() []string {
			if !*on {
				return nil
			}
			return []string{""}
		},
		Set: func(value string) error {
			if value != "" {
				return Wrong(Detail{name, value}, "takes no value", "write "+name+" alone")
			}
			*on = true
			return nil
		}}
}

// Cell is a place in a matrix, "row:column"; it is 0:0 when the screen opens.
func Cell(name string, row, col *int) Field {
	return Field{Name: name,
		Get: func() []string {
			if *row == 0 && *col == 0 {
				return nil
			}
			return []string{fmt.Sprintf("%d:%d", *row, *col)}
		},
		Set: func(value string) error {
			r, c, _ := strings.Cut(value, ":")
			i, wrong := strconv.Atoi(r)
			j, bad := strconv.Atoi(c)
			if wrong != nil || bad != nil || i < 0 || j < 0 {
				return Wrong(Detail{name, value}, "not a cell", "write its row and column, as in "+name+"=2:0")
			}
			*row, *col = i, j
			return nil
		}}
}
