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

// labFields are the details of one lab: what its form said when it ran, that it ran, what
// the form says now, and where one looks.
func (l *Labs) labFields(b *bench) screen.Fields {
	var f screen.Fields
	before, ran := formValues(newForm(b.Lab)), b.report != nil && len(b.asked) == len(b.form)
	if ran {
		f, before = b.formFields(b.asked, before), b.asked
	}
	f = append(f, l.ranField(b, ran))
	f = append(f, b.formFields(formValues(b.form), before)...)
	return append(f, b.atField(), l.topField(b))
}

// formFields are the values of a form that are others than before.
func (b *bench) formFields(values, before []string) (f screen.Fields) {
	for k := range b.form {
		name := b.Name + "." + b.form[k].Name
		f = append(f, screen.Field{Name: name,
			Get: func() []string {
				if values[k] == before[k] {
					return nil
				}
				return values[k : k+1]
			},
			Set: func(value string) error {
				if err := b.form[k].Check(value); err != nil {
					return screen.Wrong(screen.Detail{Name: name, Value: value}, "not possible", mend(err))
				}
				b.form[k].value = value
				return nil
			}})
	}
	return f
}

// ranField says that a lab has run; set, it runs as its form then stands when the screen
// opens.
func (l *Labs) ranField(b *bench, ran bool) screen.Field {
	return screen.Field{Name: b.Name + ".ran",
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
		}}
}

// atField is the line of the form that is looked at, from 1.
func (b *bench) atField() screen.Field {
	name := b.Name + ".at"
	return screen.Field{Name: name,
		Get: func() []string {
			if b.at == 0 {
				return nil
			}
			return []string{fmt.Sprint(b.at + 1)}
		},
		Set: func(value string) error {
			n, err := screen.Whole(screen.Detail{Name: name, Value: value}, 1, len(b.form)+1)
			b.at = n - 1
			return err
		}}
}

// topField is the first line of the report that is shown, also of one that is still to
// come.
func (l *Labs) topField(b *bench) screen.Field {
	top := screen.Number(b.Name+".top", &b.offset)
	return screen.Field{Name: top.Name, Get: top.Get, Set: func(value string) error {
		err := top.Set(value)
		if l.opens != nil {
			l.opens.offset = b.offset
		}
		return err
	}}
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
