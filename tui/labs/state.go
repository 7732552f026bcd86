package labs

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"unseen/engine"
	"unseen/tui/screen"
)

var paneWords = []string{"list", "form", "report"}

// State says which lab is looked at, what its form says, and whether it has run.
// Which of the other labs have run it leaves out.
func (l *Labs) State() screen.State {
	return slices.DeleteFunc(l.fields().State(), func(d screen.Detail) bool {
		lab, _, inside := strings.Cut(d.Name, ".")
		return inside && lab != l.now().Name
	})
}

// Restore shows what a state says. A lab that has run runs when the screen opens.
func (l *Labs) Restore(s screen.State) error { return l.fields().Restore(s) }

func (l *Labs) fields() screen.Fields {
	var names []string
	for _, b := range l.labs {
		names = append(names, b.Name)
	}
	f := screen.Fields{screen.Choice("lab", names, &l.at), screen.Choice("pane", paneWords, &l.focus)}
	for i := range l.labs {
		f = append(f, l.labFields(l.labs[i])...)
	}
	return f
}

// labFields are the details of one lab: what its form said when it ran, that it ran,
// and what the form says now.
func (l *Labs) labFields(b *bench) screen.Fields {
	var f screen.Fields
	begins := newForm(b.Lab)
	ran := b.report != nil && len(b.asked) == len(b.form)
	control := func(k int, shown, before func() string) screen.Field {
		name := b.Name + "." + b.form[k].Name
		return screen.Field{Name: name,
			Get: func() []string {
				if shown() == before() {
					return nil
				}
				return []string{shown()}
			},
			Set: func(value string) error {
				if err := b.form[k].Check(value); err != nil {
					return screen.Wrong(screen.Detail{Name: name, Value: value}, "not possible", mend(err))
				}
				b.form[k].value = value
				return nil
			}}
	}
	if ran {
		for k := range b.form {
			f = append(f, control(k, func() string { return b.asked[k] }, func() string { return begins[k].value }))
		}
	}
	f = append(f, screen.Field{Name: b.Name + ".ran",
		Get: func() []string {
			if !ran {
				return nil
			}
			return []string{""}
		},
		Set: func(string) error {
			request, err := l.request(b)
			l.opens = &opening{b, request, formValues(b.form), b.offset}
			return err
		}})
	for k := range b.form {
		f = append(f, control(k, func() string { return b.form[k].value }, func() string {
			if ran {
				return b.asked[k]
			}
			return begins[k].value
		}))
	}
	top := screen.Number(b.Name+".top", &b.offset)
	return append(f, screen.Field{Name: b.Name + ".at", // the line of the form that is looked at, from 1
		Get: func() []string {
			if b.at == 0 {
				return nil
			}
			return []string{fmt.Sprint(b.at + 1)}
		},
		Set: func(value string) error {
			n, err := screen.Whole(screen.Detail{Name: b.Name + ".at", Value: value}, 1, len(b.form)+1)
			b.at = n - 1
			return err
		}}, screen.Field{Name: top.Name, Get: top.Get, Set: func(value string) error {
		err := top.Set(value)
		if l.opens != nil {
			l.opens.offset = b.offset
		}
		return err
	}})
}

// opening is a lab to run when the screen opens.
type opening struct {
	of      *bench
	request engine.LabRequest
	asked   []string
	offset  int
}

// formValues lists what a form says.
func formValues(form []field) []string {
	out := make([]string, len(form))
	for i, f := range form {
		out[i] = f.value
	}
	return out
}

// Init runs the lab that was to run when the screen opens; else it has nothing to
// start: what is run, and when, the person says.
func (l *Labs) Init() tea.Cmd {
	o := l.opens
	if o == nil {
		return nil
	}
	return l.launch(o.of, o.request, o.asked)
}

// arrived scrolls a report as far as was asked for before it was there.
func (l *Labs) arrived(b *bench) {
	if o := l.opens; o != nil && o.of == b {
		b.offset, l.opens = o.offset, nil
	}
}
